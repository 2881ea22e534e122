-- Hold back what cannot leave by its channel now: it is claimed by nobody, and not overdue. `free.lua` lets it go.
--
-- KEYS  1 outbox  2 held:{channel}
-- ARGV  1 effect  2 when it is tried again, where nobody has let it go before (seconds)

redis.call('DEL', 'claim:' .. ARGV[1])
redis.call('ZREM', 'late', ARGV[1])
if redis.call('ZADD', KEYS[1], 'XX', 'CH', ARGV[2], ARGV[1]) == 1 or redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('SADD', KEYS[2], ARGV[1])
end
