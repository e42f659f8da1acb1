-- Whether a pause holds: twin of schedule/pauses.ts, where the rule is explained. Without a policy: the upstream's.

local function pause_hash(policy)
  return policy and policy_hash(policy) or 'state'
end

local function probe(policy)
  if policy then return read('paused', policy) or '' end
  return read('state', 'probe') or ''
end

local function set_probe(ticket, policy)
  if policy then write('paused', policy, ticket) else write('state', 'probe', ticket) end
end

local function pause_state(policy)
  local till = number_in(pause_hash(policy), 'pausedUntil')
  if till == 0 then return { kind = 'open' } end
  if book.now < till then return { kind = 'paused', till = till } end
  return { kind = 'probing', under_way = probe(policy) ~= '' }
end

-- Calls `act(policy)` for each that the ticket probes, first for the upstream: `act(nil)`.
local function each_probed(ticket, act)
  local inner = entries('paused')
  if probe() == ticket then act(nil) end
  for _, entry in ipairs(inner) do
    if entry[2] == ticket then act(entry[1]) end
  end
end
