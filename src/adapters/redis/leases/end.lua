-- Ends a lease, and tells how.
--
-- KEYS[1]  the lease: who has it; expires with it
-- ARGV[1]  who ends it
-- ARGV[2]  channel of the leases
-- ARGV[3]  what to tell
-- Returns  1, or 0 where another has it or nobody

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
