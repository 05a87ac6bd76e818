import { Script } from "./script.ts";

/**
 * A round of reads, all at one state of the database; the argument says in JSON which. Rows are lists of the fields of a
 * record that were asked for. What is more than some megabytes in all is left for another round: the answers say how far they came.
 */
export const readScript = new Script(`
local base, call = KEYS[1], redis.call
local budget, requests = unpack(cjson.decode(ARGV[1]))

local function rowOf(key, fields)
  local row = call('HMGET', key, unpack(fields))
  if not row[1] then return false end
  for i = 2, #fields do
    if row[i] then budget = budget - #row[i] end
  end
  return row
end

local readers = {}

function readers.records(owner, fields, ids)
  local rows = {}
  for i, id in ipairs(ids) do
    if i > 1 and budget < 0 then break end
    rows[i] = rowOf(base .. 'r:' .. owner .. ':' .. id, fields)
  end
  return rows
end

local comparisons = {
  eq = function(value, bound) return value == bound end,
  lt = function(value, bound) return value < bound end,
  lte = function(value, bound) return value <= bound end,
  gt = function(value, bound) return value > bound end,
  gte = function(value, bound) return value >= bound end,
}

local function passes(key, tests)
  local packed = call('HGET', key, ':d')
  if not packed then return false end
  for _, test in ipairs(tests) do
    local value = tonumber(string.match(packed, test.pattern))
    if not (value and test.compare(value, test.bound)) then return false end
  end
  return true
end

local function testOf(column, comparison, bound)
  return { pattern = '\\31' .. column .. ':([^\\31]*)', compare = comparisons[comparison], bound = bound }
end

function readers.walk(owner, fields, span, direction, from, to, skip, limit, pattern, order, tests)
  local index, records, places = base .. 'i:' .. span, base .. 'r:' .. owner .. ':', nil
  if direction == 'asc' then
    places = call('ZRANGEBYLEX', index, from, to, 'LIMIT', skip, limit)
  else
    places = call('ZREVRANGEBYLEX', index, to, from, 'LIMIT', skip, limit)
  end
  local function keyOf(place)
    local id
    if #order == 0 then id = string.match(place, pattern) else
      local parts, pieces = { string.match(place, pattern) }, {}
      for p, at in ipairs(order) do pieces[p] = parts[at] end
      id = table.concat(pieces)
    end
    return records .. id
  end
  for t, test in ipairs(tests) do tests[t] = testOf(unpack(test)) end
  local rows, seen, isWanted = {}, 0, true
  for i, place in ipairs(places) do
    if i > 1 and budget < 0 then break end
    local key = keyOf(place)
    isWanted = #tests == 0 or passes(key, tests)
    local row = isWanted and rowOf(key, fields)
    if row then rows[#rows + 1] = row end
    seen = i
  end
  local isMore = seen > 0 and (seen < #places or #places == limit)
  if isMore and not isWanted then rows[#rows + 1] = rowOf(keyOf(places[seen]), fields) or nil end
  return { call('GET', base .. 'n:' .. owner) or '', isMore and places[seen] or '', rows, seen }
end

function readers.count(span, from, to)
  local index = base .. 'i:' .. span
  if from == '-' and to == '+' then return call('ZCARD', index) end
  return call('ZLEXCOUNT', index, from, to)
end

readers['table'] = function(owner, fields, after, limit)
  local ids = call('ZRANGEBYLEX', base .. 't:' .. owner, after, '+', 'LIMIT', 0, limit)
  local rows, seen = {}, 0
  for i, id in ipairs(ids) do
    if i > 1 and budget < 0 then break end
    local row = rowOf(base .. 'r:' .. owner .. ':' .. id, fields)
    if row then rows[#rows + 1] = row end
    seen = i
  end
  local isMore = seen > 0 and (seen < #ids or #ids == limit)
  return { isMore and ids[seen] or '', rows }
end

local answers = {}
for i, request in ipairs(requests) do answers[i] = readers[request[1]](unpack(request, 2)) end
return answers
`);
