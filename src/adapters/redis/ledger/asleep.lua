-- Who waits for an inner quota: twin of schedule/asleep.ts, where the rule is explained.

local LOOKS = 64

local function tag_at(policy, consumer)
  local asleep = score_of('asleep:' .. policy, consumer)
  if asleep then return asleep end
  return math.max(number_in(policy_hash(policy), 'virtual'), number_in('finish:' .. policy, consumer))
end

local function ready_at(policy, cost)
  local pause = pause_state(policy)
  if pause.kind == 'probing' and pause.under_way then return math.huge end
  local room = inner_room_at(policy, cost)
  return pause.kind == 'paused' and math.max(pause.till, room) or room
end

local function is_held(policy)
  local pause = pause_state(policy)
  return pause.kind == 'paused' or (pause.kind == 'probing' and pause.under_way)
end

local function is_blocked_at(policy, record)
  local one = first('asleep:' .. policy, 1)[1]
  if one and one.member ~= record.consumer and one.score <= tag_at(policy, record.consumer) then return true end
  return ready_at(policy, record.cost) > book.now
end

local function blocked_at(ticket, record)
  local passes = passes_of(ticket)
  for _, policy in ipairs(record.policies) do
    if has(passes, policy) then
      if is_held(policy) or not holds_no_more(policy, record.cost) then return policy end
    elseif is_blocked_at(policy, record) then
      return policy
    end
  end
  return nil
end

local function uncall(consumer, policy)
  local hash = policy_hash(policy)
  if read(hash, 'called') == consumer then erase(hash, 'called') end
end

local function rise(consumer, policy)
  settle_pace(policy)
  displace('asleep:' .. policy, consumer)
  uncall(consumer, policy)
  look_again(policy)
end

local function stand_in_ring(consumer)
  local hash = 'consumer:' .. consumer
  local open = has_open_lane(consumer)
  if open == (score_of('ring', consumer) ~= nil) then return end
  if not open then
    displace('ring', consumer)
    displace('creditRing', consumer)
    set_number(hash, 'asleepFrom', book.now)
    return
  end
  local start = math.max(number_in(hash, 'start'), number_in('state', 'virtual'))
  set_number(hash, 'start', start)
  place('ring', consumer, start)
  if number_in('state', 'lapsedAt') >= number_in(hash, 'asleepFrom') then set_number(hash, 'credit', 0) end
  if number_in(hash, 'credit') > 0 then place('creditRing', consumer, start) end
end

local function settle(consumer, touched)
  local list, seen = policies_of(consumer), {}
  for _, policy in ipairs(list) do seen[policy] = true end
  for _, policy in ipairs(touched) do
    if not seen[policy] then list[#list + 1] = policy end
    seen[policy] = true
  end
  for _, policy in ipairs(list) do
    if score_of('asleep:' .. policy, consumer) then
      if head_at(consumer, policy) then look_again(policy) else rise(consumer, policy) end
    end
  end
  stand_in_ring(consumer)
end

local function move_on(record, policy)
  local hash = policy_hash(policy)
  local tag = tag_at(policy, record.consumer)
  set_number(hash, 'virtual', math.max(number_in(hash, 'virtual'), tag))
  local finish = tag + record.cost / number_in('consumer:' .. record.consumer, 'weight')
  set_number('finish:' .. policy, record.consumer, finish)
  advance_inner(policy, record.cost)
  rise(record.consumer, policy)
end

local function pass(ticket, record, before)
  for _, policy in ipairs(record.policies) do
    if policy == before then return end
    if not has(passes_of(ticket), policy) then
      move_on(record, policy)
      keep_pass(ticket, policy, record.cost)
    end
  end
end

local function fall_asleep(ticket, record, policy)
  local consumer = record.consumer
  if has(passes_of(ticket), policy) then
    drop_passes(ticket, record)
  elseif not is_held(policy) then
    pass(ticket, record, policy)
  end
  place('asleep:' .. policy, consumer, tag_at(policy, consumer))
  uncall(consumer, policy)
  settle(consumer, { policy })
end

local function call_due()
  for _, due in ipairs(up_to('sleepers', book.now, LOOKS)) do
    local policy = due.member
    displace('sleepers', policy)
    local one = first('asleep:' .. policy, 1)[1]
    if one and not read(policy_hash(policy), 'called') then
      local head = head_at(one.member, policy)
      local ready = head and ready_at(policy, record_of(head).cost) or book.now
      if ready <= book.now then
        write(policy_hash(policy), 'called', one.member)
        stand_in_ring(one.member)
      elseif ready < math.huge then
        place('sleepers', policy, ready)
      end
    end
  end
end

local function next_call()
  local due = first('sleepers', 1)[1]
  return due and due.score or math.huge
end

local function serve_inner(ticket, record)
  local passed = use_passes(ticket, record)
  for _, policy in ipairs(record.policies) do
    if not has(passed, policy) then move_on(record, policy) end
  end
end

local function unprobe(ticket)
  each_probed(ticket, function(policy)
    set_probe('', policy)
    if policy then look_again(policy) end
  end)
end
