-- The rolling windows: twin of schedule/windows.ts, where the rule is explained.

local EXPIRIES = 1000

local function span(quota)
  return micros(quota.windowMs + quota.padMs)
end

local function longest_span()
  local longest = 0
  for _, quota in ipairs(book.terms.quotas) do longest = math.max(longest, span(quota)) end
  return longest
end

local APART_AFTER = 3000000

local function apart_after()
  return math.max(APART_AFTER, longest_span())
end

local function pace_per_unit()
  local pace = 0
  for _, quota in ipairs(book.terms.quotas) do pace = math.max(pace, span(quota) / quota.limit) end
  return pace
end

local function log_of(quota)
  return 'log:' .. quota.windowMs
end

local function used_field(quota, consumer)
  return tostring(quota.windowMs) .. (consumer and '|' .. consumer or '')
end

local function used_of(quota, consumer)
  return number_in('used', used_field(quota, consumer))
end

local function member_of(ticket, record)
  return ticket .. '|' .. pack(record)
end

local function count_units(quota, consumer, by)
  add('used', used_field(quota), by)
  local field = used_field(quota, consumer)
  if add('used', field, by) == 0 then erase('used', field) end
end

local function adopt_units(quota, from)
  local index = count(from, book.now - span(quota))
  while true do
    local unit = at(from, index)
    if not unit then return end
    local cost, _, consumer = string.match(unit.member, '^[^|]*|([^|]*)|([^|]*)|(.*)$')
    if not score_of(log_of(quota), unit.member) then count_units(quota, consumer, tonumber(cost)) end
    place(log_of(quota), unit.member, unit.score)
    index = index + 1
  end
end

local function adopt_windows()
  local windows = {}
  for _, quota in ipairs(book.terms.quotas) do windows[#windows + 1] = quota.windowMs end
  table.sort(windows)
  local before, now = read('state', 'windows'), table.concat(windows, ',')
  if before == now then return end
  write('state', 'windows', now)
  local known, longest = {}, ''
  for window in string.gmatch(before or '', '[^,]+') do
    known[window] = true
    longest = window
  end
  for _, quota in ipairs(book.terms.quotas) do
    write('logs', tostring(quota.windowMs), '')
    if not known[tostring(quota.windowMs)] then adopt_units(quota, 'log:' .. longest) end
  end
end

local function remove_unit(quota, member)
  if not displace(log_of(quota), member) then return end
  local ticket, cost, _, consumer = string.match(member, '^([^|]*)|([^|]*)|([^|]*)|(.*)$')
  count_units(quota, consumer, -tonumber(cost))
  if not score_of('underWay', ticket) then erase('forward', ticket) end
end

local function expire()
  for _, quota in ipairs(book.terms.quotas) do
    for _, unit in ipairs(up_to(log_of(quota), book.now - span(quota), EXPIRIES)) do
      remove_unit(quota, unit.member)
    end
  end
end

local function spend(ticket, record, stamp)
  local member = member_of(ticket, record)
  for _, policy in ipairs(record.policies) do count_inner(policy, member, stamp) end
  for _, quota in ipairs(book.terms.quotas) do
    if not score_of(log_of(quota), member) and stamp > book.now - span(quota) then
      place(log_of(quota), member, stamp)
      count_units(quota, record.consumer, record.cost)
    end
  end
end

local function still_counts(ticket, record)
  local member = member_of(ticket, record)
  for _, quota in ipairs(book.terms.quotas) do
    if not score_of(log_of(quota), member) then return false end
  end
  for _, policy in ipairs(record.policies) do
    if not inner_stamp(policy, member) then return false end
  end
  return true
end

local function restamp(ticket, record)
  local member = member_of(ticket, record)
  for _, quota in ipairs(book.terms.quotas) do place(log_of(quota), member, book.now) end
  for _, policy in ipairs(record.policies) do restamp_inner(policy, member) end
end

local function refund(ticket, record)
  local member = member_of(ticket, record)
  for _, quota in ipairs(book.terms.quotas) do remove_unit(quota, member) end
  for _, policy in ipairs(record.policies) do refund_inner(policy, member) end
end

local function stamp_of(ticket, record)
  local member = member_of(ticket, record)
  for _, quota in ipairs(book.terms.quotas) do
    local stamp = score_of(log_of(quota), member)
    if stamp then return stamp end
  end
  local policy = record.policies[1]
  return policy and inner_stamp(policy, member) or nil
end

local function freed_at(quota, short)
  local freed, at = 0, book.now
  for _, unit in ipairs(first(log_of(quota), short)) do
    freed = freed + tonumber(string.match(unit.member, '^[^|]*|([^|]*)|'))
    at = unit.score + span(quota)
    if freed >= short then break end
  end
  return at
end

local function room_at(cost)
  local earliest = book.now
  for _, quota in ipairs(book.terms.quotas) do
    local short = used_of(quota) + cost - quota.limit
    if short > 0 then earliest = math.max(earliest, freed_at(quota, short)) end
  end
  return earliest
end

local function share_left(consumer, fraction)
  local least = math.huge
  for _, quota in ipairs(book.terms.quotas) do
    local left = math.floor(quota.limit * fraction) - used_of(quota, consumer)
    least = math.min(least, left)
  end
  return math.max(0, least)
end

local function standings()
  local list = {}
  for _, quota in ipairs(book.terms.quotas) do
    local oldest = first(log_of(quota), 1)[1]
    local reset = oldest and (oldest.score + span(quota) - book.now) / 1000 or 0
    list[#list + 1] = { quota.name, exact(used_of(quota)), exact(reset) }
  end
  return list
end
