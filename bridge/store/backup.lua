-- A picture of the whole store, of one instant.
--
-- ARGV  1... how the names of keys begin that are left out
-- Returns {name, type, milliseconds until it expires or -1, value} for each key, and last the names of keys that are of a type
-- that nobody here writes. A value is what the type's own command gives: a string; the pairs of a hash; the members of a set;
-- members and scores of a sorted set; the entries of a list.

local function wanted(name)
  for _, begins in ipairs(ARGV) do
    if name:sub(1, #begins) == begins then
      return false
    end
  end
  return true
end

local READ = {
  string = function(name) return redis.call('GET', name) end,
  hash = function(name) return redis.call('HGETALL', name) end,
  set = function(name) return redis.call('SMEMBERS', name) end,
  zset = function(name) return redis.call('ZRANGE', name, 0, -1, 'WITHSCORES') end,
  list = function(name) return redis.call('LRANGE', name, 0, -1) end,
}

local found, strange = {}, {}
for _, name in ipairs(redis.call('KEYS', '*')) do
  if wanted(name) then
    local kind = redis.call('TYPE', name).ok
    local left = redis.call('PTTL', name)
    if READ[kind] then
      found[#found + 1] = {name, kind, left, READ[kind](name)}
    elseif kind ~= 'none' then
      strange[#strange + 1] = name
    end
  end
end
found[#found + 1] = strange
return found
