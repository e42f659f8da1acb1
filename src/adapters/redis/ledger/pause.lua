-- Begins or lengthens a pause: twin of takePause in schedule/turn.ts.
--
-- KEYS[1]  prefix of the upstream's ledger, with its hash tag
-- KEYS[2]  a key that is never there (ledger.ts says why)
-- ARGV[1]  {"terms": LedgerTerms, "report": PauseReport} as JSON (ports/ledger.ts)
-- ARGV[2]  channel for hints
-- Returns  how long the pause lasts from now, in ms, as a string
-- Sends    "paused", or "paused <policy>", to every process

local input = cjson.decode(ARGV[1])
open_book(input.terms)
local for_ms = exact((begin_pause(input.report) - book.now) / 1000)
redis.call('PUBLISH', ARGV[2], input.report.policy and 'paused ' .. input.report.policy or 'paused')
return for_ms
