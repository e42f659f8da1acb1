-- Policies that a waiting ticket has passed: twin of schedule/passes.ts, where the rule is explained.

local function split(set)
  local list = {}
  for name in string.gmatch(set, '[^,]+') do list[#list + 1] = name end
  return list
end

local function has(list, name)
  for _, one in ipairs(list) do
    if one == name then return true end
  end
  return false
end

local function passes_of(ticket)
  return split(read('passes', ticket) or '')
end

local function keep_pass(ticket, policy, cost)
  local passes = passes_of(ticket)
  passes[#passes + 1] = policy
  write('passes', ticket, table.concat(passes, ','))
  add(policy_hash(policy), 'used', cost)
end

local function use_passes(ticket, record)
  local passes = passes_of(ticket)
  for _, policy in ipairs(passes) do add(policy_hash(policy), 'used', -record.cost) end
  erase('passes', ticket)
  return passes
end

local function drop_passes(ticket, record)
  for _, policy in ipairs(use_passes(ticket, record)) do
    add(policy_hash(policy), 'paceAt', -inner_pace(policy) * record.cost)
    look_again(policy)
  end
end

local function holds_no_more(policy, cost)
  local limit = number_in(policy_hash(policy), 'limit')
  return number_in(policy_hash(policy), 'used') <= math.max(limit, cost)
end
