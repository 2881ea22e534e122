-- The effect "record" was carried out: it stands in the outbox for when the next record is due, or no more.
--
-- KEYS  1 outbox  2 records
-- ARGV  1 now (seconds)  2 not before (seconds)  3 how soon it is handed out again where nothing is heard of it (seconds)
-- Returns 1 where one is due now, and whoever asks hands it to the queue; else 0.

redis.call('DEL', 'claim:record')
redis.call('ZREM', 'late', 'record')
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if not first[1] then
  redis.call('ZREM', KEYS[1], 'record')
  return 0
end
local now, at = tonumber(ARGV[1]), math.max(tonumber(first[2]), tonumber(ARGV[2]))
local due = at <= now
redis.call('ZADD', KEYS[1], string.format('%.17g', due and now + ARGV[3] or at), 'record')  -- not a moment too early
return due and 1 or 0
