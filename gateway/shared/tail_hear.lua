#!lua
-- What happened in channels of the live tail, for a process in which somebody listens.
--
-- KEYS[1]  a set of the channels that somebody listens to, so that others tell of them: "topic space"
-- then for each channel two:
--   a hash: "epoch", which tells its numbers from those of any other stream, and "last", the number that was given last
--   a stream of what was told: N-0, where N is its number; "at" in microseconds, and "id"
-- All of them go where nobody listens any more for ARGV[1] seconds.
--
-- ARGV[1]  how long they are kept
-- ARGV[2]  "1": now they are to be kept so long again
-- ARGV[3]  how many are told at most of each channel; then for each channel:
--   its member of the set
--   the epoch and
--   the number that the listener heard last; empty and 0: none yet
--   an epoch, for a stream that is new
--
-- Where the stream was lost, and where it is behind what the listener has heard, a new one begins after that, and one number is
-- left out: nobody knows what was missed.
--
-- Returns for each channel its epoch, its last number, and a list of number, at, id, number, at, id, ...
local seconds, renew, most = tonumber(ARGV[1]), ARGV[2] == '1', tonumber(ARGV[3])
local answer = {}
for i = 1, (#KEYS - 1) / 2 do
  local head, stream, a = KEYS[2 * i], KEYS[2 * i + 1], 4 * i
  local member, epoch, heard, fresh = ARGV[a], ARGV[a + 1], tonumber(ARGV[a + 2]), ARGV[a + 3]
  local is, last = redis.call('HGET', head, 'epoch'), tonumber(redis.call('HGET', head, 'last') or 0)
  local renews = renew
  if not is then
    redis.call('DEL', stream)
    is, last, renews = fresh, heard > 0 and heard + 1 or 0, true
    redis.call('HSET', head, 'epoch', is, 'last', last)
  elseif (epoch ~= '' and epoch ~= is and last <= heard) or (epoch == is and last < heard) then
    if epoch == is then is = fresh end
    last, renews = heard + 1, true
    redis.call('HSET', head, 'epoch', is, 'last', last)
  end
  if renews then
    redis.call('SADD', KEYS[1], member)
    redis.call('EXPIRE', KEYS[1], seconds)
    redis.call('EXPIRE', head, seconds)
    redis.call('EXPIRE', stream, seconds)
  end
  local told = {}
  for _, entry in ipairs(redis.call('XRANGE', stream, '(' .. string.format('%d-0', heard), '+', 'COUNT', most)) do
    told[#told + 1] = string.match(entry[1], '^%d+')
    told[#told + 1] = entry[2][2]
    told[#told + 1] = entry[2][4]
  end
  answer[i] = {is, last, told}
end
return answer
