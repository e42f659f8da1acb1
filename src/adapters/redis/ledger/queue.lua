-- Who waits: twin of schedule/queue.ts, where the rule is explained.

local function is_in_ring(consumer)
  return score_of('ring', consumer) ~= nil
end

local function settle_under(record)
  if #record.policies > 0 then settle(record.consumer, record.policies) else stand_in_ring(record.consumer) end
end

local function set_credit(consumer, credit)
  local hash = 'consumer:' .. consumer
  set_number(hash, 'credit', credit)
  if credit > 0 and is_in_ring(consumer) then
    place('creditRing', consumer, number_in(hash, 'start'))
  else
    displace('creditRing', consumer)
  end
end

local function set_start(consumer, start)
  local hash = 'consumer:' .. consumer
  set_number(hash, 'start', start)
  if not is_in_ring(consumer) then return end
  place('ring', consumer, start)
  if number_in(hash, 'credit') > 0 then place('creditRing', consumer, start) end
end

local function lapse_credit()
  set_number('state', 'lapsedAt', book.now)
  for _, entry in ipairs(all('creditRing')) do set_credit(entry.member, 0) end
end

local function end_credit(till)
  set_number('state', 'rampUntil', till)
  lapse_credit()
end

local function set_weight(consumer, weight)
  local hash = 'consumer:' .. consumer
  local before = number_in(hash, 'weight')
  if before == weight then return end
  set_number(hash, 'weight', weight)
  if number_in(hash, 'waiting') > 0 then add('state', 'weight', weight - before) end
end

local function earned_credit(consumer, fraction)
  local hash = 'consumer:' .. consumer
  if book.now < number_in('state', 'rampUntil') then return 0 end
  local left = share_left(consumer, fraction)
  local idle_from = read(hash, 'idleFrom')
  if not idle_from then return left end
  local least = math.huge
  for _, quota in ipairs(book.terms.quotas) do least = math.min(least, quota.limit) end
  local idle = book.now - tonumber(idle_from)
  local earned = math.floor((least * fraction * idle) / longest_span())
  return math.max(0, math.min(left, number_in(hash, 'credit') + earned))
end

local function enter_ring(consumer)
  local hash = 'consumer:' .. consumer
  local weight = number_in(hash, 'weight')
  local weights = add('state', 'weight', weight)
  local start = math.max(number_in('state', 'virtual'), number_in(hash, 'finish'))
  set_number(hash, 'start', start)
  place('ring', consumer, start)
  set_credit(consumer, earned_credit(consumer, weight / weights))
end

local function leave_ring(consumer)
  local hash = 'consumer:' .. consumer
  displace('ring', consumer)
  displace('creditRing', consumer)
  set_number(hash, 'idleFrom', book.now)
  if number_in('state', 'waiting') == 0 then
    set_number('state', 'weight', 0)
  else
    add('state', 'weight', -number_in(hash, 'weight'))
  end
end

local function enqueue(ticket, record, order)
  write('tickets', ticket, pack(record))
  write('mine:' .. record.process, ticket, '')
  enter_lane(ticket, record, order)
  add('state', 'waiting', 1)
  add('consumer:' .. record.consumer, 'units', record.cost)
  if add('consumer:' .. record.consumer, 'waiting', 1) == 1 then enter_ring(record.consumer) end
  settle_under(record)
end

local function dequeue(ticket)
  local text = read('tickets', ticket)
  if not text then return nil end
  local record = unpack_record(text)
  erase('tickets', ticket)
  erase('mine:' .. record.process, ticket)
  drop_passes(ticket, record)
  leave_lane(ticket, record)
  add('state', 'waiting', -1)
  add('consumer:' .. record.consumer, 'units', -record.cost)
  if add('consumer:' .. record.consumer, 'waiting', -1) == 0 then leave_ring(record.consumer) end
  settle_under(record)
  return record
end

local function join(process, asked)
  if read('tickets', asked.ticket) or read('forward', asked.ticket) then return nil end
  for _, quota in ipairs(book.terms.quotas) do
    if asked.cost > quota.limit then return 'cost' end
  end
  for _, policy in ipairs(asked.policies or {}) do
    if asked.cost > policy.limit then return 'cost' end
  end
  if not asked.returning and number_in('state', 'waiting') >= book.terms.maxWaiting then return 'queue-full' end
  set_weight(asked.consumer, asked.weight)
  if not asked.returning then add('joined', asked.consumer, asked.cost) end
  local order = book.now - micros(asked.waitedMs) + asked.urgency * URGENCY
  local policies = define(asked.policies)
  if not asked.returning then
    for _, policy in ipairs(policies) do add('joined:' .. policy, asked.consumer, asked.cost) end
  end
  local record = { cost = asked.cost, process = process, policies = policies, consumer = asked.consumer }
  enqueue(asked.ticket, record, order)
  return nil
end
