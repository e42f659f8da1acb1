-- What all verbs on names share: put before each of them. Names are given by their digests.
--
-- KEYS[1]    hash: run, epoch, seq, since. The epoch is new whenever Redis may have forgotten something
-- KEYS[2]    list: the log of changes, the last LOG of them, "epoch seq note" each, seq without gaps
-- KEYS[3]    hash: holder -> seq at its last renewal
-- KEYS[4]    hash: holder -> seq up to which it said, at its last renewal, that it had dropped what changed
-- KEYS[5..]  one hash a name: h, s (its tokens), m:<writer> (when the writer's mark runs out, epoch ms)
-- ARGV[1]    run_id of this server, as the caller's connection knows it; empty where that may have several: in a Cluster
-- ARGV[2]    a token that was never used before
-- ARGV[3]    how long a name is kept, ms

local LOG = 1000
local FIRST_NAME = 5

local state, log, holders, applied = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local fresh, keep_ms = ARGV[2], ARGV[3]

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- Another run: a restart or a fail-over, either of which may bring an older state. No run: a flush.
local known = redis.call('HMGET', state, 'run', 'epoch')
local epoch = known[2]
local run = ARGV[1] ~= '' and ARGV[1] or string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if known[1] ~= run or not epoch then
  epoch = fresh
  redis.call('DEL', log, holders, applied)
  redis.call('HSET', state, 'run', run, 'epoch', epoch, 'seq', '0', 'since', string.format('%.0f', now))
end

local function number_in(hash, field)
  return tonumber(redis.call('HGET', hash, field) or 0)
end

local function set_token(name, field)
  redis.call('HSET', name, field, fresh)
  redis.call('PEXPIRE', name, keep_ms)
end

-- Tokens of a name, and whether a write is under way. A mark that ran out makes a hard token first.
local function look_at(name)
  local flat = redis.call('HGETALL', name)
  local tokens, pending, ran_out = { h = '', s = '' }, '0', {}
  for index = 1, #flat, 2 do
    local field, value = flat[index], flat[index + 1]
    if field == 'h' or field == 's' then
      tokens[field] = value
    elseif tonumber(value) > now then
      pending = '1'
    else
      ran_out[#ran_out + 1] = field
    end
  end
  if #ran_out > 0 then
    set_token(name, 'h')
    tokens.h = fresh
    for _, field in ipairs(ran_out) do redis.call('HDEL', name, field) end
  end
  return tokens, pending
end

-- Tells every holder, by the log and by a message, and returns the change's place in the log.
local function announce(note, channel)
  local seq = redis.call('HINCRBY', state, 'seq', 1)
  local entry = epoch .. ' ' .. string.format('%.0f', seq) .. ' ' .. note
  redis.call('RPUSH', log, entry)
  redis.call('LTRIM', log, -LOG, -1)
  redis.call('PUBLISH', channel, entry)
  return seq
end
