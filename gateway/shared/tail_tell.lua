#!lua
-- Tell of what happened in channels of the live tail that somebody listens to. The keys are those of tail_hear.lua.
--
-- KEYS[1]  the set of the channels that somebody listens to
-- then for each channel its hash and its stream
--
-- ARGV[1]  how many of a channel are kept; then for each channel:
--   its member of the set
--   how many were left out before these: their numbers are, too
--   how many there are, and of each:
--     at
--     id
--
-- Of a channel to which nobody listens nothing is kept, and it is taken from the set.
local most, a = ARGV[1], 2
for i = 1, (#KEYS - 1) / 2 do
  local head, stream = KEYS[2 * i], KEYS[2 * i + 1]
  local member, left_out, count = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  a = a + 3
  if redis.call('EXISTS', head) == 0 then
    redis.call('SREM', KEYS[1], member)
  else
    local last = redis.call('HINCRBY', head, 'last', left_out + count) - count
    for j = 0, count - 1 do
      redis.call('XADD', stream, 'MAXLEN', most, string.format('%d-0', last + 1 + j), 'at', ARGV[a + 2 * j], 'id', ARGV[a + 2 * j + 1])
    end
    redis.call('PEXPIRE', stream, math.max(1, redis.call('PTTL', head)))
  end
  a = a + 2 * count
end
return 1
