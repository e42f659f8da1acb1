-- Who may take a further place among the forwards: twin of schedule/places.ts, where the rule is explained.

local LATELY = 600000000

local function held_places()
  local held = {}
  for _, forward in ipairs(all('underWay')) do
    local text = read('forward', forward.member)
    if text then
      local consumer = unpack_record(text).consumer
      held[consumer] = (held[consumer] or 0) + 1
    end
  end
  return held
end

local function knows_others(consumer)
  for _, entry in ipairs(entries('joined')) do
    local other = entry[1]
    if other ~= consumer then
      if number_in('consumer:' .. other, 'waiting') > 0 then return true end
      local idle_from = read('consumer:' .. other, 'idleFrom')
      if idle_from and book.now - tonumber(idle_from) <= LATELY then return true end
    end
  end
  return false
end

local function may_take_place(crowd)
  local concurrency, held = book.terms.concurrency, crowd.held
  if held == 0 or concurrency - crowd.under_way > 1 then return true end
  if not crowd.others_wait and not crowd.others_known then return true end
  return held + 1 < concurrency and (not crowd.others_wait or held < concurrency * crowd.fraction)
end

local function lacks_place(consumer, held)
  local under_way = size('underWay')
  if book.terms.concurrency - under_way > 1 then return false end
  local in_ring = score_of('ring', consumer) ~= nil
  local weights = number_in('state', 'weight')
  return not may_take_place({
    under_way = under_way,
    held = (held or held_places())[consumer] or 0,
    fraction = weights > 0 and number_in('consumer:' .. consumer, 'weight') / weights or 1,
    others_wait = size('ring') > (in_ring and 1 or 0),
    others_known = knows_others(consumer),
  })
end

local function stand_aside(ticket, record)
  local consumer = record.consumer
  drop_passes(ticket, record)
  for _, policy in ipairs(policies_of(consumer)) do
    if score_of('asleep:' .. policy, consumer) then rise(consumer, policy) end
  end
  place('crowded', consumer, book.now)
  stand_in_ring(consumer)
end

local function call_crowded()
  local crowded = all('crowded')
  if #crowded == 0 then return end
  local held = held_places()
  for _, one in ipairs(crowded) do
    if not lacks_place(one.member, held) then
      displace('crowded', one.member)
      stand_in_ring(one.member)
    end
  end
end
