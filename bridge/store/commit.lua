-- Put a request in the place of its last version, with its effects: all or nothing.
--
-- KEYS  1 req:{id}  2 requests  3 due  4 outbox  5 code:{code}  6 caller:{mac}, or "" where no number is known
--       7 caller:{mac} of the number before, or "" where it is the same  8 changes  9 outcomes:{month}
-- ARGV  1 id  2 version before  3 version after  4 doc  5 due at (seconds, or "")
--       6 "live" where the caller has it open, "ended", or "erased"
--       7 how long an erased request and its code rest (seconds)
--       8 what may be kept of it, or "" where it has not ended  9 under which name that is kept: it leads to nothing else
--       10 milliseconds until it is gone, whatever happens, or "" where it is erased
--       11... pairs: effect, next attempt at (seconds, or "" where it is settled)
-- Another key: rewrite. One that depends on what is found: shares:{mac}, the open requests that have the same number besides the one under caller:{mac}.
-- Returns 1, or 0 where somebody else was first and nothing was changed.
-- May be run twice with the same arguments: the second run changes nothing and says the same.

local OUTCOMES_KEPT = 36 * 31 * 24 * 3600  -- seconds after the month's last write: core/figures.py says why

local stands = redis.call('HMGET', KEYS[1], 'version', 'doc')
if stands[1] == ARGV[3] and stands[2] == ARGV[4] then
  return 1
end
if stands[1] ~= ARGV[2] then
  return 0
end

redis.call('HSET', KEYS[1], 'version', ARGV[3], 'doc', ARGV[4])
if ARGV[10] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[10])
end
redis.call('INCR', KEYS[8])
if ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
else
  redis.call('ZREM', KEYS[3], ARGV[1])
end

-- The number leads to this request no more. Where another open one has it, it leads there.
local function leave(caller)
  local shares = caller:gsub('^caller:', 'shares:')
  redis.call('SREM', shares, ARGV[1])
  if redis.call('GET', caller) == ARGV[1] then
    local other = redis.call('SPOP', shares)
    if other then
      redis.call('SET', caller, other)
    else
      redis.call('DEL', caller)
    end
  end
end

if KEYS[7] ~= '' then
  leave(KEYS[7])
end
if KEYS[6] ~= '' then
  if ARGV[6] ~= 'live' then
    leave(KEYS[6])
  elseif not redis.call('SET', KEYS[6], ARGV[1], 'NX') and redis.call('GET', KEYS[6]) ~= ARGV[1] then
    redis.call('SADD', KEYS[6]:gsub('^caller:', 'shares:'), ARGV[1])
  end
end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[9], ARGV[9], ARGV[8])
  redis.call('EXPIRE', KEYS[9], OUTCOMES_KEPT)
end
if ARGV[6] == 'erased' then
  if redis.call('SREM', KEYS[2], ARGV[1]) == 1 then
    redis.call('HINCRBY', 'rewrite', 'owed', 1)  -- it is in the files still
  end
  redis.call('EXPIRE', KEYS[1], ARGV[7])
  redis.call('EXPIRE', KEYS[5], ARGV[7])
end

for i = 11, #ARGV, 2 do
  redis.call('DEL', 'claim:' .. ARGV[i])
  redis.call('ZREM', 'late', ARGV[i])
  if ARGV[i + 1] == '' then
    redis.call('ZREM', KEYS[4], ARGV[i])
    redis.call('HDEL', 'attempts', ARGV[i])
  else
    redis.call('ZADD', KEYS[4], ARGV[i + 1], ARGV[i])
  end
end
return 1
