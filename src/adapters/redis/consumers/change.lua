-- Changes the list of consumers, if nobody else has changed it since it was read.
--
-- KEYS[1]  the hash: name -> record, "#version" -> count of changes, "#gate" -> never, closed or opened
-- ARGV[1]  the version that was read
-- ARGV[2]  the gate from now on
-- ARGV[3]  the name; "": no entry changes
-- ARGV[4]  its record; "": the entry goes
-- ARGV[5]  channel of the consumers
-- Returns  1 where it was changed, else 0

if (redis.call('HGET', KEYS[1], '#version') or '0') ~= ARGV[1] then return 0 end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
elseif ARGV[3] ~= '' then
  redis.call('HDEL', KEYS[1], ARGV[3])
end
redis.call('HSET', KEYS[1], '#gate', ARGV[2])
redis.call('PUBLISH', ARGV[5], redis.call('HINCRBY', KEYS[1], '#version', 1))
return 1
