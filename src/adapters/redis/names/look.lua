-- Where names stand.
--
-- KEYS, ARGV[1..3]  see state.lua
-- Returns           the epoch, then for each name: hard token, soft token, 1 where a write is under way

local reply = { epoch }
for index = FIRST_NAME, #KEYS do
  local tokens, pending = look_at(KEYS[index])
  reply[#reply + 1] = tokens.h
  reply[#reply + 1] = tokens.s
  reply[#reply + 1] = pending
end
return reply
