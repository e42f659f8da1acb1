-- Writes what was learned of an upstream, if its version lies within bounds.
--
-- KEYS[1]  the hash: version, text
-- ARGV[1]  the least version that may be there
-- ARGV[2]  the highest
-- ARGV[3]  the version from now on
-- ARGV[4]  the text
-- ARGV[5]  channel of the lessons
-- Returns  1 where it was written, else 0

local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version < tonumber(ARGV[1]) or version > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'text', ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[3])
return 1
