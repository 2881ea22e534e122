-- What was held back may leave now: the clock finds it at its next look.
--
-- KEYS  1 outbox  2 held:{channel}
-- ARGV  1 now (seconds)

for _, effect in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  if redis.call('EXISTS', 'claim:' .. effect) == 0 then
    redis.call('ZADD', KEYS[1], 'XX', 'LT', ARGV[1], effect)
  end
end
redis.call('DEL', KEYS[2])
