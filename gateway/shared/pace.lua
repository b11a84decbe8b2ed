#!lua
-- The pace of senders: token buckets, whose sums are those of memory_pace.py, step by step.
--
-- KEYS[i]  the bucket of a sender: "level at part rate slowed_at slowed_until", as Bucket in memory_pace.py has them.
--          One that nobody uses is forgotten after an hour, or once it owes nothing.
--
-- ARGV[1]  what is wanted: "grant", "slow" or "look"
-- ARGV[2]  the time in seconds; empty: this server's clock
-- ARGV[3]  GATHERED_SECONDS,
-- ARGV[4]  LATE_SECONDS, and
-- ARGV[5]  FIRST_SECONDS of base.py; then of memory_pace.py
-- ARGV[6]  SLOW_SECONDS,
-- ARGV[7]  ONCE_SECONDS, and
-- ARGV[8]  SLOWEST; then for each key:
--   its rate
--   the segments of its texts: "1,3,1"
--   its bucket as the caller saw it last, or empty. It holds where there is none, or an older one: this server lost what it had, and
--   nobody gets more for that.
--
-- "grant" returns for each key how many of its texts may go, in how many seconds the next may, and its bucket;
-- "slow" its bucket; "look" the time once, and the buckets, which stay as they are.
local wanted, gathered, late, first = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local slow_seconds, once, slowest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end

local function exact(number) return string.format('%.17g', number) end

local function read(text)
  if not text or text == '' then return nil end
  local n = {}
  for word in string.gmatch(text, '%S+') do n[#n + 1] = tonumber(word) end
  if #n ~= 6 then return nil end
  return {level = n[1], at = n[2], part = n[3], rate = n[4], slowed_at = n[5], slowed_until = n[6]}
end

local function write(b)
  return table.concat({exact(b.level), exact(b.at), exact(b.part), exact(b.rate), exact(b.slowed_at), exact(b.slowed_until)}, ' ')
end

local function keep(key, b)
  local owed = math.max(0, -b.level) / math.max(b.rate * slowest, 1e-6)
  local text = write(b)
  redis.call('SET', key, text, 'EX', string.format('%d', math.min(3600 + math.ceil(owed), 8640000)))
  return text
end

-- What it filled by since it was looked at; nothing where the clock was put back.
local function gained(b, rate)
  if now <= b.at then return 0 end
  local slow = math.max(0, math.min(now, b.slowed_until) - b.at)
  return rate * (slow * b.part + (now - b.at - slow))
end

-- How long it takes to fill by that much.
local function until_filled(b, missing, rate)
  if missing <= 0 then return 0 end
  local slow = math.max(0, b.slowed_until - now)
  local in_that = slow * b.part * rate
  if missing <= in_that then return missing / (b.part * rate) end
  return slow + (missing - in_that) / rate
end

local function full(rate) return math.max(rate * gathered, 1) end

local function burst(rate) return full(rate) + rate * late end

-- The bucket of a key, or the one the caller saw if this server lost it; and whether it was lost. An older one that is here says no
-- more than that it was not fuller: this clock may have been put back, too.
local function found(key, seen)
  local stored, known = read(redis.call('GET', key)), read(seen)
  if stored and not (known and known.at > stored.at) then return stored, false end
  if stored then
    known.level = math.min(known.level + gained(known, known.rate), stored.level + gained(stored, stored.rate))
    known.at = now
  end
  return known, true
end

local function grant(key, rate, texts, seen)
  local segments = {}
  for word in string.gmatch(texts, '%d+') do segments[#segments + 1] = tonumber(word) end
  local most = full(rate)
  local start = math.max(math.min(segments[1] or 1, most), rate * first)
  local b, lost = found(key, seen)
  if not b then
    b = {level = start, at = now, part = 1, rate = 0, slowed_at = 0, slowed_until = 0}
  elseif lost then
    b.level = math.min(start, b.level + gained(b, rate))
    b.at = now
  end
  b.rate = rate
  local level = math.min(burst(rate), b.level + gained(b, rate))
  b.at = now
  local near, given = (1 + rate) * 2e-6, 0
  for _, one in ipairs(segments) do
    if level < math.min(one, most) - near then break end
    level = level - one
    given = given + 1
  end
  b.level = level
  local wait = until_filled(b, math.min(segments[given + 1] or 1, most) - level, rate)
  return {given, exact(wait), keep(key, b)}
end

local function slow(key, seen)
  local b = found(key, seen) or {level = 0, at = now, part = 1, rate = 0, slowed_at = 0, slowed_until = 0}
  b.level = math.min(b.level + gained(b, b.rate), 1)
  b.at = now
  if not (now - b.slowed_at >= 0 and now - b.slowed_at < once) then
    b.part = now < b.slowed_until and math.max(slowest, b.part / 2) or 0.5
    b.slowed_at, b.slowed_until = now, now + slow_seconds
  end
  return keep(key, b)
end

local answer = {}
if wanted == 'look' then answer[1] = exact(now) end
for i, key in ipairs(KEYS) do
  local at = 9 + (i - 1) * 3
  local rate, texts, seen = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2]
  if wanted == 'grant' then
    answer[#answer + 1] = grant(key, rate, texts, seen)
  elseif wanted == 'slow' then
    answer[#answer + 1] = slow(key, seen)
  else
    local b = found(key, seen)
    answer[#answer + 1] = b and write(b) or ''
  end
end
return answer
