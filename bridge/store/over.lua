-- Until when something that the carrier signed counts: it is signed without a time, and may be sent again by whoever has seen it.
--
-- KEYS  1 over: sorted set, seconds UTC
-- ARGV  1 a keyed hash of its name  2 until when it counts (seconds, UTC)  3 now (seconds, UTC)
--       4 for how long that is remembered (seconds)  5 how many are remembered
-- Returns until when it counts: an earlier instant that was given before stands.
-- May be run twice with the same arguments: the second run changes nothing and says the same.

local over, name, counts, now = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local stands = tonumber(redis.call('ZSCORE', over, name) or 'inf')
if counts < stands then
  redis.call('ZADD', over, string.format('%.6f', counts), name)
  redis.call('ZREMRANGEBYSCORE', over, '-inf', string.format('%.6f', now - tonumber(ARGV[4])))
  redis.call('ZREMRANGEBYRANK', over, 0, -1 - tonumber(ARGV[5]))
  stands = counts
end
return string.format('%.6f', stands)
