-- Mend one thing that the watchman has found, where it still stands as it was looked at. Begins with held.lua.
--
-- KEYS  1 requests  2 due  3 outbox  4 late  5 changes  6 req:{id} that it is about, or ""  7 the index, or ""
-- ARGV  1 how: a name of `bridge.core.findings.How`  2 id, effect or name  3 version of the request as it was looked at
--       4 when (seconds), or ""  5 what it leads to, or ""  6 now (seconds)  7 how long a claim lasts (seconds)
-- Keys that depend on what is found: claim:{effect}, notice:{id}, shares:{mac}, req:{id}.
-- Returns 1 where it was mended, else 0 and nothing was changed.

local requests, due, outbox, late, changes, req, index = unpack(KEYS)
local how, name, version, at, to, now = unpack(ARGV)

local function exists(key)
  return redis.call('EXISTS', key) == 1
end

local function live(id)
  local doc = redis.call('HGET', 'req:' .. id, 'doc')
  local state = doc and cjson.decode(doc).state
  return state == 'open' or state == 'accepted'
end

local as_seen = req ~= '' and redis.call('HGET', req, 'version') == version

local mend = {}

function mend.DUE()
  if not as_seen then return 0 end
  if at == '' then
    redis.call('ZREM', due, name)
  else
    redis.call('ZADD', due, at, name)
  end
  return 1
end

function mend.LIST()
  if not as_seen then return 0 end
  redis.call('SADD', requests, name)
  redis.call('INCR', changes)
  return mend.DUE()
end

function mend.OUTBOX()
  if not as_seen then return 0 end
  redis.call('ZADD', outbox, at, name)
  return 1
end

function mend.DROP()
  local notice = name:match('^notice/(.*)$')
  local nothing = not exists(req) and not (notice and exists('notice:' .. notice))
  if not (as_seen or nothing) then return 0 end
  redis.call('ZREM', outbox, name)
  redis.call('ZREM', late, name)
  redis.call('DEL', 'claim:' .. name)
  return 1
end

function mend.CLAIM()
  local who = holder(name, tonumber(now))
  if not who then return 0 end
  hold(name, who, now + ARGV[7])
  return 1
end

function mend.ARM()
  return redis.call('ZADD', outbox, 'NX', at, name)
end

function mend.CODE()
  if not as_seen then return 0 end
  local stands = redis.call('GET', index)
  if stands and exists('req:' .. stands) then return 0 end
  redis.call('SET', index, name)
  return 1
end

function mend.CALLER()
  if not as_seen then return 0 end
  local stands = redis.call('GET', index)
  if stands and live(stands) then
    redis.call('SADD', index:gsub('^caller:', 'shares:'), name)
  else
    redis.call('SET', index, name)
  end
  return 1
end

-- A number that led to what is over leads to another open request that has it, where there is one.
function mend.UNLINK()
  if redis.call('GET', name) ~= to then return 0 end
  if name:match('^code:') then
    return exists('req:' .. to) and 0 or redis.call('DEL', name)
  end
  if live(to) then return 0 end
  local other = redis.call('SPOP', (name:gsub('^caller:', 'shares:')))
  if other then
    redis.call('SET', name, other)
  else
    redis.call('DEL', name)
  end
  return 1
end

return mend[how]()
