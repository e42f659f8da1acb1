-- Takes a holder out at its own wish: it answers from memory no more.
--
-- KEYS, ARGV[1..3]  see state.lua
-- ARGV[4]  the holder
-- Returns  1

redis.call('HDEL', holders, ARGV[4])
redis.call('HDEL', applied, ARGV[4])
return 1
