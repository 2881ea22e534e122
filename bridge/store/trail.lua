-- Append one entry to the audit trail, where its end still is as its writer saw it; perhaps trim the old end with it.
--
-- KEYS  1 trail  2 trail_head  3 trail_marks  4 acts  5 trail_often  6 often:{mac} that the entry settles, or ""
-- ARGV  1 number before  2 hash before  3 hash  4 entry  5 how many entries of an older release this one covers, or ""
--       6 mark, or ""  7 what it is set to  8 entries to trim  9 hash of the last one trimmed  10 of an older release to trim
--       11 after which number the trail begins, where entries are trimmed
-- Returns {"done"}; {"stands"} where the mark says so already, or nothing was left to settle or trim; {"older"} where entries of an older
-- release have to be covered first; {"moved", number, hash} where the end is another one. But for "done" nothing was changed.
-- May be run twice with the same arguments: the second run changes nothing and says the same.

local trail, head, marks, acts, often, settles = unpack(KEYS)
local n, hash, first, older = unpack(redis.call('HMGET', head, 'n', 'hash', 'first', 'older'))
n, hash, first = n or '0', hash or '', first or '0'

if n ~= ARGV[1] and redis.call('LINDEX', trail, ARGV[1] - first) == ARGV[4] then
  return {'done'}
end
if ARGV[6] ~= '' and redis.call('HGET', marks, ARGV[6]) == ARGV[7] then
  return {'stands'}
end
if tonumber(ARGV[8]) > 0 and first ~= ARGV[11] then
  return {'stands'}  -- somebody else has trimmed
end
if settles ~= '' and redis.call('EXISTS', settles) == 0 then
  return {'stands'}
end
local stand = redis.call('LLEN', acts)
if stand ~= tonumber(ARGV[5] ~= '' and ARGV[5] or older or 0) then
  return {'older'}
end
if n ~= ARGV[1] or hash ~= ARGV[2] then
  return {'moved', n, hash}
end

redis.call('RPUSH', trail, ARGV[4])
redis.call('HSET', head, 'n', n + 1, 'hash', ARGV[3], 'older', stand - ARGV[10])
if ARGV[6] ~= '' then
  redis.call('HSET', marks, ARGV[6], ARGV[7])
end
if settles ~= '' then
  redis.call('DEL', settles)
  redis.call('ZREM', often, settles)
end
if tonumber(ARGV[8]) > 0 then
  redis.call('LTRIM', trail, ARGV[8], -1)
  redis.call('HSET', head, 'first', first + ARGV[8], 'first_hash', ARGV[9])
end
if tonumber(ARGV[10]) > 0 then
  redis.call('LTRIM', acts, ARGV[10], -1)
end
return {'done'}
