-- Gives names a token that they never had, and tells every holder.
--
-- KEYS, ARGV[1..3]  see state.lua
-- ARGV[4]  field of the token: h or s
-- ARGV[5]  what to tell the holders
-- ARGV[6]  channel of the holders
-- ARGV[7]  for how long after a loss of memory holders may be left that are not listed, ms
-- Returns  the epoch, the change's seq, how much of ARGV[7] is left, the holders. Numbers are strings.

for index = FIRST_NAME, #KEYS do set_token(KEYS[index], ARGV[4]) end
local seq = announce(ARGV[5], ARGV[6])
local whole = tonumber(ARGV[7])
local age = now - number_in(state, 'since')
-- A clock that was set back tells nothing.
local left = age < 0 and whole or math.max(0, whole - age)
return { epoch, string.format('%.0f', seq), string.format('%.0f', left), redis.call('HKEYS', holders) }
