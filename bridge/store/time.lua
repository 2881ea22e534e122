-- Compare one process's clocks with the time that the processes of this boot keep.
--
-- KEYS  1 time:{boot}
-- ARGV  1 how far its wall clock is ahead of the steady clock (seconds)  2 the steady clock (seconds)
--       3 a larger difference means that the wall clock was set (seconds)  4 a smaller one is not worth a write (seconds)
--       5 how long the key is kept (seconds)
-- Returns {the offset that counts, by how much the wall clock was set or "", since when (seconds, UTC) or ""}.
-- Whatever races here compares the same two clocks: who is last writes what the others wrote.

local key, wall, steady = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])

local function write(...)
  redis.call('HSET', key, ...)
  redis.call('EXPIRE', key, ARGV[5])
end

local kept, by, at = unpack(redis.call('HMGET', key, 'offset', 'by', 'at'))
if not kept then
  write('offset', ARGV[1])
  return {ARGV[1], '', ''}
end

local ahead = wall - tonumber(kept)
if math.abs(ahead) <= tonumber(ARGV[3]) then
  if by then
    redis.call('HDEL', key, 'by', 'at')
  end
  if math.abs(ahead) > tonumber(ARGV[4]) then
    write('offset', ARGV[1])
    kept = ARGV[1]
  end
  return {kept, '', ''}
end
if not by or math.abs(tonumber(by) - ahead) > tonumber(ARGV[3]) then
  by = string.format('%.3f', ahead)
  at = at or string.format('%.3f', steady + tonumber(kept))
  write('by', by, 'at', at)
end
return {kept, by, at}
