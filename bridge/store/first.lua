-- Whether this has not happened for a while. When it counts again stands in the value, by our own time: the store's clock may be
-- set back, and the key would last for an hour more. Where our own time has gone back, what lies ahead of it does not count.
-- A value of "1" was written by a release before 0.4.0.
--
-- KEYS  1 once:{mac}
-- ARGV  1 now (seconds)  2 for how long it counts (seconds)
-- Returns 1 where it is the first time, else 0 and nothing was changed.

local ends, now, within = redis.call('GET', KEYS[1]), tonumber(ARGV[1]), tonumber(ARGV[2])
if ends and (ends == '1' or (now < tonumber(ends) and tonumber(ends) <= now + within)) then
  return 0
end
redis.call('SET', KEYS[1], string.format('%.3f', now + within), 'PX', math.ceil(within * 1000))
return 1
