-- Put a ledger in the place of the one that its maker saw, and remember who changed what.
--
-- KEYS  1 ledger  2 ledger_log
-- ARGV  1 version before  2 version after  3 doc  4 most entries kept  5... entries
-- Returns 1, or 0 where somebody else was first and nothing was changed.
-- May be run twice with the same arguments: the second run changes nothing and says the same.

local version, doc = unpack(redis.call('HMGET', KEYS[1], 'version', 'doc'))
if version == ARGV[2] and doc == ARGV[3] then
  return 1
end
if (version or '0') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'doc', ARGV[3])
for i = 5, #ARGV do
  redis.call('RPUSH', KEYS[2], ARGV[i])
end
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[4]), -1)
return 1
