-- Where codes and numbers lead. Only reads.
--
-- KEYS  of each request three: 1 req:{id}  2 code:{code}  3 caller:{mac}, or "" where no number is known
-- ARGV  of each request its version as it was looked at
-- Keys that depend on what is found: shares:{mac}, and req:{id} of where a code leads.
-- Returns for each request {} where it has changed since, else {where its code leads or "", where its number leads...}.

local found = {}
for i = 1, #ARGV do
  local req, code, caller = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local leads = {}
  if redis.call('HGET', req, 'version') == ARGV[i] then
    local to = redis.call('GET', code) or ''
    if redis.call('EXISTS', 'req:' .. to) == 0 then
      to = ''
    end
    leads[1] = to
    if caller ~= '' then
      leads[2] = redis.call('GET', caller) or ''
      for _, other in ipairs(redis.call('SMEMBERS', (caller:gsub('^caller:', 'shares:')))) do
        leads[#leads + 1] = other
      end
    end
  end
  found[i] = leads
end
return found
