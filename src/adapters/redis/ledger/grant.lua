-- Who is served: twin of schedule/grant.ts, where the rule is explained.

local SERVED_AT_ONCE = 64
local NEVER = math.huge

local function covers(consumer)
  return number_in('consumer:' .. consumer, 'credit') >= record_of(head_of(consumer)).cost
end

local function choose(least)
  if book.now >= number_in('state', 'paceAt') then return least, 'paced' end
  if covers(least) then return least, 'credit' end
  local credited = first('creditRing', 1)[1]
  if not credited or not covers(credited.member) then return nil end
  return credited.member, 'bypass'
end

local function who_is_next()
  local pause = pause_state()
  if pause.kind == 'paused' then return { wake = pause.till } end
  if pause.kind == 'probing' and pause.under_way then return { wake = NEVER } end
  local least = first('ring', 1)[1]
  if not least then return { wake = NEVER } end
  if size('underWay') >= book.terms.concurrency then return { wake = NEVER } end
  local consumer, ground = choose(least.member)
  if not consumer then return { wake = number_in('state', 'paceAt') } end
  local head = head_of(consumer)
  local record = record_of(head)
  if lacks_place(consumer) then return { crowded = head.ticket, record = record } end
  local policy = blocked_at(head.ticket, record)
  if policy then return { rests = head.ticket, record = record, at = policy } end
  local room = room_at(record.cost)
  if room > book.now then return { wake = room, full = true } end
  return { serve = consumer, ground = ground, probe = pause.kind == 'probing' }
end

local function note_probes(consumer, outer)
  local head = head_of(consumer)
  if outer then set_probe(head.ticket) end
  for _, policy in ipairs(record_of(head).policies) do
    if pause_state(policy).kind == 'probing' then set_probe(head.ticket, policy) end
  end
end

local function rest(consumer)
  local head = head_of(consumer)
  while head do
    local record = record_of(head)
    local policy = blocked_at(head.ticket, record)
    if not policy then return end
    fall_asleep(head.ticket, record, policy)
    head = head_of(consumer)
  end
end

local function grant()
  local processes = {}
  call_crowded()
  for _ = 1, SERVED_AT_ONCE do
    call_due()
    local next_one = who_is_next()
    if next_one.wake then
      if next_one.full then lapse_credit() end
      return math.min(next_one.wake, next_call()), processes
    end
    if next_one.rests then
      fall_asleep(next_one.rests, next_one.record, next_one.at)
    elseif next_one.crowded then
      stand_aside(next_one.crowded, next_one.record)
    else
      note_probes(next_one.serve, next_one.probe)
      processes[assign(next_one.serve, next_one.ground)] = true
      rest(next_one.serve)
    end
  end
  return book.now, processes
end
