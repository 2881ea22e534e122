-- Hand out the effects whose time has come. Each comes back after the lease, unless it was settled by then.
--
-- KEYS  1 outbox
-- ARGV  1 now (seconds)  2 lease (seconds)  3 at most so many
-- Returns the effects.

local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, effect in ipairs(found) do
  redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], effect)
end
return found
