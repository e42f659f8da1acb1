-- Who is served: twin of schedule/grant.ts, where the rule is explained.

local SERVED_AT_ONCE = 64
local NEVER = math.huge

local function head_of(consumer)
  local ticket = first('lane:' .. consumer, 1)[1].member
  return ticket, unpack_record(read('tickets', ticket)).cost
end

local function covers(consumer)
  local _, cost = head_of(consumer)
  return number_in('consumer:' .. consumer, 'credit') >= cost
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
  local _, cost = head_of(consumer)
  local room = room_at(cost)
  if room > book.now then return { wake = room, full = true } end
  return { serve = consumer, ground = ground, probe = pause.kind == 'probing' }
end

local function grant()
  local processes = {}
  for _ = 1, SERVED_AT_ONCE do
    local next_one = who_is_next()
    if next_one.wake then
      if next_one.full then lapse_credit() end
      return next_one.wake, processes
    end
    if next_one.probe then set_probe((head_of(next_one.serve))) end
    processes[assign(next_one.serve, next_one.ground)] = true
  end
  return book.now, processes
end
