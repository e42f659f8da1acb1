-- Which holders may still hold what a change made invalid.
--
-- KEYS, ARGV[1..3]  see state.lua
-- ARGV[4]    the epoch of the change
-- ARGV[5]    its seq
-- ARGV[6..]  holders
-- Returns    those of them of which it is not known that they have dropped it

local open = {}
for index = 6, #ARGV do
  local holder = ARGV[index]
  -- In the same epoch a holder is gone only when it left, or when all its leases had run out.
  local gone = redis.call('HEXISTS', holders, holder) == 0
  local settled = epoch == ARGV[4] and (gone or number_in(applied, holder) >= tonumber(ARGV[5]))
  if not settled then open[#open + 1] = holder end
end
return open
