-- May this effect leave now? If not, it waits in its person's lane.
--
-- KEYS  see lanes.lua
-- ARGV  1-5 see lanes.lua  6 effect, claimed by whoever asks  7 person  8 cost  9 urgency, the smaller the sooner
--       10 "+" where it may leave together with others, or ""  11 for how long those are claimed (seconds)
--       12 for how long a call keeps the person busy (seconds)  13 at most so many together
--       14 "+" where it answers what the person has just done: alone, and outside a storm, it is none of the first ones
--       15 "p" where it can wait, and leaves one of the first ones to a page, or ""
-- Returns {1, 1 where something else may leave too, room, effects...}, most urgent first, all claimed, and the line charged for
-- the whole room as "{effect}@{now}"; or {0, 1 where something else may leave, not before when}: the claim is then given up.

local effect, person, cost, urgency, joins = ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9], ARGV[10]

redis.call('ZADD', lane_of(person), urgency, effect)
redis.call('SADD', lanes, person)
redis.call('HSET', weights, effect, cost .. joins .. ARGV[15])

-- It was granted before, and asks again: whoever was to send it then is dead, and it holds up itself no longer.
local granted, counted, before = unpack(redis.call('HMGET', told(person), 'granted', 'counted', 'before'))
if granted == effect then
  redis.call('HINCRBY', told(person), 'count', -tonumber(counted))
  redis.call('HSET', told(person), 'last', before, 'closed', 0, 'granted', '')
end

local open, count = gate(person, ARGV[15] == 'p')
local ready = survey(effect)
local ours, sooner, goes = nil, 0, false  -- our lane, and what is more urgent and could leave as well
for _, lane in ipairs(ready) do
  if lane.person == person then
    ours = lane
  end
end
if ours then
  for _, lane in ipairs(ready) do
    if lane ~= ours and lane.urgency < ours.urgency then
      sooner = sooner + lane.needs
    end
  end
  local _, together = weight(ours.effect)
  goes = ours.effect == effect or (together and joins == '+')
end

local carried = used()
if not goes or (carried + sooner + ours.needs > rate and carried + sooner > 0) then
  redis.call('DEL', 'claim:' .. effect)
  redis.call('ZREM', 'late', effect)
  if redis.call('ZADD', outbox, 'XX', now + NET, effect) == 0 and not redis.call('ZSCORE', outbox, effect) then
    leave(person, effect)
  end
  local soonest = arm()
  return {0, more(soonest), string.format('%.6f', math.max(open, room_at(cost), now + 0.1))}
end

local together = {}
if joins == '' then
  together[1] = effect
else
  for _, each in ipairs(redis.call('ZRANGE', lane_of(person), 0, -1)) do
    local _, may = weight(each)
    if #together < tonumber(ARGV[13]) and may and idle(each, effect) and redis.call('ZSCORE', outbox, each) then
      together[#together + 1] = each
    end
  end
end
for _, each in ipairs(together) do
  if each ~= effect then
    hold(each, effect, now + ARGV[11])
    redis.call('ZADD', outbox, now + ARGV[11], each)
  end
end

local room = ours.least
if #together > 1 and channel == 'text' then
  room = math.max(ours.needs, rate - carried - math.min(ours.new, rate - 1))
end
carry(effect .. '@' .. ARGV[2], room, now + UNCONFIRMED)
if channel == 'text' then
  local last = redis.call('HGET', told(person), 'last') or '0'
  local _, _, patient = weight(ours.effect)
  local answers = ARGV[14] == '+' and #together == 1 and count < at_once
  local counts = (answers or (patient and count >= limit(true))) and 0 or 1
  redis.call('HSET', told(person), 'count', count + counts, 'last', now, 'before', last, 'closed', 0, 'counted', counts)
else
  redis.call('HSET', told(person), 'count', count + 1, 'last', now, 'before', 0, 'closed', now + ARGV[12], 'counted', 1)
end
redis.call('HSET', told(person), 'granted', effect)
redis.call('EXPIRE', told(person), KEPT)
return {1, more(arm()), room, unpack(together)}
