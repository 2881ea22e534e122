-- Store a notice and put it into the outbox, unless its id was there within the last days.
--
-- KEYS  1 notice:{id}  2 outbox
-- ARGV  1 doc  2 how long it is kept (seconds)  3 effect  4 next attempt at (seconds), or "" where it is never to be sent
-- Returns 1 where it is new, else 0 and nothing was changed.

if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then
  return 0
end
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
end
return 1
