-- What the ledger holds, for forecasts: twin of schedule/outlook.ts, where it is explained. Writes nothing.
--
-- KEYS[1]  prefix of the upstream's ledger, with its hash tag
-- ARGV[1]  {"terms": LedgerTerms} as JSON (ports/ledger.ts)
-- Returns  at in ms, virtual, pace in ms, blocked for ms, 1 while probing, 1 while ramping, under way,
--          quotas (name, used, units, in ms, units, in ms, ...),
--          consumers (name, weight, start, units, waiting, credit, joined, before by urgency 0 ... 7).
--          Numbers are strings.

local POINTS = 64

local function index_of(point, kept)
  local beyond = math.max(0, point - 15)
  return math.min(point, 15) + math.floor(((kept - 16) * beyond * beyond) / 2304)
end

local function quota_outlook(quota)
  local log = 'log:' .. quota.name
  local members = size(log)
  local gone = count(log, book.now - span(quota))
  local kept = members - gone
  if kept == 0 then return { quota.name, '0' } end
  local each = number_in('used', quota.name) / members
  local points = math.min(POINTS, kept)
  local list = { quota.name, exact(kept * each) }
  for point = 0, points - 1 do
    local index = kept <= POINTS and point or index_of(point, kept)
    local unit = at(log, gone + index)
    list[#list + 1] = exact((index + 1) * each)
    list[#list + 1] = exact((unit.score + span(quota) - book.now) / 1000)
  end
  return list
end

local function consumer_outlook(consumer, joined)
  local hash = 'consumer:' .. consumer
  local weight, waiting = number_in(hash, 'weight'), number_in(hash, 'waiting')
  local start, credit = number_in(hash, 'start'), number_in(hash, 'credit')
  local units = number_in(hash, 'units')
  if waiting == 0 then
    start = math.max(number_in('state', 'virtual'), number_in(hash, 'finish'))
    credit = earned_credit(consumer, weight / (number_in('state', 'weight') + weight))
    units = 0
  end
  local list = { consumer, exact(weight), exact(start), exact(units), exact(waiting), exact(credit), joined }
  for urgency = 0, 7 do
    list[#list + 1] = waiting == 0 and '0' or exact(count('lane:' .. consumer, book.now + urgency * URGENCY))
  end
  return list
end

look_into_book(cjson.decode(ARGV[1]).terms)
local quotas, consumers = {}, {}
for _, quota in ipairs(book.terms.quotas) do quotas[#quotas + 1] = quota_outlook(quota) end
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
}
