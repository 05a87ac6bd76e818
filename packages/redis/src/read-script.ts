import { Script } from "./script.ts";

/**
 * A round of reads, all at one state of the database. Rows are lists: the revision, then the asked columns. What is more than
 * some megabytes in all is left for another round: the answers say how far they came.
 */
export const readScript = new Script(`
local base, at = KEYS[1], 0
local call = redis.call
local function take() at = at + 1; return ARGV[at] end
local function number() return tonumber(take()) end
local function list()
  local items = {}
  for i = 1, number() do items[i] = take() end
  return items
end

local budget = number()
local function rowOf(owner, id, columns)
  local row = call('HMGET', base .. 'r:' .. owner .. ':' .. id, unpack(columns))
  if not row[1] then return false end
  for i = 1, #row do
    if row[i] then budget = budget - #row[i] end
  end
  return row
end

local function bounds() return { take(), take() } end

local readers = {}

function readers.records()
  local owner, columns, ids, rows = take(), list(), list(), {}
  for i, id in ipairs(ids) do
    if i > 1 and budget < 0 then break end
    rows[i] = rowOf(owner, id, columns)
  end
  return rows
end

function readers.walk()
  local owner, key, direction, span = take(), base .. 'i:' .. take(), take(), bounds()
  local skip, limit, positions, columns = take(), number(), list(), list()
  local places
  if direction == 'asc' then
    places = call('ZRANGEBYLEX', key, span[1], span[2], 'LIMIT', skip, limit)
  else
    places = call('ZREVRANGEBYLEX', key, span[2], span[1], 'LIMIT', skip, limit)
  end
  local rows, seen = {}, 0
  for i, place in ipairs(places) do
    if i > 1 and budget < 0 then break end
    local parts, id = {}, {}
    for part in string.gmatch(place, '[^!]*!') do parts[#parts + 1] = part end
    for p, position in ipairs(positions) do id[p] = parts[tonumber(position)] end
    local row = rowOf(owner, table.concat(id), columns)
    if row then rows[#rows + 1] = row end
    seen = i
  end
  local isMore = seen > 0 and (seen < #places or #places == limit)
  return { call('GET', base .. 'n:' .. owner) or '', isMore and places[seen] or '', rows }
end

function readers.count()
  local key, span = base .. 'i:' .. take(), bounds()
  if span[1] == '-' and span[2] == '+' then return call('ZCARD', key) end
  return call('ZLEXCOUNT', key, span[1], span[2])
end

readers['table'] = function()
  local owner, after, limit, columns = take(), take(), number(), list()
  local ids = call('ZRANGEBYLEX', base .. 't:' .. owner, after, '+', 'LIMIT', 0, limit)
  local rows, seen = {}, 0
  for i, id in ipairs(ids) do
    if i > 1 and budget < 0 then break end
    local row = rowOf(owner, id, columns)
    if row then rows[#rows + 1] = row end
    seen = i
  end
  local isMore = seen > 0 and (seen < #ids or #ids == limit)
  return { isMore and ids[seen] or '', rows }
end

local answers = {}
for i = 1, number() do answers[i] = readers[take()]() end
return answers
`);
