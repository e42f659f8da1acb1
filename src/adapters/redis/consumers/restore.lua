-- Writes a whole list back where Redis has an older one, or none.
--
-- KEYS[1]  the hash of change.lua
-- ARGV[1]  channel of the consumers
-- ARGV[2]  the version of the list
-- ARGV[3]  its fields and their values, in turn: "#version" and "#gate" among them
-- Returns  1 where it was written, else 0

local version = tonumber(redis.call('HGET', KEYS[1], '#version') or '0')
if version >= tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1])
for index = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1]) end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1
