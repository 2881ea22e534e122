-- What every script of the lanes begins with: see bridge/store/redis_lanes.py for the rules.
--
-- KEYS  1 outbox  2 lanes:{channel}  3 weights:{channel}  4 line:{channel}
-- ARGV  1 channel, "text" or "call"  2 now (seconds)  3 how much the line takes in a second
--       4 texts at once  5 pause between texts after those (seconds)
-- Keys that depend on what is found: lane:{channel}:{person}, told:{channel}:{person}, claim:{effect}.

local outbox, lanes, weights, line = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local channel, now, rate = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local at_once, pause = tonumber(ARGV[4]), tonumber(ARGV[5])

local WINDOW = 1.1     -- seconds: what leaves within one second may arrive a little closer together
local SLACK = 0.5      -- seconds: the same for the pause between texts to a person
local UNCONFIRMED = 2  -- seconds: what was granted and has not left yet may still leave so much later
local STORM = 60       -- seconds without a text, and the next one is a first one again
local NET = 120        -- seconds: what waits in a lane is looked at by the clock after so long, whatever happens
local A_SEGMENT = 12   -- effects that are about as many as one segment has words for
local KEPT = 86400     -- seconds by the store's clock: what is known of a person is forgotten, long after it has counted

local function lane_of(person)
  return 'lane:' .. channel .. ':' .. person
end

local function told(person)
  return 'told:' .. channel .. ':' .. person
end

-- How many of the first texts a person has had before the next has to wait: one is kept free for a page.
local function limit(patient)
  return patient and math.max(1, at_once - 1) or at_once
end

-- How many texts this person has had in this storm, and from when on they may have the next; for calls, when they are free.
local function gate(person, patient)
  local count, last, closed = unpack(redis.call('HMGET', told(person), 'count', 'last', 'closed'))
  count, last, closed = tonumber(count or 0), tonumber(last or 0), tonumber(closed or 0)
  if last > now + STORM then  -- our own time has gone back: nobody is to wait until it has caught up
    return 0, 0
  end
  if now - last >= STORM then
    count = 0
  end
  if channel == 'text' and count >= limit(patient) then
    closed = math.max(closed, last + pause + SLACK)
  end
  return closed, count
end

-- Whether an effect that waits in a lane may be sent by whoever asks: `mine`, or one that nobody is carrying out.
local function idle(effect, mine)
  return effect == mine or not holder(effect, now)
end

local function leave(person, effect)
  redis.call('ZREM', lane_of(person), effect)
  redis.call('HDEL', weights, effect)
end

-- The most urgent idle effect of a lane and its urgency, or nil. What is settled is taken out on the way.
local function first(person, mine)
  local at = 0
  while true do
    local found = redis.call('ZRANGE', lane_of(person), at, at, 'WITHSCORES')
    if not found[1] then
      break
    end
    if not redis.call('ZSCORE', outbox, found[1]) then
      leave(person, found[1])
    elseif idle(found[1], mine) then
      return found[1], tonumber(found[2])
    else
      at = at + 1
    end
  end
  if at == 0 then
    redis.call('SREM', lanes, person)
  end
end

-- What an effect costs, whether it may leave together with others, and whether it is patient: stored as "2+p", "2+", "2p" or "2".
local function weight(effect)
  local kept = redis.call('HGET', weights, effect) or '1'
  return tonumber(kept:match('%d+')), kept:find('+', 1, true) ~= nil, kept:sub(-1) == 'p'
end

-- What the line has carried in the last second.
local function used()
  redis.call('ZREMRANGEBYSCORE', line, '-inf', now - WINDOW)
  redis.call('ZREMRANGEBYSCORE', line, now + STORM, '+inf')  -- our own time has gone back
  local sum = 0
  for _, each in ipairs(redis.call('ZRANGE', line, 0, -1)) do
    sum = sum + tonumber(each:match('%d+$'))
  end
  return sum
end

-- When the line has room for so much. What is more than it takes in a second goes when it is empty.
local function room_at(cost)
  local sum, at = used(), now
  local entries = redis.call('ZRANGE', line, 0, -1, 'WITHSCORES')
  for i = 1, #entries, 2 do
    if sum + cost <= rate then
      break
    end
    sum = sum - tonumber(entries[i]:match('%d+$'))
    at = math.max(at, tonumber(entries[i + 1]) + WINDOW)
  end
  return at
end

-- The line carries so much, as of `at`. More than a second's worth keeps it busy for longer.
local function carry(name, cost, at)
  redis.call('ZADD', line, at + math.max(0, cost / rate - 1), name .. ':' .. cost)
end

-- Every lane whose person can be reached now and in which something idle waits: {person, effect, urgency, needs, told}, and
-- when the next one of the others opens. `needs` is the room without which the lane had better wait a moment longer: many codes
-- want a long text. While somebody waits who has been told nothing yet, nobody asks for more than the first one takes.
local function survey(mine)
  local ready, opens, new = {}, nil, 0
  for _, person in ipairs(redis.call('SMEMBERS', lanes)) do
    local effect, urgency = first(person, mine)
    if effect then
      local least, together, patient = weight(effect)
      local open, count = gate(person, patient)
      if open > now then
        opens = math.min(opens or open, open)
      else
        local lane = {person = person, effect = effect, urgency = urgency, least = least, needs = least, told = count}
        if together and channel == 'text' then
          lane.needs = math.min(math.max(rate, least), least + math.floor(redis.call('ZCARD', lane_of(person)) / A_SEGMENT))
        end
        if count == 0 then
          new = new + 1
        end
        ready[#ready + 1] = lane
      end
    end
  end
  for _, lane in ipairs(ready) do
    lane.new = new - (lane.told == 0 and 1 or 0)
    if lane.new > 0 then
      lane.needs = lane.least
    end
  end
  return ready, opens
end

-- The lane whose turn it is, or nil.
local function foremost(ready)
  local best = nil
  for _, lane in ipairs(ready) do
    if not best or lane.urgency < best.urgency then
      best = lane
    end
  end
  return best
end

-- Set the instant at which the clock hands out "lane/{channel}" next. Returns it, or nil where nothing waits.
local function arm()
  local ready, soonest = survey()
  local best = foremost(ready)
  if best then
    local at = room_at(best.needs)
    soonest = math.min(soonest or at, at)
  end
  redis.call('ZREM', 'late', 'lane/' .. channel)
  if soonest then
    redis.call('ZADD', outbox, soonest, 'lane/' .. channel)
  else
    redis.call('ZREM', outbox, 'lane/' .. channel)
  end
  return soonest
end

-- Whether something may leave at this very instant: 1 or 0.
local function more(soonest)
  return soonest and soonest <= now and 1 or 0
end
