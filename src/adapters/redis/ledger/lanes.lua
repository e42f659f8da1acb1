-- A consumer's tickets by what they are under: twin of schedule/lanes.ts, where the rule is explained.

local function lane_of(consumer, set)
  return set == '' and 'lane:' .. consumer or 'under:' .. set .. '|' .. consumer
end

local function count_due(record, by)
  add('lanes:' .. record.consumer, table.concat(record.policies, ','), by)
  for _, policy in ipairs(record.policies) do
    local left = number_in('due:' .. policy, record.consumer) + by
    if left > 0 then
      set_number('due:' .. policy, record.consumer, left)
    else
      erase('due:' .. policy, record.consumer)
    end
  end
end

local function enter_lane(ticket, record, order)
  local set = table.concat(record.policies, ',')
  place(lane_of(record.consumer, set), ticket, order)
  if set ~= '' then count_due(record, record.cost) end
end

local function leave_lane(ticket, record)
  local set = table.concat(record.policies, ',')
  local lane = lane_of(record.consumer, set)
  displace(lane, ticket)
  if set == '' then return end
  count_due(record, -record.cost)
  if size(lane) == 0 then erase('lanes:' .. record.consumer, set) end
end

local function policies_of(consumer)
  local list, seen = {}, {}
  for _, entry in ipairs(entries('lanes:' .. consumer)) do
    for _, policy in ipairs(split(entry[1])) do
      if not seen[policy] then list[#list + 1] = policy end
      seen[policy] = true
    end
  end
  return list
end

local function is_open(consumer, policies)
  for _, policy in ipairs(policies) do
    local asleep = score_of('asleep:' .. policy, consumer)
    if asleep and read(policy_hash(policy), 'called') ~= consumer then return false end
  end
  return true
end

local function is_asleep(consumer, policies)
  for _, policy in ipairs(policies) do
    if score_of('asleep:' .. policy, consumer) then return true end
  end
  return false
end

local function first_of(consumer, sets)
  local least
  for _, set in ipairs(sets) do
    local head = first(lane_of(consumer, set), 1)[1]
    if head and (not least or head.score < least.order) then
      least = { ticket = head.member, order = head.score }
    end
  end
  return least
end

local function waits_for(consumer, set)
  local head = first(lane_of(consumer, set), 1)[1]
  local passes, list = head and passes_of(head.member) or {}, {}
  for _, policy in ipairs(split(set)) do
    if not has(passes, policy) then list[#list + 1] = policy end
  end
  return list
end

local function head_of(consumer)
  local open = { '' }
  for _, entry in ipairs(entries('lanes:' .. consumer)) do
    if is_open(consumer, waits_for(consumer, entry[1])) then open[#open + 1] = entry[1] end
  end
  return first_of(consumer, open)
end

local function head_at(consumer, policy)
  local open = {}
  for _, entry in ipairs(entries('lanes:' .. consumer)) do
    local others, under = {}, false
    for _, other in ipairs(waits_for(consumer, entry[1])) do
      if other == policy then under = true else others[#others + 1] = other end
    end
    if under and is_open(consumer, others) then open[#open + 1] = entry[1] end
  end
  return first_of(consumer, open)
end

local function has_open_lane(consumer)
  return size('lane:' .. consumer) > 0 or head_of(consumer) ~= nil
end

local function record_of(head)
  return unpack_record(read('tickets', head.ticket))
end
