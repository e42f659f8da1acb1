-- Drops holders that have not renewed since a change, so that no later change waits for them.
--
-- KEYS, ARGV[1..3]  see state.lua
-- ARGV[4]    the epoch of the change
-- ARGV[5]    its seq
-- ARGV[6..]  holders
-- Returns    1

for index = 6, #ARGV do
  local holder = ARGV[index]
  -- One that renewed since has a lease that a later change must wait for.
  if epoch == ARGV[4] and number_in(holders, holder) < tonumber(ARGV[5]) then
    redis.call('HDEL', holders, holder)
    redis.call('HDEL', applied, holder)
  end
end
return 1
