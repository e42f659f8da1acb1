-- The inner quotas: twin of schedule/inner.ts, where the rule is explained.

local INNER_EXPIRIES = 1000

local function policy_hash(policy)
  return 'policy:' .. policy
end

local function cost_of(member)
  return tonumber(string.match(member, '^[^|]*|([^|]*)|'))
end

local function look_again(policy)
  if size('asleep:' .. policy) > 0 then
    place('sleepers', policy, book.now)
  else
    displace('sleepers', policy)
  end
end

local function is_defined(policy)
  return read('policies', policy) ~= nil
end

local function inner_span(policy)
  return number_in(policy_hash(policy), 'span')
end

local function inner_pace(policy)
  return inner_span(policy) / number_in(policy_hash(policy), 'limit')
end

local function define(policies)
  local names = {}
  for _, policy in ipairs(policies or {}) do
    local hash = policy_hash(policy.name)
    local span = micros(policy.windowMs + policy.padMs)
    local known = is_defined(policy.name)
    names[#names + 1] = policy.name
    if not (known and number_in(hash, 'limit') == policy.limit and number_in(hash, 'span') == span) then
      write('policies', policy.name, '')
      set_number(hash, 'limit', policy.limit)
      set_number(hash, 'span', span)
      if not known then set_number(hash, 'paceAt', book.now - span) end
      look_again(policy.name)
    end
  end
  table.sort(names)
  return names
end

local function drop_inner(policy, member)
  if not displace('inner:' .. policy, member) then return false end
  add(policy_hash(policy), 'used', -cost_of(member))
  return true
end

local function expire_inner(policy)
  for _, unit in ipairs(up_to('inner:' .. policy, book.now - inner_span(policy), INNER_EXPIRIES)) do
    drop_inner(policy, unit.member)
  end
end

local function inner_stamp(policy, member)
  return score_of('inner:' .. policy, member)
end

local function count_inner(policy, member, stamp)
  if inner_stamp(policy, member) or stamp <= book.now - inner_span(policy) then return end
  place('inner:' .. policy, member, stamp)
  add(policy_hash(policy), 'used', cost_of(member))
end

local function restamp_inner(policy, member)
  place('inner:' .. policy, member, book.now)
end

local function refund_inner(policy, member)
  if not drop_inner(policy, member) then return end
  add(policy_hash(policy), 'paceAt', -inner_pace(policy) * cost_of(member))
  look_again(policy)
end

local function inner_freed_at(policy, short)
  local freed = 0
  for _, unit in ipairs(first('inner:' .. policy, short)) do
    freed = freed + cost_of(unit.member)
    if freed >= short then return unit.score + inner_span(policy) end
  end
  return book.now
end

local function inner_room_at(policy, cost)
  expire_inner(policy)
  local hash = policy_hash(policy)
  local limit = number_in(hash, 'limit')
  local pace_at = number_in(hash, 'paceAt')
  local short = number_in(hash, 'used') + math.min(cost, limit) - limit
  if short <= 0 then return pace_at end
  return math.max(pace_at, book.now + 1, inner_freed_at(policy, short))
end

local function settle_pace(policy)
  local hash = policy_hash(policy)
  local waits = size('asleep:' .. policy) > 0
  local ramps = book.now < number_in(hash, 'rampUntil')
  local late = (waits or ramps) and 2 * inner_pace(policy) or inner_span(policy)
  set_number(hash, 'paceAt', math.max(number_in(hash, 'paceAt'), book.now - late))
end

local function advance_inner(policy, cost)
  settle_pace(policy)
  add(policy_hash(policy), 'paceAt', inner_pace(policy) * cost)
end
