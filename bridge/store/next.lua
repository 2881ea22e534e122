-- The most urgent effect that may leave now, taken out of its lane: who carries it out asks for it once more. One that nobody
-- manages to carry out thus never stands in the way of others.
--
-- KEYS  see lanes.lua
-- ARGV  1-5 see lanes.lua  6 how soon it is handed out again where nothing is heard of it (seconds)
-- Returns the effect, or "" where nothing may leave now.

local best, whose, best_urgency = nil, nil, nil
for _, person in ipairs(redis.call('SMEMBERS', lanes)) do
  if gate(person) <= now then
    local effect, urgency = first(person)
    if effect and (not best or urgency < best_urgency) then
      best, whose, best_urgency = effect, person, urgency
    end
  end
end
if not best or room_at((weight(best))) > now then
  arm()
  return ''
end
leave(whose, best)
redis.call('ZADD', outbox, now + ARGV[6], best)
return best
