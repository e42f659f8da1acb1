-- Withdraws a process at its own wish: twin of takeLeave in schedule/turn.ts.
--
-- KEYS[1]  prefix of the upstream's ledger, with its hash tag
-- KEYS[2]  a key that is never there (ledger.ts says why)
-- ARGV[1]  {"terms": LedgerTerms, "process": string} as JSON (ports/ledger.ts)
-- Returns  1

local input = cjson.decode(ARGV[1])
open_book(input.terms)
drop_process(input.process)
return 1
