-- Remember that effects were tried, or that it is certain that nothing came of it. What is settled meanwhile is not remembered.
--
-- KEYS  1 attempts  2 outbox
-- ARGV  pairs: effect, doc of the attempt, or "" where nothing can have been taken

for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == '' or not redis.call('ZSCORE', KEYS[2], ARGV[i]) then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
