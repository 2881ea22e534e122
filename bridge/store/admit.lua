-- Counts something once against several limits, unless one of them is full: then it is counted against none.
--
-- KEYS  what was counted against each limit: sorted set, seconds UTC
-- ARGV  1 now (seconds, UTC)  2 a name: what has the same one counts once  3... pairs: at most so many, within so many seconds
-- Returns which limit is full (1 for the first), and how many seconds it will be; 0 and 0 where there is room.
-- May be run twice with the same arguments: the second run changes nothing and says the same.

local NET = 7200  -- seconds: the store's clock may be set forward, which is to forgive nobody
local now, name = tonumber(ARGV[1]), ARGV[2]

for i, counted in ipairs(KEYS) do
  local most, within = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  redis.call('ZREMRANGEBYSCORE', counted, '-inf', string.format('%.6f', now - within))
  redis.call('ZREMRANGEBYSCORE', counted, string.format('%.6f', now + within), '+inf')  -- our own time has gone back
  if not redis.call('ZSCORE', counted, name) and redis.call('ZCARD', counted) >= most then
    local oldest = redis.call('ZRANGE', counted, 0, 0, 'WITHSCORES')
    return {i, string.format('%.6f', (oldest[2] or now) + within - now)}
  end
end
for i, counted in ipairs(KEYS) do
  if not redis.call('ZSCORE', counted, name) then
    redis.call('ZADD', counted, string.format('%.6f', now), name)
    redis.call('PEXPIRE', counted, math.ceil((tonumber(ARGV[2 + 2 * i]) + NET) * 1000))
  end
end
return {0, '0'}
