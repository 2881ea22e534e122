-- What stands in the store, at one instant. Only reads.
--
-- KEYS  1 requests  2 due  3 outbox  4 late
-- ARGV  ids of requests that are to be looked at too, whether they are listed or not
-- Keys that depend on what is found: req:{id}, claim:{effect}, notice:{id}, lanes:{channel}, lane:{channel}:{person}.
-- Returns {listed, unlisted, due, outbox, late, claims, lanes, notices}. Of requests: id, doc or "" where there is none. Unlisted
-- are those of ARGV, and those that the outbox speaks of. Of claims: effect, the claim, milliseconds that the key lives on.
-- Of lanes: {"channel:person", effects...}. Of notices: those of which there is a document, as effects.

local listed, unlisted, seen = {}, {}, {}

local function add(to, id)
  if not seen[id] then
    seen[id] = true
    to[#to + 1] = id
    to[#to + 1] = redis.call('HGET', 'req:' .. id, 'doc') or ''
  end
end

for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  add(listed, id)
end
for _, id in ipairs(ARGV) do
  add(unlisted, id)
end

local outbox = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
local claims, notices = {}, {}
for i = 1, #outbox, 2 do
  local effect = outbox[i]
  local about, rest = effect:match('^(.*)/([^/]*)$')
  if about == 'notice' then
    if redis.call('EXISTS', 'notice:' .. rest) == 1 then
      notices[#notices + 1] = effect
    end
  elseif about and about ~= 'lane' then
    add(unlisted, about)
  end
  local claim = redis.call('GET', 'claim:' .. effect)
  if claim then
    claims[#claims + 1] = effect
    claims[#claims + 1] = claim
    claims[#claims + 1] = redis.call('PTTL', 'claim:' .. effect)
  end
end

local lanes = {}
for _, channel in ipairs({'text', 'call'}) do
  for _, person in ipairs(redis.call('SMEMBERS', 'lanes:' .. channel)) do
    local lane = channel .. ':' .. person
    lanes[#lanes + 1] = {lane, unpack(redis.call('ZRANGE', 'lane:' .. lane, 0, 999))}
  end
end

local due = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
local late = redis.call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES')
return {listed, unlisted, due, outbox, late, claims, lanes, notices}
