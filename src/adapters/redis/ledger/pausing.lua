-- After a 429: twin of schedule/pausing.ts, where the rule is explained.

local function span_of_pause(policy)
  return policy and is_defined(policy) and inner_span(policy) or longest_span()
end

local function is_news(report)
  local paused_at = number_in(pause_hash(report.policy), 'pausedAt')
  local text = read('forward', report.ticket)
  if paused_at == 0 or not text then return paused_at == 0 end
  local stamp = stamp_of(report.ticket, unpack_record(text))
  return stamp ~= nil and stamp > paused_at
end

local function order_pause(for_ms)
  local till = number_in('state', 'pausedUntil')
  local asked = book.now + micros(math.min(for_ms, book.terms.maxPauseMs))
  local paused_until = for_ms > 0 and math.max(till, asked) or math.min(till, book.now)
  set_number('state', 'pausedUntil', paused_until)
  if for_ms > 0 then take_back_assigned() end
  return math.max(paused_until, book.now)
end

local function begin_pause(report)
  if report.ordered then return order_pause(report.forMs or 0) end
  local policy = report.policy
  local hash = pause_hash(policy)
  local till = number_in(hash, 'pausedUntil')
  if is_news(report) then
    local quiet_for = book.now - math.max(till, number_in(hash, 'pausedAt'))
    local back_off = quiet_for > span_of_pause(policy) and 0 or number_in(hash, 'backOff')
    set_number(hash, 'backOff', back_off + 1)
    set_number(hash, 'pausedAt', book.now)
  end
  local doublings = math.min(30, math.max(0, number_in(hash, 'backOff') - 1))
  local asked = report.forMs or book.terms.firstPauseMs * 2 ^ doublings
  local bounded = micros(math.min(asked, book.terms.maxPauseMs))
  local paused_until = math.max(till, book.now + bounded)
  set_number(hash, 'pausedUntil', paused_until)
  local prober = probe(policy)
  set_probe(prober == report.ticket and '' or prober, policy)
  if policy then look_again(policy) end
  take_back_assigned(policy)
  return paused_until
end

local function end_pause(policy)
  local hash = pause_hash(policy)
  set_probe('', policy)
  if policy then look_again(policy) end
  if book.now < number_in(hash, 'pausedUntil') then return end
  set_number(hash, 'pausedUntil', 0)
  local ramp_until = book.now + span_of_pause(policy)
  if policy then
    set_number(hash, 'rampUntil', ramp_until)
    erase('paused', policy)
  else
    end_credit(ramp_until)
  end
  set_number(hash, 'paceAt', book.now + (policy and inner_pace(policy) or pace_per_unit()))
end

local function end_pauses_of(ticket)
  each_probed(ticket, end_pause)
end

local function policy_pauses()
  local list = {}
  for _, entry in ipairs(entries('paused')) do
    local pause = pause_state(entry[1])
    local paused_for = pause.kind == 'paused' and (pause.till - book.now) / 1000 or 0
    list[#list + 1] = { entry[1], exact(paused_for), entry[2] }
  end
  return list
end
