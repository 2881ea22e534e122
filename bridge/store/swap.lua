-- Put one circuit in the place of the one that its maker saw.
--
-- KEYS  1 circuits
-- ARGV  1 its name  2 doc before, or "" where all was well  3 doc after, or "" where all is well
-- Returns 1, or 0 where somebody else was first and nothing was changed.
-- May be run twice with the same arguments: the second run changes nothing and says the same.

local doc = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if doc == ARGV[3] then
  return 1
end
if doc ~= ARGV[2] then
  return 0
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
return 1
