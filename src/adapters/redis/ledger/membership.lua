-- Which processes there are, and lost memory: twin of schedule/membership.ts, where it is explained.

local function was_away()
  if book.terms.apart ~= true then return false end
  local turned_at = number_in('state', 'turnedAt')
  set_number('state', 'turnedAt', book.now)
  return turned_at > 0 and book.now - turned_at > apart_after() - LEASE
end

local function check_memory()
  local memory, away = memory_id(), was_away()
  if read('state', 'memory') == memory and not away then return end
  write('state', 'memory', memory)
  set_number('state', 'recoverFrom', book.now)
  set_number('state', 'recoverUntil', book.now + LEASE)
  for _, entry in ipairs(entries('recovered')) do erase('recovered', entry[1]) end
  for _, process in ipairs(all('processes')) do write('expected', process.member, '') end
  take_back_assigned()
end

local function recovering()
  local till = number_in('state', 'recoverUntil')
  if till == 0 or book.now < till then return till end
  local expected = entries('expected')
  local missing = false
  for _, entry in ipairs(expected) do
    if not read('recovered', entry[1]) then missing = true end
  end
  local whole_window = number_in('state', 'recoverFrom') + longest_span()
  if missing and book.now < whole_window then return whole_window end
  set_number('state', 'recoverUntil', 0)
  for _, entry in ipairs(expected) do erase('expected', entry[1]) end
  return 0
end

local function admit(report)
  local last = read('sequence', report.process)
  if last and report.sequence <= tonumber(last) then return 'late' end
  local recovers = number_in('state', 'recoverUntil') > 0 and not read('recovered', report.process)
  if (not last or recovers) and not report.everything then return 'unknown' end
  write('sequence', report.process, string.format('%.0f', report.sequence))
  place('processes', report.process, book.now + LEASE)
  return 'known'
end

local function drop_process(process)
  for _, entry in ipairs(entries('mine:' .. process)) do dequeue(entry[1]) end
  for _, entry in ipairs(entries('assigned:' .. process)) do
    erase('assigned:' .. process, entry[1])
    give_back(entry[1])
    unprobe(entry[1])
  end
  for _, entry in ipairs(entries('forward')) do
    if unpack_record(entry[2]).process == process then
      displace('underWay', entry[1])
      unprobe(entry[1])
    end
  end
  displace('processes', process)
  erase('sequence', process)
end

local function drop_dead()
  for _, forward in ipairs(up_to('underWay', book.now, 100)) do
    displace('underWay', forward.member)
    unprobe(forward.member)
  end
  for _, process in ipairs(up_to('processes', book.now, 100)) do drop_process(process.member) end
end

local function take_back_unknown(process, departed)
  for _, entry in ipairs(entries('forward')) do
    if unpack_record(entry[2]).process == process and not departed[entry[1]] then
      erase('assigned:' .. process, entry[1])
      give_back(entry[1])
      unprobe(entry[1])
    end
  end
end

local function count_departure(process, unit)
  local unknown, names = {}, {}
  for _, policy in ipairs(unit.policies or {}) do
    names[#names + 1] = policy.name
    if not is_defined(policy.name) then unknown[#unknown + 1] = policy end
  end
  define(unknown)
  table.sort(names)
  local record = { cost = unit.cost, process = process, policies = names, consumer = unit.consumer }
  spend(unit.ticket, record, book.now - micros(unit.agoMs))
  if not unit.underWay then return end
  write('forward', unit.ticket, pack(record))
  place('underWay', unit.ticket, book.now + micros(book.terms.forwardMs))
end

local function reconcile(process, everything)
  local departed, waiting = {}, {}
  for _, unit in ipairs(everything.departed) do departed[unit.ticket] = true end
  for _, asked in ipairs(everything.waiting) do waiting[asked.ticket] = true end
  for _, entry in ipairs(entries('mine:' .. process)) do
    if not waiting[entry[1]] then dequeue(entry[1]) end
  end
  take_back_unknown(process, departed)
  for _, unit in ipairs(everything.departed) do count_departure(process, unit) end
  for _, asked in ipairs(everything.waiting) do join(process, asked) end
  write('recovered', process, '')
  if number_in('state', 'recoverUntil') == 0 then return end
  for _, peer in ipairs(everything.peers) do write('expected', peer, '') end
end
