-- Keep a call that is going on.
--
-- KEYS  1 call:{sid}  2 due
-- ARGV  1 doc  2 how long it is kept (seconds)  3 its name in due  4 due at (seconds)
-- May be run twice with the same arguments: the second run changes nothing.

redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
return 1
