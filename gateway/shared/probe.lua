#!lua
-- Whether this Redis runs scripts, and writes.
--
-- KEYS[1]  "1", for so many milliseconds
-- ARGV[1]  how many
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return 1
