-- Hand out the effects whose time has come. Each comes back after the lease, unless it was settled by then.
--
-- Since when they were due is kept in `late` until they are settled or put off on purpose: each lease moves them on in the
-- outbox, where a worker that is dead or stuck would not show. What stands at 0 has to go at once, and is due from now.
--
-- KEYS  1 outbox
-- ARGV  1 now (seconds)  2 lease (seconds)  3 at most so many
-- Returns the effects.

local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, effect in ipairs(found) do
  local due = redis.call('ZSCORE', KEYS[1], effect)
  redis.call('ZADD', 'late', 'NX', tonumber(due) > 0 and due or ARGV[1], effect)
  redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], effect)
end
if #found > 0 then  -- what was settled meanwhile
  redis.call('ZINTERSTORE', 'late', 2, 'late', KEYS[1], 'WEIGHTS', 1, 0)
end
return found
