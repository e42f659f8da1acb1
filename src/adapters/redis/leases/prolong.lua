-- Prolongs a lease.
--
-- KEYS[1]  the lease: who has it; expires with it
-- ARGV[1]  who prolongs it
-- ARGV[2]  how long it lasts from now, ms
-- Returns  1, or 0 where another has it or nobody

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
