-- Counts one response's bytes and says which responses must go for it. Their hashes lie in other slots of a
-- Cluster, so the caller drops them.
--
-- KEYS[1]  hash: response -> bytes
-- KEYS[2]  sorted set: response -> last use, epoch ms
-- KEYS[3]  sorted set: response -> end, epoch ms
-- KEYS[4]  string: all bytes
-- ARGV[1]  the response; empty: none
-- ARGV[2]  its bytes; 0: it is gone
-- ARGV[3]  its end, epoch ms
-- ARGV[4]  now, epoch ms
-- ARGV[5]  bytes at most
-- ARGV[6]  responses at most that are looked at in one call
-- Returns  the responses that must go, the least recently used first

local total = tonumber(redis.call('GET', KEYS[4]) or 0)

local function forget(response)
  total = total - tonumber(redis.call('HGET', KEYS[1], response) or 0)
  redis.call('HDEL', KEYS[1], response)
  redis.call('ZREM', KEYS[2], response)
  redis.call('ZREM', KEYS[3], response)
end

local function count(response, bytes, till)
  forget(response)
  if bytes == 0 then return end
  total = total + bytes
  redis.call('HSET', KEYS[1], response, bytes)
  redis.call('ZADD', KEYS[2], ARGV[4], response)
  redis.call('ZADD', KEYS[3], till, response)
end

if ARGV[1] ~= '' then count(ARGV[1], tonumber(ARGV[2]), ARGV[3]) end
-- These have expired by themselves.
for _, response in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[4], 'LIMIT', 0, ARGV[6])) do
  forget(response)
end
local gone = {}
while total > tonumber(ARGV[5]) and #gone < tonumber(ARGV[6]) do
  local response = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not response then
    total = 0
  else
    forget(response)
    gone[#gone + 1] = response
  end
end
redis.call('SET', KEYS[4], string.format('%.0f', total))
return gone
