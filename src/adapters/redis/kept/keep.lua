-- Adds a variant to a response's hash.
--
-- KEYS[1]  the hash: variant -> entry, which begins with when it was written (8 bytes, big-endian double)
-- ARGV[1]  the variant
-- ARGV[2]  its entry
-- ARGV[3]  how long it is kept, ms
-- ARGV[4]  variants at most; the oldest go
-- ARGV[5]  what to tell the holders
-- ARGV[6]  channel of the holders
-- Returns  the bytes of all its variants, and how long the hash lasts, ms

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
-- A new hash has no expiry, which counts as the longest: NX gives it one, GT never shortens one.
redis.call('PEXPIRE', KEYS[1], ARGV[3], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[3], 'GT')

local function written_at(variant)
  local entry = redis.call('HGET', KEYS[1], variant)
  -- What is too short to tell goes first.
  return #entry < 8 and 0 or struct.unpack('>d', entry)
end

local variants = redis.call('HKEYS', KEYS[1])
local excess = #variants - tonumber(ARGV[4])
if excess > 0 then
  local ages = {}
  for _, variant in ipairs(variants) do ages[variant] = written_at(variant) end
  table.sort(variants, function(a, b) return ages[a] < ages[b] end)
  for index = 1, excess do redis.call('HDEL', KEYS[1], variants[index]) end
end

local bytes = 0
for index = math.max(0, excess) + 1, #variants do
  bytes = bytes + #variants[index] + redis.call('HSTRLEN', KEYS[1], variants[index])
end
redis.call('PUBLISH', ARGV[6], ARGV[5])
return { bytes, redis.call('PTTL', KEYS[1]) }
