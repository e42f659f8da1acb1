-- Renews a holder.
--
-- KEYS, ARGV[1..3]  see state.lua
-- ARGV[4]  the holder
-- ARGV[5]  the epoch that it knows; empty at first
-- ARGV[6]  the seq up to which it has dropped what changed in that epoch
-- Returns  the epoch, the present seq, 1 where the holder must drop everything, the log's entries since ARGV[6]

local holder, since = ARGV[4], tonumber(ARGV[6])
local seq = number_in(state, 'seq')
local is_known = ARGV[5] == epoch and redis.call('HEXISTS', holders, holder) == 1
redis.call('HSET', holders, holder, string.format('%.0f', seq))
-- What it will have dropped after this reply is not said before the next renewal: the reply may come late.
redis.call('HSET', applied, holder, string.format('%.0f', is_known and since or 0))
local before_first = seq - redis.call('LLEN', log)
if not is_known or since < before_first then
  return { epoch, string.format('%.0f', seq), '1', {} }
end
return { epoch, string.format('%.0f', seq), '0', redis.call('LRANGE', log, since - before_first, -1) }
