-- What was granted leaves now, or it came to nothing.
--
-- KEYS  see lanes.lua
-- ARGV  1-5 see lanes.lua  6 person  7 what the line was charged as, or "" to leave it as it is  8 the room that was granted
--       9 what it really takes  10 "" where it leaves; else it came to nothing, and the person is left alone until then (seconds)
--       11... effects that were granted with it and are not part of it: they wait on
-- Returns 1 where something else may leave now, or 0.

local person = ARGV[6]
if ARGV[7] ~= '' then
  redis.call('ZREM', line, ARGV[7] .. ':' .. ARGV[8])
  carry(ARGV[7], tonumber(ARGV[9]), now)
end
if ARGV[10] ~= '' then
  local count, before = unpack(redis.call('HMGET', told(person), 'count', 'before'))
  redis.call('HSET', told(person), 'count', math.max(0, tonumber(count or 0) - 1), 'last', before or 0, 'closed', ARGV[10], 'granted', '')
elseif channel == 'text' then
  redis.call('HSET', told(person), 'last', now)
end
redis.call('EXPIRE', told(person), KEPT)
for i = 11, #ARGV do
  redis.call('DEL', 'claim:' .. ARGV[i])
  redis.call('ZREM', 'late', ARGV[i])
  redis.call('ZADD', outbox, 'XX', now + NET, ARGV[i])
end
return more(arm())
