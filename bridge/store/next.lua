-- The most urgent effect that may leave now, taken out of its lane: who carries it out asks for it once more. One that nobody
-- manages to carry out thus never stands in the way of others.
--
-- KEYS  see lanes.lua
-- ARGV  1-5 see lanes.lua  6 how soon it is handed out again where nothing is heard of it (seconds)
-- Returns the effect, or "" where nothing may leave now.

local best = foremost((survey()))
if not best or room_at(best.needs) > now then
  arm()
  return ''
end
leave(best.person, best.effect)
redis.call('ZADD', outbox, now + ARGV[6], best.effect)
return best.effect
