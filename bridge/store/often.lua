-- Count something that may happen very often.
--
-- KEYS  1 trail_often  2 often:{mac}
-- ARGV  1 by  2 what  3 code  4 now (seconds, UTC)  5 until when it is counted (seconds, UTC)  6 how long it is kept (seconds)
-- Returns how often it has happened by now.

local count = redis.call('HINCRBY', KEYS[2], 'count', 1)
if count == 1 then
  redis.call('HSET', KEYS[2], 'by', ARGV[1], 'what', ARGV[2], 'code', ARGV[3], 'since', ARGV[4])
  redis.call('EXPIRE', KEYS[2], ARGV[6])
  redis.call('ZADD', KEYS[1], ARGV[5], KEYS[2])
end
return count
