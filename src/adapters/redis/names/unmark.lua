-- Takes a writer's marks back. One that ran out has made a hard token.
--
-- KEYS, ARGV[1..3]  see state.lua
-- ARGV[4]  the writer
-- Returns  1

for index = FIRST_NAME, #KEYS do
  look_at(KEYS[index])
  redis.call('HDEL', KEYS[index], 'm:' .. ARGV[4])
end
return 1
