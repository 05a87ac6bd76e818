import { Script } from "./script.ts";

/**
 * One batch. Everything is judged and worked out first; the first change is made when nothing can be refused any more, since
 * Redis takes nothing back.
 *
 * A record is a hash: a field for each column, `:v` for the revision and `:k` for the encoded parts of the columns that stand
 * in keys and indexes, from which old and new places follow. So a batch needs no read before it.
 *
 * Keys are made here, from KEYS[1]; in a cluster its hash tag holds them all in one slot.
 */
export const writeScript = new Script(`
local base, at = KEYS[1], 0
local call = redis.call
local function take() at = at + 1; return ARGV[at] end
local function number() return tonumber(take()) end
local function list()
  local items = {}
  for i = 1, number() do items[i] = take() end
  return items
end

-- A resent batch whose first answer was lost gets that answer.
local book, slot, writeId = base .. 'w:' .. take(), take(), take()
if writeId ~= '' then
  local kept = call('HGET', book, slot)
  if kept and string.sub(kept, 1, #writeId + 1) == writeId .. ' ' then return string.sub(kept, #writeId + 2) end
end

local tables = {}
for t = 1, number() do
  local name, stamp, version = take(), take(), take()
  if version ~= '' and call('HGET', base .. 'r:stowage_schema:' .. stamp, 'version') ~= version then return 'layout' end
  local indexes, unique = {}, {}
  for i = 1, number() do indexes[i] = { name = take(), eq = list(), sorts = number(), order = list() } end
  for i = 1, number() do unique[i] = { name = take(), columns = list() } end
  tables[t] = { name = name, indexes = indexes, unique = unique, mark = base .. 'n:' .. name }
end

local function partsOf(text)
  local parts = {}
  if text then
    for column, part in string.gmatch(text, '([^=!]+)=([^!]*!)') do parts[column] = part end
  end
  return parts
end

local function textOf(parts)
  local pieces = {}
  for column, part in pairs(parts) do pieces[#pieces + 1] = column .. '=' .. part end
  return table.concat(pieces)
end

local function join(columns, parts, first, last)
  local pieces = {}
  for i = first, last do
    local part = parts[columns[i]]
    if not part then return nil end
    pieces[#pieces + 1] = part
  end
  return table.concat(pieces)
end

local function placesOf(owner, parts)
  local places = {}
  for i, index in ipairs(owner.indexes) do
    local group = join(index.eq, parts, 1, #index.eq)
    local place = group and join(index.order, parts, 1, #index.order)
    if place then places[i] = { base .. 'i:' .. owner.name .. ':' .. index.name .. ':' .. group, place } end
  end
  return places
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

local function refuse(index, reason, name) return 'refused ' .. (index - 1) .. ' ' .. reason .. ' ' .. (name or '') end

local ops, refusal = {}, nil
for i = 1, number() do
  local kind, owner, id, expected = take(), tables[number()], take(), take()
  local op = { kind = kind, owner = owner, id = id, key = base .. 'r:' .. owner.name .. ':' .. id }
  if kind ~= 'check' and kind ~= 'remove' then
    op.values, op.nulls, op.parts = list(), list(), list()
    op.keep, op.raise = list(), list()
  end
  local found = call('HMGET', op.key, ':v', ':k')
  op.rev, op.had = found[1], found[2]
  if not refusal then
    if expected == 'absent' then
      if op.rev then refusal = refuse(i, 'absent') end
    elseif expected == 'exists' then
      if not op.rev then refusal = refuse(i, 'exists') end
    elseif expected ~= '' and kind ~= 'index' and op.rev ~= expected then
      refusal = refuse(i, 'rev')
    end
  end
  if kind == 'check' then op.outcome = 'checked'
  elseif kind == 'index' then op.outcome = op.rev == expected and 'indexed' or 'stale'
  elseif kind == 'skip' and op.rev then op.outcome = 'skipped'
  elseif (kind == 'patch' or kind == 'remove') and not op.rev then op.outcome = 'missing'
  elseif kind == 'remove' then op.outcome = 'removed'
  else op.outcome = op.rev and 'updated' or 'inserted' end
  ops[i] = op
end
if refusal then return refusal end

local changes = { updated = true, inserted = true, removed = true, indexed = true }
local owners = {}
for i, op in ipairs(ops) do
  if changes[op.outcome] then
    local before, after = partsOf(op.had), {}
    if op.outcome ~= 'removed' then
      for column, part in pairs(before) do after[column] = part end
      for p = 1, #op.parts, 2 do after[op.parts[p]] = op.parts[p + 1] ~= '' and op.parts[p + 1] or nil end
      if op.rev then
        for _, column in ipairs(op.keep) do after[column] = before[column] end
      end
      for p = 1, #op.raise, 3 do
        local column, value = op.raise[p], tonumber(op.raise[p + 1])
        local stored = call('HGET', op.key, column)
        if stored and tonumber(stored) >= value then value = tonumber(stored) + 1 end
        op.values[#op.values + 1] = column
        op.values[#op.values + 1] = string.format('%.17g', value)
        if op.raise[p + 2] == '1' then after[column] = numberPart(value) end
      end
    end
    op.before, op.after = before, after
    for _, unique in ipairs(op.owner.unique) do
      local old = join(unique.columns, before, 1, #unique.columns)
      local new = join(unique.columns, after, 1, #unique.columns)
      local key = base .. 'u:' .. op.owner.name .. ':' .. unique.name
      owners[key] = owners[key] or {}
      local known = owners[key]
      if old and old ~= new then known[old] = '' end
      if new and (old ~= new or op.kind == 'index') then
        local holder = known[new]
        if holder == nil then holder = call('HGET', key, new) or '' end
        if holder ~= '' and holder ~= op.id then return refuse(i, 'unique', unique.name) end
        known[new] = op.id
      end
    end
  end
end

local time = call('TIME')
local clock = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function nextRevision(owner, stored)
  local last = owner.last or tonumber(call('GET', owner.mark) or '0')
  owner.last = math.max(clock, last + 1, tonumber(stored or '0') + 1)
  return string.format('%.0f', owner.last)
end

local function move(op)
  local from, to = placesOf(op.owner, op.before), placesOf(op.owner, op.after)
  for i in ipairs(op.owner.indexes) do
    local old, new = from[i], to[i]
    local stays = old and new and old[1] == new[1] and old[2] == new[2]
    if old and not stays then call('ZREM', old[1], old[2]) end
    if new and not (stays and op.kind ~= 'index') then call('ZADD', new[1], 0, new[2]) end
  end
end

local answer = { 'ok' }
for i, op in ipairs(ops) do
  local rev = op.rev or '0'
  if changes[op.outcome] then
    local all = base .. 't:' .. op.owner.name
    if op.outcome == 'removed' then
      move(op)
      call('DEL', op.key)
      call('ZREM', all, op.id)
      nextRevision(op.owner, op.rev)
      rev = '0'
    elseif op.outcome == 'indexed' then
      call('HSET', op.key, ':k', textOf(op.after))
      move(op)
    else
      local kept = {}
      if op.rev then
        for _, column in ipairs(op.keep) do kept[column] = true end
      end
      rev = nextRevision(op.owner, op.rev)
      local fields = { ':v', rev, ':k', textOf(op.after) }
      for f = 1, #op.values, 2 do
        if not kept[op.values[f]] then
          fields[#fields + 1] = op.values[f]
          fields[#fields + 1] = op.values[f + 1]
        end
      end
      -- First of all: a server without memory refuses this, and takes what follows in a script that has begun to write.
      call('HSET', op.key, unpack(fields))
      move(op)
      if not op.rev then call('ZADD', all, 0, op.id) else
        local nulls = {}
        for _, column in ipairs(op.nulls) do
          if not kept[column] then nulls[#nulls + 1] = column end
        end
        if #nulls > 0 then call('HDEL', op.key, unpack(nulls)) end
      end
    end
  end
  answer[i + 1] = op.outcome .. ':' .. rev
end
for key, known in pairs(owners) do
  for value, owner in pairs(known) do
    if owner == '' then call('HDEL', key, value) else call('HSET', key, value, owner) end
  end
end
for _, owner in ipairs(tables) do
  if owner.last then call('SET', owner.mark, string.format('%.0f', owner.last)) end
end

local text = table.concat(answer, ' ')
if writeId ~= '' then
  call('HSET', book, slot, writeId .. ' ' .. text)
  call('PEXPIRE', book, 120000)
end
return text
`);
