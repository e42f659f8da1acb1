-- After a 429: twin of schedule/pausing.ts, where the rule is explained.

local function probe()
  return read('state', 'probe') or ''
end

local function set_probe(ticket)
  write('state', 'probe', ticket)
end

local function pause_state()
  local till = number_in('state', 'pausedUntil')
  if till == 0 then return { kind = 'open' } end
  if book.now < till then return { kind = 'paused', till = till } end
  return { kind = 'probing', under_way = probe() ~= '' }
end

local function is_news(ticket)
  local paused_at = number_in('state', 'pausedAt')
  local text = read('forward', ticket)
  if paused_at == 0 or not text then return paused_at == 0 end
  local stamp = stamp_of(ticket, unpack_record(text))
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
  local till = number_in('state', 'pausedUntil')
  if is_news(report.ticket) then
    local quiet_for = book.now - math.max(till, number_in('state', 'pausedAt'))
    local back_off = quiet_for > longest_span() and 0 or number_in('state', 'backOff')
    set_number('state', 'backOff', back_off + 1)
    set_number('state', 'pausedAt', book.now)
  end
  local doublings = math.min(30, math.max(0, number_in('state', 'backOff') - 1))
  local asked = report.forMs or book.terms.firstPauseMs * 2 ^ doublings
  local bounded = micros(math.min(asked, book.terms.maxPauseMs))
  local paused_until = math.max(till, book.now + bounded)
  set_number('state', 'pausedUntil', paused_until)
  if probe() == report.ticket then set_probe('') end
  take_back_assigned()
  return paused_until
end

local function end_pause()
  if book.now < number_in('state', 'pausedUntil') then
    set_probe('')
    return
  end
  set_number('state', 'pausedUntil', 0)
  set_probe('')
  end_credit(book.now + longest_span())
  set_number('state', 'paceAt', book.now + pace_per_unit())
end
