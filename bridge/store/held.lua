-- A claim says until when it holds, by our own time: the store's clock may be set, and with it the end of a key. That the key
-- ends is only a net. One that does not say so was made by a release before 0.4.0, and holds while it is there.

local CLAIM_KEPT = 7200  -- seconds by the store's clock: more than it may be set forward while somebody sends

-- Who holds this effect now, or nil.
local function holder(effect, now)
  local claim = redis.call('GET', 'claim:' .. effect)
  if not claim then
    return nil
  end
  local who, ends = claim:match('^(.*) (%S+)$')
  if not who then
    return claim
  end
  return tonumber(ends) > now and who or nil
end

local function hold(effect, who, ends)
  redis.call('SET', 'claim:' .. effect, who .. ' ' .. string.format('%.3f', ends), 'EX', CLAIM_KEPT)
end
