-- Adds a batch of one process to the accounts of one upstream, once.
--
-- KEYS[1]     string: number of the last batch that was added for this process
-- KEYS[2..]   hashes, one a minute or hour: consumer "\n" route -> counts, "a=12,f=3"
-- ARGV[1]     number of this batch
-- ARGV[2]     how long the number is remembered, ms
-- ARGV[3]     consumers at most that a hash tells apart
-- ARGV[4]     cells at most of a hash, `other` aside
-- ARGV[5..]   for each hash: when it is forgotten, epoch ms, and what is added:
--             JSON [[consumer, route, {name: count}], ...]
-- Returns     1 where it was added, 0 where it had been before

local OTHER = 'other'
-- A late one must not count either: the process has gone on, so this had been added.
if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return 0 end

local function names_of(key)
  local names = { cells = {}, size = 0, consumers = {}, told = 0 }
  function names.add(name, consumer)
    names.cells[name] = true
    names.size = names.size + 1
    if consumer == OTHER or names.consumers[consumer] then return end
    names.consumers[consumer] = true
    names.told = names.told + 1
  end
  for _, name in ipairs(redis.call('HKEYS', key)) do
    names.add(name, string.sub(name, 1, string.find(name, '\n', 1, true) - 1))
  end
  return names
end

-- The name under which a cell is counted that is not there yet: its own, or that of `other` where there are too many.
local function place_of(names, consumer, route)
  local told = names.consumers[consumer] or names.told < tonumber(ARGV[3])
  if not told or names.size >= tonumber(ARGV[4]) then consumer = OTHER end
  local name = consumer .. '\n' .. route
  if not names.cells[name] then names.add(name, consumer) end
  return name
end

local function sum_of(text, counts)
  local sum, names, parts = {}, {}, {}
  for name, count in string.gmatch(text or '', '([%w_.-]+)=(-?%d+)') do sum[name] = tonumber(count) end
  for name, count in pairs(counts) do sum[name] = (sum[name] or 0) + count end
  for name in pairs(sum) do names[#names + 1] = name end
  table.sort(names)
  for index, name in ipairs(names) do parts[index] = string.format('%s=%.0f', name, sum[name]) end
  return table.concat(parts, ',')
end

for index = 2, #KEYS do
  local key, names = KEYS[index], nil
  for _, cell in ipairs(cjson.decode(ARGV[2 * index + 2])) do
    local name = cell[1] .. '\n' .. cell[2]
    local text = redis.call('HGET', key, name)
    if not text then
      names = names or names_of(key)
      name = place_of(names, cell[1], cell[2])
      text = redis.call('HGET', key, name)
    end
    redis.call('HSET', key, name, sum_of(text, cell[3]))
  end
  redis.call('PEXPIREAT', key, ARGV[2 * index + 1])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
