-- What the ledger holds, for forecasts: twin of schedule/outlook.ts, where it is explained. Writes nothing.
--
-- KEYS[1]  prefix of the upstream's ledger, with its hash tag
-- ARGV[1]  {"terms": LedgerTerms} as JSON (ports/ledger.ts)
-- Returns  at in ms, virtual, pace in ms, blocked for ms, 1 while probing, 1 while ramping, under way,
--          quotas (name, used, units, in ms, units, in ms, ...),
--          consumers (name, weight, start, asleep, units, waiting, credit, joined, before by urgency 0 ... 7),
--          policies ((name, used, units, in ms, ...), limit, virtual, pace in ms, blocked for ms, 1 while probing,
--          consumers (name, weight, start, asleep, units, waiting, joined, before by urgency 0 ... 7), span in ms).
--          Numbers are strings.

local POINTS = 64

local function index_of(point, kept)
  local beyond = math.max(0, point - 15)
  return math.min(point, 15) + math.floor(((kept - 16) * beyond * beyond) / 2304)
end

local function window_outlook(name, log, length, used)
  local members = size(log)
  local gone = count(log, book.now - length)
  local kept = members - gone
  if kept == 0 then return { name, '0' } end
  local each = used / members
  local points = math.min(POINTS, kept)
  local list = { name, exact(kept * each) }
  for point = 0, points - 1 do
    local index = kept <= POINTS and point or index_of(point, kept)
    local unit = at(log, gone + index)
    list[#list + 1] = exact((index + 1) * each)
    list[#list + 1] = exact((unit.score + length - book.now) / 1000)
  end
  return list
end

local function before_in(consumer, sets)
  local list = {}
  for urgency = 0, 7 do
    local sum = 0
    for _, set in ipairs(sets) do sum = sum + count(lane_of(consumer, set), book.now + urgency * URGENCY) end
    list[#list + 1] = exact(sum)
  end
  return list
end

local function extend(list, more)
  for _, item in ipairs(more) do list[#list + 1] = item end
  return list
end

local function consumer_outlook(consumer, joined)
  local hash = 'consumer:' .. consumer
  local weight, waiting = number_in(hash, 'weight'), number_in(hash, 'waiting')
  local start, credit = number_in(hash, 'start'), number_in(hash, 'credit')
  local units, asleep, awake = number_in(hash, 'units'), 0, { '' }
  for _, entry in ipairs(entries('lanes:' .. consumer)) do
    if is_asleep(consumer, split(entry[1])) then
      asleep = asleep + tonumber(entry[2])
    else
      awake[#awake + 1] = entry[1]
    end
  end
  if waiting > 0 and not score_of('ring', consumer) then
    start = math.max(start, number_in('state', 'virtual'))
  elseif waiting == 0 then
    start = math.max(number_in('state', 'virtual'), number_in(hash, 'finish'))
    credit = earned_credit(consumer, weight / (number_in('state', 'weight') + weight))
    units = 0
  end
  local list = { consumer, exact(weight), exact(start), exact(asleep), exact(units), exact(waiting), exact(credit), joined }
  return extend(list, before_in(consumer, awake))
end

local function is_held_elsewhere(consumer, set, others)
  local head = first(lane_of(consumer, set), 1)[1]
  local passed = head and passes_of(head.member) or {}
  for _, other in ipairs(others) do
    if has(passed, other) then return true end
  end
  return is_asleep(consumer, others)
end

local function policy_consumer(policy, consumer, joined)
  local under, waiting, asleep = {}, 0, 0
  for _, entry in ipairs(entries('lanes:' .. consumer)) do
    local others, is_under = {}, false
    for _, name in ipairs(split(entry[1])) do
      if name == policy then is_under = true else others[#others + 1] = name end
    end
    if is_under then
      under[#under + 1] = entry[1]
      waiting = waiting + size(lane_of(consumer, entry[1]))
      if is_held_elsewhere(consumer, entry[1], others) then asleep = asleep + tonumber(entry[2]) end
    end
  end
  local weight, tag = number_in('consumer:' .. consumer, 'weight'), tag_at(policy, consumer)
  local units = number_in('due:' .. policy, consumer)
  local one = { consumer, exact(weight), exact(tag), exact(asleep), exact(units), exact(waiting), joined }
  return extend(one, before_in(consumer, under)), units
end

local function policy_outlook(policy)
  local hash = policy_hash(policy)
  local window = window_outlook(policy, 'inner:' .. policy, inner_span(policy), number_in(hash, 'used'))
  local pause = pause_state(policy)
  local consumers, due = {}, 0
  for _, entry in ipairs(entries('joined:' .. policy)) do
    local one, units = policy_consumer(policy, entry[1], entry[2])
    consumers[#consumers + 1] = one
    due = due + units
  end
  if window[2] == '0' and due == 0 and pause.kind == 'open' then return nil end
  return {
    window,
    exact(number_in(hash, 'limit')),
    exact(number_in(hash, 'virtual')),
    exact((number_in(hash, 'paceAt') - book.now) / 1000),
    exact(math.max(0, number_in(hash, 'pausedUntil') - book.now) / 1000),
    pause.kind == 'open' and '0' or '1',
    consumers,
    exact(inner_span(policy) / 1000),
  }
end

look_into_book(cjson.decode(ARGV[1]).terms)
local quotas, consumers, policies = {}, {}, {}
for _, quota in ipairs(book.terms.quotas) do
  quotas[#quotas + 1] = window_outlook(quota.name, log_of(quota), span(quota), used_of(quota))
end
for _, entry in ipairs(entries('policies')) do policies[#policies + 1] = policy_outlook(entry[1]) end
for _, entry in ipairs(entries('joined')) do consumers[#consumers + 1] = consumer_outlook(entry[1], entry[2]) end
local blocked_until = math.max(number_in('state', 'pausedUntil'), number_in('state', 'recoverUntil'))
return {
  exact(book.now / 1000),
  exact(number_in('state', 'virtual')),
  exact((number_in('state', 'paceAt') - book.now) / 1000),
  exact(math.max(0, blocked_until - book.now) / 1000),
  pause_state().kind == 'open' and '0' or '1',
  book.now < number_in('state', 'rampUntil') and '1' or '0',
  exact(size('underWay')),
  quotas,
  consumers,
  policies,
}
