-- Marks names: a write is under way.
--
-- KEYS, ARGV[1..3]  see state.lua
-- ARGV[4]  the writer
-- ARGV[5]  how long the mark lasts, ms
-- ARGV[6]  what to tell the holders
-- ARGV[7]  channel of the holders
-- Returns  1

local till = string.format('%.0f', now + tonumber(ARGV[5]))
for index = FIRST_NAME, #KEYS do
  -- First, so that a mark of the same writer that ran out is not forgotten.
  look_at(KEYS[index])
  redis.call('HSET', KEYS[index], 'm:' .. ARGV[4], till)
  redis.call('PEXPIRE', KEYS[index], keep_ms)
end
announce(ARGV[6], ARGV[7])
return 1
