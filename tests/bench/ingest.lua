-- For wrk: sends the prepared requests of a file in turn, and prints what became of them as one JSON object.
-- The file holds each request as its length on a line of its own, then its bytes.
local requests, at = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  while true do
    local size = file:read("*n")
    if not size then break end
    file:read(1)
    requests[#requests + 1] = file:read(size)
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\n{"answered": %d, "bad": %d, "seconds": %f}\n', summary.requests, bad, summary.duration / 1e6))
end
