-- Claim one effect for the time that carrying it out may take.
--
-- KEYS  1 outbox  2 claim:{effect}
-- ARGV  1 effect  2 token of who claims  3 now (seconds)  4 for how long (seconds)
-- Returns 1 where it is theirs, 0 where it is settled or somebody else's. The same token may claim again.

if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[3] + ARGV[4], ARGV[1])
return 1
