#!lua
-- What sources may send: a token bucket for each, which every gateway tells what it has taken.
--
-- KEYS[i]  the bucket of a source: "left at", how many events it may send since that time (below zero: it owes them).
--          One that would be full for a minute is forgotten.
--
-- ARGV[1]  how many it fills by in a second
-- ARGV[2]  how many it holds; then for each key:
--   how many events were taken
--   how many the caller thought were left after that: it holds where there is no bucket
--
-- Returns for each key how many are left.
local per_second, at_once = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local answer = {}
for i, key in ipairs(KEYS) do
  local spent, thought = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  local left = math.min(at_once, thought)
  local found = redis.call('GET', key)
  if found then
    local had, at = string.match(found, '^(%S+) (%S+)$')
    left = math.min(at_once, tonumber(had) + math.max(0, now - tonumber(at)) * per_second) - spent
  end
  local full_in = math.ceil((at_once - left) / per_second) + 60
  redis.call('SET', key, string.format('%.17g %.17g', left, now), 'EX', string.format('%d', math.min(full_in, 8640000)))
  answer[i] = string.format('%.17g', left)
end
return answer
