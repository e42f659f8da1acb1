-- One turn of one process: twin of schedule/turn.ts, where the rule is explained.
--
-- KEYS[1]  prefix of the upstream's ledger, with its hash tag
-- ARGV[1]  {"terms": LedgerTerms, "report": TurnReport} as JSON (ports/ledger.ts)
-- ARGV[2]  channel for hints
-- Returns  granted, refused (ticket, why, ...), wake in ms, paused for ms, 1 to ask everything, peers,
--          standings (name, used, reset in ms, ...), waiting, probe, pauses of policies (name, for ms, probe). Numbers are strings.
-- Sends    "granted <process>" for every other process that was assigned something.

local function take_back(ticket)
  give_back(ticket)
  unprobe(ticket)
end

local function end_forward(ticket, answered)
  land(ticket)
  if answered then end_pauses_of(ticket) else unprobe(ticket) end
end

local function leave(process, ticket)
  if dequeue(ticket) then return end
  if not read('assigned:' .. process, ticket) then return end
  erase('assigned:' .. process, ticket)
  take_back(ticket)
end

local function reply(turn)
  local pause = pause_state()
  local wake = math.min(turn.wake, book.now + LEASE / 4)
  local paused_for = pause.kind == 'paused' and (pause.till - book.now) / 1000 or 0
  local peers = {}
  for _, process in ipairs(all('processes')) do peers[#peers + 1] = process.member end
  table.sort(peers)
  return {
    turn.granted,
    turn.refused,
    exact(math.max(0, wake - book.now) / 1000),
    exact(paused_for),
    turn.unknown and '1' or '0',
    peers,
    standings(),
    exact(number_in('state', 'waiting')),
    probe(),
    policy_pauses(),
  }
end

local function take_turn(report)
  adopt_windows()
  check_memory()
  local admission = admit(report)
  expire()
  drop_dead()
  if admission ~= 'known' then
    return reply({ granted = {}, refused = {}, wake = book.now, unknown = admission == 'unknown' })
  end
  if report.everything then reconcile(report.process, report.everything) end
  for _, ticket in ipairs(report.returned) do take_back(ticket) end
  for _, ticket in ipairs(report.answered or {}) do end_pauses_of(ticket) end
  for _, ended in ipairs(report.ended) do end_forward(ended.ticket, ended.outcome == 'answered') end
  for _, ticket in ipairs(report.leaves) do leave(report.process, ticket) end
  local refused = {}
  for _, asked in ipairs(report.joins) do
    local why = join(report.process, asked)
    if why then
      refused[#refused + 1] = asked.ticket
      refused[#refused + 1] = why
    end
  end
  local wake, processes = recovering(), {}
  if wake == 0 then wake, processes = grant() end
  local granted = claim(report.process)
  for process in pairs(processes) do
    if process ~= report.process then redis.call('PUBLISH', ARGV[2], 'granted ' .. process) end
  end
  return reply({ granted = granted, refused = refused, wake = wake })
end

local input = cjson.decode(ARGV[1])
open_book(input.terms)
return take_turn(input.report)
