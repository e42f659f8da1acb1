-- A unit's way from assignment to its end: twin of schedule/assigned.ts, where it is explained.

local OWED = 3

local function advance_pace(cost)
  local pace = pace_per_unit()
  local from = math.max(number_in('state', 'paceAt'), book.now - 2 * pace)
  set_number('state', 'paceAt', from + pace * cost)
end

local function owe_pace(cost)
  local pace = pace_per_unit()
  local pace_at = number_in('state', 'paceAt')
  local owed = math.max(pace_at, book.now - 2 * pace) + pace * cost
  set_number('state', 'paceAt', math.min(owed, math.max(pace_at, book.now + OWED * pace)))
end

local function assign(consumer, ground)
  local head = head_of(consumer)
  local ticket = head.ticket
  local record = record_of(head)
  serve_inner(ticket, record)
  dequeue(ticket)
  spend(ticket, record, book.now)
  write('forward', ticket, pack(record))
  place('underWay', ticket, book.now + LEASE)
  write('assigned:' .. record.process, ticket, exact(head.order))
  local hash = 'consumer:' .. consumer
  if ground ~= 'paced' then set_credit(consumer, number_in(hash, 'credit') - record.cost) end
  if ground ~= 'bypass' then
    local start = number_in(hash, 'start')
    set_number('state', 'virtual', math.max(number_in('state', 'virtual'), start))
    local finish = start + record.cost / number_in(hash, 'weight')
    set_number(hash, 'finish', finish)
    set_start(consumer, finish)
  end
  if ground == 'paced' then advance_pace(record.cost) else owe_pace(record.cost) end
  return record.process
end

local function land(ticket)
  displace('underWay', ticket)
  erase('forward', ticket)
end

local function give_credit(record)
  local hash = 'consumer:' .. record.consumer
  local weight, credit = number_in(hash, 'weight'), number_in(hash, 'credit')
  if weight == 0 or book.now < number_in('state', 'rampUntil') then return end
  local others = number_in('state', 'weight') - (number_in(hash, 'waiting') > 0 and weight or 0)
  local left = share_left(record.consumer, weight / (others + weight))
  set_credit(record.consumer, math.max(credit, math.min(credit + record.cost, left)))
end

local function give_back(ticket)
  local text = read('forward', ticket)
  if not text then return end
  local record = unpack_record(text)
  refund(ticket, record)
  land(ticket)
  add('state', 'paceAt', -pace_per_unit() * record.cost)
  give_credit(record)
end

local function claim(process)
  local granted = {}
  for _, entry in ipairs(entries('assigned:' .. process)) do
    local ticket = entry[1]
    local text = read('forward', ticket)
    erase('assigned:' .. process, ticket)
    if text then
      local record = unpack_record(text)
      if still_counts(ticket, record) then
        restamp(ticket, record)
        place('underWay', ticket, book.now + micros(book.terms.forwardMs))
        granted[#granted + 1] = ticket
      else
        give_back(ticket)
        enqueue(ticket, record, tonumber(entry[2]))
      end
    end
  end
  return granted
end

local function is_under(record, policy)
  for _, name in ipairs(record and record.policies or {}) do
    if name == policy then return true end
  end
  return false
end

local function take_back_assigned(policy)
  for _, process in ipairs(all('processes')) do
    local hash = 'assigned:' .. process.member
    for _, entry in ipairs(entries(hash)) do
      local ticket = entry[1]
      local text = read('forward', ticket)
      local record = text and unpack_record(text)
      if not policy or is_under(record, policy) then
        erase(hash, ticket)
        give_back(ticket)
        unprobe(ticket)
        if record then enqueue(ticket, record, tonumber(entry[2])) end
      end
    end
  end
end
