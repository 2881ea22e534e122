-- Claim one effect for the time that carrying it out may take. Begins with held.lua.
--
-- KEYS  1 outbox  2 claim:{effect}
-- ARGV  1 effect  2 token of who claims  3 now (seconds)  4 for how long (seconds)
-- Returns 1 where it is theirs, 0 where it is settled or somebody else's. The same token may claim again.

if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end
local held_by = holder(ARGV[1], tonumber(ARGV[3]))
if held_by and held_by ~= ARGV[2] then
  return 0
end
hold(ARGV[1], ARGV[2], ARGV[3] + ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[3] + ARGV[4], ARGV[1])
return 1
