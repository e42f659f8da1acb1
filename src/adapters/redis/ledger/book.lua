-- The tables of one upstream's ledger, as schedule/book.ts describes them, on Redis' hashes and sorted
-- sets. KEYS[1] is the common prefix and holds the hash tag, so that all keys share one slot.
-- Times are microseconds; `book` is set by the verb.

local book

local LEASE = 2000000
local URGENCY = 10000000

local function key(name)
  return KEYS[1] .. ':' .. name
end

local function micros(ms)
  return math.floor(ms * 1000 + 0.5)
end

-- Reads back as the same double; Lua's own conversion would keep 14 digits.
local function exact(number)
  return string.format('%.17g', number)
end

local function read(hash, field)
  return redis.call('HGET', key(hash), field) or nil
end

local function write(hash, field, value)
  redis.call('HSET', key(hash), field, value)
end

local function erase(hash, field)
  redis.call('HDEL', key(hash), field)
end

local function entries(hash)
  local flat = redis.call('HGETALL', key(hash))
  local list = {}
  for index = 1, #flat, 2 do
    list[#list + 1] = { flat[index], flat[index + 1] }
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local function place(set, member, score)
  redis.call('ZADD', key(set), exact(score), member)
end

local function displace(set, member)
  return redis.call('ZREM', key(set), member) == 1
end

local function score_of(set, member)
  local score = redis.call('ZSCORE', key(set), member)
  return score and tonumber(score) or nil
end

local function scored(flat)
  local list = {}
  for index = 1, #flat, 2 do
    list[#list + 1] = { member = flat[index], score = tonumber(flat[index + 1]) }
  end
  return list
end

local function first(set, count)
  if count <= 0 then return {} end
  return scored(redis.call('ZRANGE', key(set), 0, count - 1, 'WITHSCORES'))
end

local function up_to(set, score, count)
  return scored(redis.call('ZRANGEBYSCORE', key(set), '-inf', exact(score), 'WITHSCORES', 'LIMIT', 0, count))
end

local function size(set)
  return redis.call('ZCARD', key(set))
end

local function count(set, score)
  return redis.call('ZCOUNT', key(set), '-inf', exact(score))
end

local function at(set, index)
  return scored(redis.call('ZRANGE', key(set), index, index, 'WITHSCORES'))[1]
end

local function all(set)
  return first(set, size(set))
end

local function number_in(hash, field)
  return tonumber(read(hash, field) or 0)
end

local function set_number(hash, field, to)
  write(hash, field, exact(to))
end

local function add(hash, field, by)
  local sum = number_in(hash, field) + by
  set_number(hash, field, sum)
  return sum
end

local function pack(record)
  local names = table.concat({ record.process, unpack(record.policies) }, ',')
  return string.format('%.0f', record.cost) .. '|' .. names .. '|' .. record.consumer
end

local function unpack_record(text)
  local cost, names, consumer = string.match(text, '^([^|]*)|([^|]*)|(.*)$')
  local process, policies = string.match(names, '^[^,]*'), {}
  for policy in string.gmatch(names, ',([^,]+)') do policies[#policies + 1] = policy end
  return { cost = tonumber(cost), process = process, policies = policies, consumer = consumer }
end

-- Time in the ledger never goes back. INFO's run_id changes with each start of a Redis process, so that
-- a restart, also one from a snapshot, and a fail-over are noticed; a flush takes the note itself away.
local function look_into_book(terms)
  local time = redis.call('TIME')
  local clock = tonumber(time[1]) * 1000000 + tonumber(time[2])
  book = { terms = terms, now = math.max(clock, number_in('state', 'now')) }
end

local function open_book(terms)
  look_into_book(terms)
  set_number('state', 'now', book.now)
end

local function memory_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end
