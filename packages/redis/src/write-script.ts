import { Script } from "./script.ts";

/**
 * One batch. Everything is judged and worked out first; the first change is made when nothing can be refused any more, since
 * Redis takes nothing back.
 *
 * A record is a hash: `:v` is the revision, `:d` its packed columns (see `packColumns`), `:k` the encoded parts of the columns
 * that stand in keys and indexes, from which old and new places follow; JSON columns have fields of their own. So a batch
 * needs no read before it.
 *
 * The first argument says in JSON what to do, then come the layouts of the tables, in JSON too, and then the values, taken as
 * they are. What a new record gains comes worked out; layouts are needed, and given, where a record may stand and move.
 *
 * Keys are made here, from KEYS[1]; in a cluster its hash tag holds them all in one slot.
 */
export const writeScript = new Script(`
local base, call = KEYS[1], redis.call
local sending, writeId, tables, groups, ops = unpack(cjson.decode(ARGV[1]))

-- A resent batch whose first answer was lost gets that answer.
local book = base .. 'w:' .. sending
if writeId ~= '' then
  local kept = call('GET', book)
  if kept and string.sub(kept, 1, #writeId + 1) == writeId .. ' ' then return string.sub(kept, #writeId + 2) end
end

for t, owner in ipairs(tables) do
  local name, stamp, version = unpack(owner)
  if version ~= '' then
    local known = call('HGET', base .. 'r:stowage_schema:' .. stamp, ':d')
    if not (known and string.find(known, '\\31version:' .. version .. '\\31', 1, true)) then return 'layout' end
  end
  owner.records, owner.all, owner.mark = base .. 'r:' .. name .. ':', base .. 't:' .. name, base .. 'n:' .. name
  owner.index, owner.unique, owner.at = base .. 'i:' .. name .. ':', base .. 'u:' .. name .. ':', t + 1
end
for g, group in ipairs(groups) do groups[g] = base .. 'i:' .. group end

local function layoutOf(owner)
  owner.layout = owner.layout or cjson.decode(ARGV[owner.at])
  return owner.layout
end

local function refuse(index, reason, name) return 'refused ' .. (index - 1) .. ' ' .. reason .. ' ' .. (name or '') end

local revs, hads, packed, outcomes = {}, {}, {}, {}
for i, op in ipairs(ops) do
  local kind, owner, id, expected = unpack(op, 1, 4)
  local found = call('HMGET', tables[owner].records .. id, ':v', ':k', ':d')
  local rev = found[1]
  if expected == 'absent' then
    if rev then return refuse(i, 'absent') end
  elseif expected == 'exists' then
    if not rev then return refuse(i, 'exists') end
  elseif expected ~= '' and kind ~= 'index' and rev ~= expected then
    return refuse(i, 'rev')
  end
  revs[i], hads[i], packed[i] = rev, found[2], found[3]
  if kind == 'check' then outcomes[i] = 'checked'
  elseif kind == 'index' then outcomes[i] = rev == expected and 'indexed' or 'stale'
  elseif kind == 'skip' and rev then outcomes[i] = 'skipped'
  elseif (kind == 'patch' or kind == 'remove') and not rev then outcomes[i] = 'missing'
  elseif kind == 'remove' then outcomes[i] = 'removed'
  else outcomes[i] = rev and 'updated' or 'inserted' end
end

-- Places by the key of their sorted set, and who holds the unique values that change hands.
local gained, lost, holders = {}, {}, {}

local function note(places, key, place)
  local list = places[key]
  if list then list[#list + 1] = place else places[key] = { place } end
end

local function claim(owner, unique, value, id)
  local key = owner.unique .. unique
  holders[key] = holders[key] or {}
  local known = holders[key]
  local holder = known[value] or call('HGET', key, value) or ''
  if holder ~= '' and holder ~= id then return false end
  known[value] = id
  return true
end

local function release(owner, unique, value)
  local key = owner.unique .. unique
  holders[key] = holders[key] or {}
  holders[key][value] = ''
end

local function partsOf(text)
  local parts = {}
  if text then
    for column, part in string.gmatch(text, '([^=!]+)=([^!]*!)') do parts[column] = part end
  end
  return parts
end

local function textOf(columns, parts)
  local pieces = {}
  for _, column in ipairs(columns) do
    if parts[column] then pieces[#pieces + 1] = column .. '=' .. parts[column] end
  end
  return table.concat(pieces)
end

local function join(columns, parts)
  local pieces = {}
  for i, column in ipairs(columns) do
    local part = parts[column]
    if not part then return nil end
    pieces[i] = part
  end
  return table.concat(pieces)
end

local function hasChanged(columns, before, after)
  for _, column in ipairs(columns) do
    if before[column] ~= after[column] then return true end
  end
  return false
end

-- Moves a record that stands; the name of the unique key that somebody else holds, if any.
local function move(owner, id, before, after, isAnew)
  local layout = layoutOf(owner)
  for _, unique in ipairs(layout.unique) do
    local old, new = join(unique.columns, before), join(unique.columns, after)
    if old and old ~= new then release(owner, unique.name, old) end
    if new and (old ~= new or isAnew) and not claim(owner, unique.name, new, id) then return unique.name end
  end
  for _, index in ipairs(layout.indexes) do
    if isAnew or hasChanged(index.eq, before, after) or hasChanged(index.order, before, after) then
      local key = owner.index .. index.name .. ':'
      local from, to = join(index.eq, before), join(index.eq, after)
      local old, new = from and join(index.order, before), to and join(index.order, after)
      if old and not (new and from == to and old == new) then note(lost, key .. from, old) end
      if new then note(gained, key .. to, new) end
    end
  end
end

-- A number as the parts of keys have it: the bits of the double, turned so that they sort as the numbers do.
local function numberPart(value)
  if value == 0 then return 'n8000000000000000!' end
  local mantissa, exponent = math.frexp(math.abs(value))
  exponent = exponent + 1022
  if exponent > 0 then mantissa = mantissa * 2 - 1 else
    mantissa = math.ldexp(mantissa, exponent)
    exponent = 0
  end
  mantissa = mantissa * 4503599627370496
  local low = mantissa % 4294967296
  local high = exponent * 1048576 + (mantissa - low) / 4294967296
  if value > 0 then high = high + 2147483648 else high, low = 2147483647 - high, 4294967295 - low end
  return 'n' .. string.format('%08x%08x', high, low) .. '!'
end

-- A column in the packed ones, and these with another value of it, or without it.
local function columnIn(columns, name)
  local _, before = string.find(columns, '\\31' .. name .. ':', 1, true)
  if not before then return nil end
  local after = string.find(columns, '\\31', before, true)
  return string.sub(columns, before + 1, after - 1)
end

local function withColumn(columns, name, value)
  local first, before = string.find(columns, '\\31' .. name .. ':', 1, true)
  if first then
    local after = string.find(columns, '\\31', before, true)
    columns = string.sub(columns, 1, first - 1) .. string.sub(columns, after)
  end
  return value and columns .. name .. ':' .. value .. '\\31' or columns
end

local planners, texts = {}, {}

function planners.removed(i, op, owner)
  return move(owner, op[3], partsOf(hads[i]), {}, false)
end

function planners.inserted(i, op, owner)
  local places, claims = op[9], op[10]
  texts[i] = op[8]
  for p = 1, #places, 2 do note(gained, groups[places[p]], places[p + 1]) end
  for c = 1, #claims, 2 do
    if not claim(owner, claims[c], claims[c + 1], op[3]) then return claims[c] end
  end
end

local function patched(i, op, owner)
  local parts, raise, after, columns = op[8], op[9], nil, packed[i]
  for column, value in string.gmatch(ARGV[op[5]], '([^:\\31]+):([^\\31]*)') do columns = withColumn(columns, column, value) end
  for _, column in ipairs(op[10]) do columns = withColumn(columns, column, nil) end
  local before = (#parts > 0 or #raise > 0) and partsOf(hads[i])
  if #parts > 0 then
    after = partsOf(hads[i])
    for p = 1, #parts, 2 do after[parts[p]] = parts[p + 1] ~= '' and parts[p + 1] or nil end
  end
  for p = 1, #raise, 3 do
    local column, value = raise[p], tonumber(raise[p + 1])
    local stored = tonumber(columnIn(packed[i], column) or nil)
    if stored and stored >= value then value = stored + 1 end
    columns = withColumn(columns, column, string.format('%.17g', value))
    if raise[p + 2] == '1' then
      after = after or partsOf(hads[i])
      after[column] = numberPart(value)
    end
  end
  packed[i] = columns
  if not after then return end
  texts[i] = textOf(layoutOf(owner).keyed, after)
  return move(owner, op[3], before, after, false)
end

function planners.updated(i, op, owner)
  if op[1] == 'patch' then return patched(i, op, owner) end
  local columns = ARGV[op[5]]
  for _, column in ipairs(op[11]) do columns = withColumn(columns, column, columnIn(packed[i], column)) end
  packed[i] = columns
  if hads[i] == op[8] then return end
  local before, given = partsOf(hads[i]), partsOf(op[8])
  local after = partsOf(hads[i])
  for _, column in ipairs(layoutOf(owner).declared) do after[column] = given[column] end
  for _, column in ipairs(op[11]) do after[column] = before[column] end
  texts[i] = textOf(layoutOf(owner).keyed, after)
  return move(owner, op[3], before, after, false)
end

function planners.indexed(i, op, owner)
  texts[i] = op[8]
  return move(owner, op[3], partsOf(hads[i]), partsOf(op[8]), true)
end

for i, op in ipairs(ops) do
  local plan = planners[outcomes[i]]
  local taken = plan and plan(i, op, tables[op[2]])
  if taken then return refuse(i, 'unique', taken) end
end

local time = call('TIME')
local clock = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function nextRevision(owner, stored)
  local last = owner.last or tonumber(call('GET', owner.mark) or '0')
  owner.last = math.max(clock, last + 1, tonumber(stored or '0') + 1)
  return string.format('%.0f', owner.last)
end

-- The columns given, without those that a record keeps.
local function others(columns, keep, width)
  local kept, rest = {}, {}
  for _, column in ipairs(keep) do kept[column] = true end
  for c = 1, #columns, width do
    if not kept[columns[c]] then
      for part = c, c + width - 1 do rest[#rest + 1] = columns[part] end
    end
  end
  return rest
end

-- The fields come first of all: a server without memory refuses them, and takes what follows in a script that has begun to
-- write.
local appliers = {}

function appliers.removed(i, op, owner)
  call('DEL', owner.records .. op[3])
  note(lost, owner.all, op[3])
  nextRevision(owner, revs[i])
  return '0'
end

function appliers.inserted(i, op, owner)
  local rev = nextRevision(owner, nil)
  call('HSET', owner.records .. op[3], ':v', rev, ':k', texts[i], ':d', unpack(ARGV, op[5], op[6]))
  note(gained, owner.all, op[3])
  return rev
end

function appliers.updated(i, op, owner)
  local key, keep, nulls = owner.records .. op[3], op[11], op[7]
  local rev, fields = nextRevision(owner, revs[i]), { unpack(ARGV, op[5] + 1, op[6]) }
  if keep and #keep > 0 then fields, nulls = others(fields, keep, 2), others(nulls, keep, 1) end
  if texts[i] then
    fields[#fields + 1] = ':k'
    fields[#fields + 1] = texts[i]
  end
  call('HSET', key, ':v', rev, ':d', packed[i], unpack(fields))
  if #nulls > 0 then call('HDEL', key, unpack(nulls)) end
  return rev
end

function appliers.indexed(i, op, owner)
  call('HSET', owner.records .. op[3], ':k', texts[i])
  return revs[i]
end

local answer = { 'ok' }
for i, op in ipairs(ops) do
  local apply = appliers[outcomes[i]]
  answer[i + 1] = outcomes[i] .. ':' .. (apply and apply(i, op, tables[op[2]]) or revs[i] or '0')
end

-- As many at once as Lua takes as arguments.
local most = 1000
for key, places in pairs(lost) do
  for p = 1, #places, most do call('ZREM', key, unpack(places, p, math.min(p + most - 1, #places))) end
end
for key, places in pairs(gained) do
  for p = 1, #places, most do
    local scored = {}
    for s = p, math.min(p + most - 1, #places) do
      scored[#scored + 1] = '0'
      scored[#scored + 1] = places[s]
    end
    call('ZADD', key, unpack(scored))
  end
end
for key, known in pairs(holders) do
  for value, holder in pairs(known) do
    if holder == '' then call('HDEL', key, value) else call('HSET', key, value, holder) end
  end
end
for _, owner in ipairs(tables) do
  if owner.last then call('SET', owner.mark, string.format('%.0f', owner.last)) end
end

local text = table.concat(answer, ' ')
if writeId ~= '' then call('SET', book, writeId .. ' ' .. text, 'PX', 120000) end
return text
`);
