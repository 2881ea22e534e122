-- Store a new request with its effects, unless it is there already.
--
-- KEYS  1 req:{id}  2 requests  3 due  4 outbox  5 code:{code}  6 caller:{mac}, or "" where no number is known
--       7 changes
-- ARGV  1 id  2 version  3 doc  4 due at (seconds, or "")  5 milliseconds until it is gone, whatever happens, or ""
--       6... pairs: effect, next attempt at (seconds)
-- Returns the id of the request that stands (this one, or the one the caller has open), or "" where the code is taken.
-- May be run twice with the same arguments: the second run changes nothing and says the same.

if redis.call('EXISTS', KEYS[1]) == 1 then
  return ARGV[1]
end
if KEYS[6] ~= '' then
  local standing = redis.call('GET', KEYS[6])
  if standing then
    return standing
  end
end
if redis.call('EXISTS', KEYS[5]) == 1 then
  return ''
end

redis.call('HSET', KEYS[1], 'version', ARGV[2], 'doc', ARGV[3])
if ARGV[5] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('INCR', KEYS[7])
redis.call('SET', KEYS[5], ARGV[1])
if KEYS[6] ~= '' then
  redis.call('SET', KEYS[6], ARGV[1])
end
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
end
for i = 6, #ARGV, 2 do
  redis.call('ZADD', KEYS[4], ARGV[i + 1], ARGV[i])
end
return ARGV[1]
