-- Counts an attempt, of at most so many within a while. One that is refused is not counted.
--
-- KEYS  1 the attempts: sorted set, seconds UTC
-- ARGV  1 now (seconds, UTC)  2 at most so many  3 within so many seconds  4 a name for this attempt, which no other has
-- Returns "0" where it may go on, else the seconds to wait.

local NET = 7200  -- seconds: the store's clock may be set forward, which is to forgive nobody
local attempts, now, most, within = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

redis.call('ZREMRANGEBYSCORE', attempts, '-inf', string.format('%.6f', now - within))
redis.call('ZREMRANGEBYSCORE', attempts, string.format('%.6f', now + within), '+inf')  -- our own time has gone back
if redis.call('ZCARD', attempts) >= most then
  local oldest = redis.call('ZRANGE', attempts, 0, 0, 'WITHSCORES')
  return string.format('%.6f', oldest[2] + within - now)
end
redis.call('ZADD', attempts, string.format('%.6f', now), ARGV[4])
redis.call('PEXPIRE', attempts, math.ceil((within + NET) * 1000))
return '0'
