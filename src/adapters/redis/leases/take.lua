-- Takes a lease where nobody has it, and tells so.
--
-- KEYS[1]  the lease: who has it; expires with it
-- ARGV[1]  who takes it: "process/number"
-- ARGV[2]  how long it lasts, ms
-- ARGV[3]  channel of the leases
-- ARGV[4]  what to tell
-- Returns  1 where it was taken, else 0

if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
