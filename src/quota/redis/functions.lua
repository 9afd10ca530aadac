-- Counters, holds and turns of one book, shared by nodes. The semantics are those of
-- `caps::Counters`. A node loads this text behind two lines that give `NAME`, the library's name with
-- the digest of this text, so that programs of two versions can run beside each other.
--
-- KEYS[1] begins all keys of the book: `{NAME}:FORMAT`. FORMAT is the number of what the keys hold, and
-- grows when that changes; the braces keep all keys in one slot. ARGV[1] is the epoch that the caller
-- knows; a server that lost data has another one or none, and the answer is `epoch`.
-- Answers are arrays: a status, what it needs, and last the accounts that have changed.

-- What costs here: a byte of a string that a script makes (Redis hashes all of them), an access to a
-- table, a number that is packed. So what is the same in call after call is read once and kept, and
-- what changes with every call is kept apart from what does not.

-- One account: 1 its kind, 2 version, 3 balance, 4 units and 5 micros of all time, 6 concurrent
-- units, and 7 a text of what changes rarely:
--   for hour, day, week and month the period, and units and micros of all time when it began, so that
--   a unit changes no window; then 13 the end of the rest, and 14 its cause.
-- Once a window has turned, the kind is 2, and the periods before follow, which are hardly read: for
-- the same windows the period, its units, and its micros. While it is in use, 8 is its name.
local ACCOUNT, RARE, BEFORE = '<Bdddddc105', '<dddddddddddddB', '<dddddddddddd'
local NUMBERS, BYTES, RARE_NUMBERS, BEFORE_NUMBERS = 7, 146, 14, 12
local KIND, VERSION, BALANCE, TOTAL, SPENT, CONCURRENT, IN_RARE, NAME_AT = 1, 2, 3, 4, 5, 6, 7, 8
local HOUR, DAY, WEEK, MONTH, REST, CAUSE = 1, 4, 7, 10, 13, 14
local WITHOUT_BEFORE, WITH_BEFORE = 1, 2
-- What one account gives to a hold: four periods, price, whether a balance pays it, its name.
local TAKE = '<dddddBBc0'
local PRICE, PREPAID, NAME_OF, NEXT = 5, 6, 7, 8
-- Limits of one account: six of units, five budgets, units due, and 1 if it may rest.
local LIMIT = '<ddddddddddddB'
local LIMIT_NEXT = 14

-- The field with the epoch, among the accounts: they are lost together.
local EPOCH = ''
-- Closed holds that are remembered, so that a late second call gets the hold's state.
local CLOSED_KEPT = 65536
-- Expired holds that one call closes.
local SWEPT_MAX = 256
-- Expired holds that a refused reservation closes before it looks again.
local SWEPT_BY_REFUSAL = 16

-- Texts of each sort that are read once.
local READ_KEPT = 4096

local HELD, COMMITTED, ENDED, UNBILLED, RELEASED, EXPIRED = 'H', 'C', 'E', 'U', 'R', 'X'

local known = {}
local function names(tag)
  local k = known[tag]
  if not k then
    k = {
      accounts = tag .. ':accounts', holds = tag .. ':holds', due = tag .. ':due',
      closed = tag .. ':closed',
      held = tag .. ':held', sold = tag .. ':sold:', turns = tag .. ':turns:',
      unanswered = tag .. ':unanswered', applied = tag .. ':applied', lock = tag .. ':lock',
      live = tag .. ':live', joined = tag .. ':joined', channel = tag .. ':touched',
    }
    known[tag] = k
  end
  return k
end

local function micros(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- Returns a function that reads a text as `read` does, but each text only once. Texts are
-- compared by address.
local function once(read)
  local known, count = {}, 0
  return function(text)
    local found = known[text]
    if not found then
      if count == READ_KEPT then known, count = {}, 0 end
      found = read(text)
      known[text], count = found, count + 1
    end
    return found
  end
end

-- Accounts ---------------------------------------------------------------------------------------

local function unused(name)
  local rare = struct.pack(RARE, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, 0, 0)
  return {WITHOUT_BEFORE, 0, 0, 0, 0, 0, rare, name}
end

local function account(record, name)
  if not record then return unused(name) end
  local a = {struct.unpack(ACCOUNT, record)}
  if #record > BYTES then a.tail = string.sub(record, BYTES + 1) end
  a[NAME_AT] = name
  return a
end

local rare_of = once(function(text) return {struct.unpack(RARE, text)} end)

-- Returns what changes rarely, to read.
local function rare(a)
  return a.rare or rare_of(a[IN_RARE])
end

-- Returns what changes rarely, to change.
local function own_rare(a)
  if not a.rare then a.rare = {unpack(rare(a), 1, RARE_NUMBERS)} end
  return a.rare
end

-- Reads the accounts of a hold, in its order, and the epoch.
local function read_all(k, takes)
  local fields = takes.fields
  local records = redis.call('HMGET', k.accounts, unpack(fields))
  local accounts = #takes == 3 and {0, 0, 0} or {}
  for n = 1, #takes do accounts[n] = account(records[n + 1], fields[n + 1]) end
  return accounts, records[1]
end

-- Reads an account unless it is among those that an operation has touched: a list, and by name.
local function one(k, touched, name)
  local a = touched[name]
  if not a then
    a = account(redis.call('HGET', k.accounts, name), name)
    touched[name], touched[#touched + 1] = a, a
  end
  return a
end

-- Returns the periods before, to change.
local function before(a)
  if not a.before then
    if a.tail then
      a.before = {struct.unpack(BEFORE, a.tail)}
    else
      a.before = {-2, 0, 0, -2, 0, 0, -2, 0, 0, -2, 0, 0}
      a[KIND] = WITH_BEFORE
    end
  end
  return a.before
end

-- Stores accounts and returns them as one text: names and numbers in turn. A name has no byte below
-- 32, and the numbers begin with their kind: so the text needs no lengths.
local function store(k, accounts)
  local count, f = 0, #accounts == 3 and {0, 0, 0, 0, 0, 0} or {}
  for n = 1, #accounts do
    local a = accounts[n]
    a[VERSION] = a[VERSION] + 1
    if a.rare then a[IN_RARE] = struct.pack(RARE, unpack(a.rare, 1, RARE_NUMBERS)) end
    local record = struct.pack(ACCOUNT, unpack(a, 1, NUMBERS))
    if a.before then
      record = record .. struct.pack(BEFORE, unpack(a.before, 1, BEFORE_NUMBERS))
    elseif a.tail then
      record = record .. a.tail
    end
    f[count + 1], f[count + 2] = a[NAME_AT], record
    count = count + 2
  end
  if count == 0 then return '' end
  redis.call('HSET', k.accounts, unpack(f, 1, count))
  -- Most holds have three accounts.
  local text = count == 6 and f[1] .. f[2] .. f[3] .. f[4] .. f[5] .. f[6] or table.concat(f)
  redis.call('PUBLISH', k.channel, text)
  return text
end

-- Turns a window whose period has ended.
local function turn(a, place, period)
  if rare(a)[place] >= period then return end
  local w = own_rare(a)
  if w[place] >= 0 then
    local b = before(a)
    b[place] = w[place]
    b[place + 1], b[place + 2] = a[TOTAL] - w[place + 1], a[SPENT] - w[place + 2]
  end
  w[place], w[place + 1], w[place + 2] = period, a[TOTAL], a[SPENT]
end

local function is_of(w, take)
  return w[HOUR] == take[1] and w[DAY] == take[2] and w[WEEK] == take[3] and w[MONTH] == take[4]
end

-- Turns the windows. Returns whether all periods are the current ones.
local function is_current(a, take)
  if take.current == a[IN_RARE] and not a.rare then return true end
  if not is_of(rare(a), take) then
    turn(a, HOUR, take[1])
    turn(a, DAY, take[2])
    turn(a, WEEK, take[3])
    turn(a, MONTH, take[4])
    return is_of(rare(a), take)
  end
  if not a.rare then take.current = a[IN_RARE] end
  return true
end

-- Returns units and micros of a window's period.
local function read(a, place, period)
  turn(a, place, period)
  local w = rare(a)
  if w[place] == period then return a[TOTAL] - w[place + 1], a[SPENT] - w[place + 2] end
  local b = before(a)
  if b[place] == period then return b[place + 1], b[place + 2] end
  return 0, 0
end

-- Changes one window alone, unless its period is no longer kept.
local function add_to_window(a, place, period, units, micros)
  turn(a, place, period)
  if rare(a)[place] == period then
    local w = own_rare(a)
    w[place + 1] = a[TOTAL] - math.max(0, a[TOTAL] - w[place + 1] + units)
    w[place + 2] = w[place + 2] - micros
    return
  end
  local b = before(a)
  if b[place] > period then return end
  if b[place] < period then b[place], b[place + 1], b[place + 2] = period, 0, 0 end
  b[place + 1] = math.max(0, b[place + 1] + units)
  b[place + 2] = b[place + 2] + micros
end

-- Changes units and micros of all time, and no window.
local function add_to_total(a, units, micros)
  local w, total = own_rare(a), math.max(0, a[TOTAL] + units)
  for place = HOUR, MONTH, 3 do
    w[place + 1] = w[place + 1] + total - a[TOTAL]
    w[place + 2] = w[place + 2] + micros
  end
  a[TOTAL], a[SPENT] = total, a[SPENT] + micros
end

-- Returns whether all windows have units to give back, so that only all time changes.
local function has_units(a, units)
  local w, most = rare(a), a[TOTAL] - units
  return most >= 0 and w[2] <= most and w[5] <= most and w[8] <= most and w[11] <= most
end

local function add(a, take, units, price)
  if is_current(a, take) and (units >= 0 or has_units(a, -units)) then
    a[TOTAL], a[SPENT] = a[TOTAL] + units, a[SPENT] + price
  else
    add_to_window(a, HOUR, take[1], units, price)
    add_to_window(a, DAY, take[2], units, price)
    add_to_window(a, WEEK, take[3], units, price)
    add_to_window(a, MONTH, take[4], units, price)
    add_to_total(a, units, price)
  end
  a[CONCURRENT] = math.max(0, a[CONCURRENT] + units)
  if take[PREPAID] == 1 then a[BALANCE] = a[BALANCE] - price end
end

-- Returns whether an account whose windows are current has room. How far units and micros of all time
-- may grow until a cap is full stays the same until a window turns.
local function has_room(a, take, limit, at)
  local text = a[IN_RARE]
  if a.rare then return false end
  if take.within ~= limit or take.since ~= text then
    local w = rare_of(text)
    take.within, take.since = limit, text
    take.units_to = math.min(limit[1] + w[2], limit[2] + w[5], limit[3] + w[8], limit[4] + w[11],
      limit[5], limit[12] + w[5])
    take.spent_to = math.min(limit[7] + w[3], limit[8] + w[6], limit[9] + w[9], limit[10] + w[12],
      limit[11]) - take[PRICE]
    take.rests_to = limit[13] == 1 and w[REST] or 0
  end
  return a[TOTAL] < take.units_to and a[SPENT] <= take.spent_to and a[CONCURRENT] < limit[6]
    and (take[PREPAID] == 0 or a[BALANCE] >= take[PRICE]) and at >= take.rests_to
end

-- Returns the first full cap: kind, window or cause, and how much is used.
local function full(a, take, limit, at)
  if is_current(a, take) and has_room(a, take, limit, at) then return nil end
  local hour, hour_spent = read(a, HOUR, take[1])
  local day, day_spent = read(a, DAY, take[2])
  local week, week_spent = read(a, WEEK, take[3])
  local month, month_spent = read(a, MONTH, take[4])
  local total, spent, w = a[TOTAL], a[SPENT], rare(a)
  if hour >= limit[1] then return 0, 0, hour end
  if day >= limit[2] then return 0, 1, day end
  if week >= limit[3] then return 0, 2, week end
  if month >= limit[4] then return 0, 3, month end
  if total >= limit[5] then return 0, 4, total end
  if a[CONCURRENT] >= limit[6] then return 0, 5, a[CONCURRENT] end
  if day >= limit[12] then return 1, 1, day end
  local price = take[PRICE]
  if hour_spent + price > limit[7] then return 2, 0, hour_spent end
  if day_spent + price > limit[8] then return 2, 1, day_spent end
  if week_spent + price > limit[9] then return 2, 2, week_spent end
  if month_spent + price > limit[10] then return 2, 3, month_spent end
  if spent + price > limit[11] then return 2, 4, spent end
  if take[PREPAID] == 1 and a[BALANCE] < price then return 3, 0, a[BALANCE] end
  if limit[13] == 1 and at < w[REST] then return 4, w[CAUSE], w[REST] end
  return nil
end

-- The same for concurrent units alone.
local function full_concurrent(a, _, limit)
  if a[CONCURRENT] >= limit[6] then return 0, 5, a[CONCURRENT] end
  return nil
end

-- Reads the limits of a hold's accounts: false for one without limits.
local limits_of = once(function(text)
  local limits, place = {}, 1
  while place <= #text do
    if string.byte(text, place) == 0 then
      limits[#limits + 1], place = false, place + 1
    else
      local limit = {struct.unpack(LIMIT, text, place + 1)}
      limits[#limits + 1], place = limit, limit[LIMIT_NEXT]
    end
  end
  return limits
end)

-- Holds ------------------------------------------------------------------------------------------

-- Reads what a hold takes from each account. Also returns the fields that are read for it: the epoch
-- and the accounts.
local takes_of = once(function(text)
  local takes, place = {fields = {EPOCH}}, 1
  while place <= #text do
    local take = {struct.unpack(TAKE, text, place)}
    takes[#takes + 1], takes.fields[#takes + 2], place = take, take[NAME_OF], take[NEXT]
  end
  return takes
end)

local NONE = {}

-- Reads a hold: its stage, what it takes from accounts behind the length of that, persons, decision,
-- and time.
local function contents(hold)
  local stage, takes, count, place = struct.unpack('<c1Hc0B', hold)
  local marks = NONE
  for n = 1, count do
    if n == 1 then marks = {} end
    local mark = {}
    mark.key, mark.window, place = struct.unpack('<Bc0d', hold, place)
    marks[n] = mark
  end
  local by, at = struct.unpack('<Bc0d', hold, place)
  return {stage = stage, takes = takes_of(takes), marks = marks, by = by, at = at}
end

-- Returns when another decision sold, or began to sell, a person.
local function taken(k, asked)
  for n = 1, #asked.marks do
    local mark = asked.marks[n]
    local sale = redis.call('GET', k.sold .. mark.key)
    if sale then
      local at, _, by = struct.unpack('<ddBc0', sale)
      if (by == '' or by ~= asked.by) and at + mark.window > asked.at then return at end
    end
    local held = redis.call('HGET', k.held, mark.key)
    if held then
      local since, _, by = struct.unpack('<ddBc0', held)
      if by == '' or by ~= asked.by then return since end
    end
  end
  return nil
end

local function hold_mark(k, mark, asked)
  local held = redis.call('HGET', k.held, mark.key)
  local since, count, by = asked.at, 0, asked.by
  if held then since, count, by = struct.unpack('<ddBc0', held) end
  redis.call('HSET', k.held, mark.key, struct.pack('<ddBc0', since, count + 1, #by, by))
end

local function free_mark(k, mark)
  local held = redis.call('HGET', k.held, mark.key)
  if not held then return end
  local since, count, by = struct.unpack('<ddBc0', held)
  if count <= 1 then
    redis.call('HDEL', k.held, mark.key)
  else
    redis.call('HSET', k.held, mark.key, struct.pack('<ddBc0', since, count - 1, #by, by))
  end
end

-- Remembers a sale for its window. An earlier sale never replaces a later one.
local function sell(k, key, window, at, by)
  local ends = at + window
  local sale = redis.call('GET', k.sold .. key)
  if sale then
    local sold_at, sold_ends, sold_by = struct.unpack('<ddBc0', sale)
    if sold_at > at then at, by = sold_at, sold_by end
    ends = math.max(ends, sold_ends)
  end
  local text = struct.pack('<ddBc0', at, ends, #by, by)
  local kept = math.max(1, math.ceil((ends - at) / 1000))
  redis.call('SET', k.sold .. key, text, 'PX', kept)
end

local function publish_sold(k, sold)
  if #sold > 0 then redis.call('PUBLISH', k.channel, 's' .. table.concat(sold)) end
end

local function sold_text(key, window, at)
  return struct.pack('<Bc0dd', #key, key, window, at)
end

-- Remembers the state of a hold that is not open any more.
local function remember_closed(k, id, state)
  redis.call('HSET', k.holds, id, state)
  redis.call('ZREM', k.due, id)
  if redis.call('LPUSH', k.closed, id) > CLOSED_KEPT then
    local oldest = redis.call('RPOP', k.closed)
    -- Unless it was opened again.
    if redis.call('HSTRLEN', k.holds, oldest) == 1 then redis.call('HDEL', k.holds, oldest) end
  end
end

local function close(k, accounts, id, asked, state, unbilled)
  for n = 1, #asked.takes do
    local a, take = accounts[n], asked.takes[n]
    if asked.stage == HELD then
      add(a, take, -1, -take[PRICE])
    else
      if unbilled then add(a, take, 0, -take[PRICE]) end
      a[CONCURRENT] = math.max(0, a[CONCURRENT] - 1)
    end
  end
  for n = 1, #asked.marks do free_mark(k, asked.marks[n]) end
  remember_closed(k, id, state)
end

-- Returns an open hold, or nil and the state of one that is closed.
local function open_hold(k, id)
  local hold = redis.call('HGET', k.holds, id)
  if not hold then return nil, nil end
  if #hold == 1 then return nil, hold end
  return hold, nil
end

-- Closes expired holds and returns their ids.
local function sweep(k, touched, now, most)
  local ids = redis.call('ZRANGEBYSCORE', k.due, '-inf', now, 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local hold = open_hold(k, id)
    if hold then
      local asked = contents(hold)
      local accounts = {}
      for n, take in ipairs(asked.takes) do accounts[n] = one(k, touched, take[NAME_OF]) end
      close(k, accounts, id, asked, asked.stage == HELD and EXPIRED or ENDED, false)
    else
      redis.call('ZREM', k.due, id)
    end
  end
  return ids
end

local function open(k, id, hold, expires)
  redis.call('HSET', k.holds, id, hold)
  redis.call('ZADD', k.due, expires, id)
end

-- Returns the first account that is full, by `full` or by `full_concurrent`.
local function first_full(accounts, asked, limits, is_full)
  for n = 1, #asked.takes do
    local limit = limits[n]
    if limit then
      local kind, which, used = is_full(accounts[n], asked.takes[n], limit, asked.at)
      if kind then return {'full', n - 1, kind, which, used} end
    end
  end
  return nil
end

-- Checks a reservation: nil, or its refusal.
local function check(k, accounts, asked, limits)
  local at = taken(k, asked)
  if at then return {'dup', at} end
  return first_full(accounts, asked, limits, full)
end

local function take_all(k, accounts, asked)
  for n = 1, #asked.takes do
    local take = asked.takes[n]
    add(accounts[n], take, 1, take[PRICE])
  end
  for n = 1, #asked.marks do hold_mark(k, asked.marks[n], asked) end
end

-- Returns the answer to a reservation of an id that was used before.
local function repeated(k, id)
  local hold, state = open_hold(k, id)
  if hold then return {'open', ''} end
  return state and {'settled', state, ''}
end

-- id, now, ttl, hold, limits. Most calls are of this function: it reads the epoch with the accounts,
-- and finds out by opening a hold whether it was there.
local function reserve(k, args)
  local id, hold, limits = args[2], args[5], limits_of(args[6])
  local asked = contents(hold)
  local accounts, epoch = read_all(k, asked.takes)
  if epoch ~= args[1] then return {'epoch'} end
  local refusal, now = check(k, accounts, asked, limits), micros(args[3])
  if refusal then
    local answer = repeated(k, id)
    if answer then return answer end
    -- Units of a node that died are free as soon as somebody wants them.
    local changed = {}
    if args[3] == '' and #sweep(k, changed, now, SWEPT_BY_REFUSAL) > 0 then
      store(k, changed)
      accounts = read_all(k, asked.takes)
      refusal = check(k, accounts, asked, limits)
    end
  end
  if refusal then
    refusal[#refusal + 1] = ''
    return refusal
  end
  if redis.call('HSETNX', k.holds, id, hold) == 0 then return repeated(k, id) end
  redis.call('ZADD', k.due, string.format('%d', now + args[4]), id)
  take_all(k, accounts, asked)
  return {'ok', store(k, accounts)}
end

local function renew(k, args)
  local id = args[2]
  local hold, state = open_hold(k, id)
  if hold then
    local expires = micros(args[3]) + args[4]
    redis.call('ZADD', k.due, 'GT', expires, id)
    return {'ok', ''}
  end
  if state then return {'already', state, ''} end
  return {'unknown', ''}
end

-- id, now, ttl, hold, limits, `all` or `concurrent`, and the hold for the latter: without persons
local function reserve_again(k, args)
  local id, hold, limits, units = args[2], args[5], limits_of(args[6]), args[7]
  if renew(k, args)[1] == 'ok' then return {'open', ''} end
  local asked, over = contents(hold), nil
  local accounts = read_all(k, asked.takes)
  if units == 'all' then
    over = check(k, accounts, asked, limits)
    take_all(k, accounts, asked)
  else
    over = first_full(accounts, asked, limits, full_concurrent)
    for _, a in ipairs(accounts) do a[CONCURRENT] = a[CONCURRENT] + 1 end
    -- The persons sold are remembered since the commit.
    hold = COMMITTED .. string.sub(args[8], 2)
  end
  open(k, id, hold, micros(args[3]) + args[4])
  over = over or {'within'}
  over[#over + 1] = store(k, accounts)
  return over
end

-- Remembers the persons that a hold has sold.
local function sell_all(k, asked)
  local sold = {}
  for n, mark in ipairs(asked.marks) do
    sell(k, mark.key, mark.window, asked.at, asked.by)
    sold[n] = sold_text(mark.key, mark.window, asked.at)
  end
  publish_sold(k, sold)
end

local function commit(k, id, hold, asked)
  redis.call('HSET', k.holds, id, COMMITTED .. string.sub(hold, 2))
  sell_all(k, asked)
  return {'ok', ''}
end

-- id, `commit`, `release`, `end` or `unbilled`
local function settle(k, args)
  local id, how = args[2], args[3]
  local hold, closed = open_hold(k, id)
  if closed then return {'already', closed, ''} end
  if not hold then return {'unknown', ''} end
  local asked = contents(hold)
  if how == 'commit' then
    if asked.stage == COMMITTED then return {'already', COMMITTED, ''} end
    return commit(k, id, hold, asked)
  end
  local state = RELEASED
  if asked.stage == COMMITTED then
    if how == 'release' then return {'already', COMMITTED, ''} end
    state = ENDED
  end
  local accounts = read_all(k, asked.takes)
  close(k, accounts, id, asked, state, how == 'unbilled')
  return {'ok', store(k, accounts)}
end

-- now: closes expired holds
local function sweep_all(k, args)
  local touched = {}
  local ids = sweep(k, touched, micros(args[2]), SWEPT_MAX)
  return {'ok', ids, store(k, touched)}
end

-- id, now, ttl, hold, and what the records have of it: nothing, `sold` (its units and price), or
-- `settled` (also what a balance was charged, or the price given back). Adds what they lack.
local function bring(k, args)
  local id, hold, recorded, asked = args[2], args[5], args[6], contents(args[5])
  local expires = micros(args[3]) + args[4]
  local is_open, closed = open_hold(k, id)
  if closed then return {'ok', ''} end
  if is_open then
    redis.call('ZADD', k.due, 'GT', expires, id)
    local was = contents(is_open)
    if asked.stage ~= HELD and was.stage == HELD then return commit(k, id, is_open, was) end
    return {'ok', ''}
  end
  -- A call whose end is recorded is over, even if its node has not said so yet.
  local lives = (asked.stage == HELD or asked.stage == COMMITTED) and recorded ~= 'settled'
  local accounts = read_all(k, asked.takes)
  for n, take in ipairs(asked.takes) do
    local a, price = accounts[n], asked.stage == UNBILLED and 0 or take[PRICE]
    local units, spent, paid = 1, price, price
    if recorded == 'sold' then units, spent = 0, price - take[PRICE] end
    if recorded == 'settled' then units, spent, paid = 0, 0, 0 end
    add(a, take, units, spent)
    if take[PREPAID] == 1 then a[BALANCE] = a[BALANCE] + spent - paid end
    a[CONCURRENT] = math.max(0, a[CONCURRENT] - units + (lives and 1 or 0))
  end
  if lives then
    for _, mark in ipairs(asked.marks) do hold_mark(k, mark, asked) end
    open(k, id, hold, expires)
    if asked.stage == COMMITTED or recorded == 'sold' then commit(k, id, hold, asked) end
  else
    sell_all(k, asked)
    -- Not `ended`: a settlement that its node repeats is to find nothing that it missed.
    remember_closed(k, id, RELEASED)
  end
  return {'ok', store(k, accounts)}
end

-- hold: gives the price back of a call that ended while its hold was lost
local function pay_back(k, args)
  local takes = contents(args[2]).takes
  local accounts = read_all(k, takes)
  for n, take in ipairs(takes) do add(accounts[n], take, 0, -take[PRICE]) end
  return {'ok', store(k, accounts)}
end

-- Counters ---------------------------------------------------------------------------------------

-- The windows as nodes number them; 4 is all time.
local PLACES = {[0] = HOUR, DAY, WEEK, MONTH}

local function used(a, window, period)
  if window == 4 then return a[TOTAL], a[SPENT] end
  return read(a, PLACES[window], period)
end

local function change(a, window, period, units, micros)
  if window == 4 then
    add_to_total(a, units, micros)
  else
    add_to_window(a, PLACES[window], period, units, micros)
  end
end

-- name, window, period, units, micros, and so on
local function raise(k, args)
  local touched = {}
  for n = 2, #args, 5 do
    local a, window, period = one(k, touched, args[n]), tonumber(args[n + 1]), tonumber(args[n + 2])
    local units, micros = used(a, window, period)
    units, micros = math.max(0, args[n + 3] - units), math.max(0, args[n + 4] - micros)
    change(a, window, period, units, micros)
  end
  return {'ok', store(k, touched)}
end

-- number of the event, then name, window, period, units, micros, and so on: once for each number
local function correct(k, args)
  local number = tonumber(args[2])
  if number <= tonumber(redis.call('HGET', k.applied, 'postings') or 0) then return {'ok', ''} end
  local touched = {}
  for n = 3, #args, 5 do
    local a, window, period = one(k, touched, args[n]), tonumber(args[n + 1]), tonumber(args[n + 2])
    change(a, window, period, tonumber(args[n + 3]), tonumber(args[n + 4]))
  end
  redis.call('HSET', k.applied, 'postings', args[2])
  return {'ok', store(k, touched)}
end

-- number of the entry or empty, name, micros: once for each number
local function credit(k, args)
  if args[2] ~= '' then
    if tonumber(args[2]) <= tonumber(redis.call('HGET', k.applied, 'entries') or 0) then
      return {'ok', ''}
    end
    redis.call('HSET', k.applied, 'entries', args[2])
  end
  local touched = {}
  local a = one(k, touched, args[3])
  a[BALANCE] = a[BALANCE] + tonumber(args[4])
  return {'ok', store(k, touched)}
end

-- mark, window, time, and so on
local function remember(k, args)
  local sold = {}
  for n = 2, #args, 3 do
    local window, at = tonumber(args[n + 1]), tonumber(args[n + 2])
    sell(k, args[n], window, at, '')
    sold[#sold + 1] = sold_text(args[n], window, at)
  end
  publish_sold(k, sold)
  return {'ok', ''}
end

-- Rests ------------------------------------------------------------------------------------------

local function rest(k, args)
  local touched, ends = {}, tonumber(args[3])
  local a = one(k, touched, args[2])
  if rare(a)[REST] >= ends then return {'ok', ''} end
  local own = own_rare(a)
  own[REST], own[CAUSE] = ends, tonumber(args[4])
  return {'ok', store(k, touched)}
end

local function resume(k, args)
  local touched = {}
  local a = one(k, touched, args[2])
  if rare(a)[REST] > tonumber(args[3]) then return {'ok', ''} end
  redis.call('HDEL', k.unanswered, args[2])
  if rare(a)[REST] == 0 then return {'ok', ''} end
  local own = own_rare(a)
  own[REST], own[CAUSE] = 0, 0
  return {'ok', store(k, touched)}
end

-- name, time, calls, window, pause
local function unanswered(k, args)
  local name, at, calls = args[2], tonumber(args[3]), tonumber(args[4])
  local text, kept = redis.call('HGET', k.unanswered, name) or '', {}
  for place = 1, #text, 8 do
    local earlier = struct.unpack('<d', text, place)
    if earlier + tonumber(args[5]) > at then kept[#kept + 1] = string.sub(text, place, place + 7) end
  end
  kept[#kept + 1] = struct.pack('<d', at)
  if #kept < calls then
    redis.call('HSET', k.unanswered, name, table.concat(kept))
    return {'ok', 0, ''}
  end
  redis.call('HDEL', k.unanswered, name)
  local ends, touched = at + tonumber(args[6]), {}
  local a = one(k, touched, name)
  local changed = ''
  if rare(a)[REST] < ends then
    local own = own_rare(a)
    own[REST], own[CAUSE] = ends, 0
    changed = store(k, touched)
  end
  return {'ok', ends, changed}
end

local function answered(k, args)
  redis.call('HDEL', k.unanswered, args[2])
  return {'ok', ''}
end

-- Turns ------------------------------------------------------------------------------------------

-- offer, version that the node knows, then contract and turn, and so on. Changed turns are stored
-- only by a node that knew the offer's latest ones.
local function turns(k, args)
  local key = k.turns .. args[2]
  local version = redis.call('HGET', key, '') or '0'
  if version ~= args[3] then return {'stale', redis.call('HGETALL', key)} end
  if #args == 3 then return {'ok', version} end
  version = string.format('%.0f', version + 1)
  redis.call('HSET', key, '', version, unpack(args, 4))
  return {'ok', version}
end

-- Epochs -----------------------------------------------------------------------------------------

local function accounts(k, _)
  return {'ok', redis.call('HGETALL', k.accounts)}
end

local function applied(k, _)
  return {
    'ok', redis.call('HGET', k.applied, 'entries') or '0',
    redis.call('HGET', k.applied, 'postings') or '0',
  }
end

-- Registers a node of a format, unless nodes of other formats are registered: returns those. Counters
-- of another format miss from now on what is sold, so they end. All formats agree on what is used here:
-- the fields of `NAME:formats` (the format of each node, and under no name the one that counts), and
-- the field of the epoch among `NAME:FORMAT:accounts`.
local function enter(book, format, node)
  local formats, others = book .. ':formats', {}
  local all, counts = redis.call('HGETALL', formats), nil
  for n = 1, #all, 2 do
    if all[n] == '' then
      counts = all[n + 1]
    elseif all[n] ~= node and all[n + 1] ~= format then
      others[#others + 1] = all[n]
    end
  end
  if #others > 0 then return others end
  if counts and counts ~= format then redis.call('UNLINK', book .. ':' .. counts .. ':accounts') end
  redis.call('HSET', formats, '', format, node, format)
  return others
end

-- node, run id of the server, time of the lock in ms, id of a new epoch, `{NAME}`, format, then nodes
-- that are gone. Returns the epoch if its counters are complete; else the node leads the rebuilding, or
-- waits for the node that does, or for nodes of another format to stop.
local function join(k, args)
  local node, run, ttl, new = args[2], args[3], args[4], args[5]
  if #args > 7 then redis.call('HDEL', args[6] .. ':formats', unpack(args, 8)) end
  local others = enter(args[6], args[7], node)
  if #others > 0 then return {'beside', others} end
  local epoch = redis.call('HGET', k.accounts, EPOCH) or ''
  if string.sub(epoch, 1, 6) == 'ready:' and string.sub(epoch, -#run) == run then
    return {'ready', epoch}
  end
  if not redis.call('SET', k.lock, node, 'NX', 'PX', ttl) then return {'wait', epoch} end
  redis.call('UNLINK', k.accounts, k.holds, k.due, k.closed, k.held, k.unanswered,
    k.applied, k.live, k.joined)
  epoch = 'rebuilding:' .. new
  redis.call('HSET', k.accounts, EPOCH, epoch)
  redis.call('PUBLISH', k.channel, 'r')
  return {'lead', epoch}
end

-- node, then the holds of its live calls: id, hold, and so on
local function contribute_part(k, args)
  if #args > 2 then redis.call('RPUSH', k.live, unpack(args, 3)) end
  return {'ok', ''}
end

-- the same for the last of them
local function contribute(k, args)
  contribute_part(k, args)
  redis.call('SADD', k.joined, args[2])
  redis.call('PUBLISH', k.channel, 'r')
  return {'ok', ''}
end

local function contributed(k, args)
  if args[2] == 'nodes' then return {'ok', redis.call('SMEMBERS', k.joined)} end
  return {'ok', redis.call('LRANGE', k.live, args[3], args[4])}
end

local function extend(k, args)
  redis.call('PEXPIRE', k.lock, args[2])
  return {'ok', ''}
end

-- epoch that is complete, entries and postings that the counters include
local function finish(k, args)
  redis.call('HSET', k.applied, 'entries', args[3], 'postings', args[4])
  redis.call('HSET', k.accounts, EPOCH, args[2])
  redis.call('UNLINK', k.lock, k.live, k.joined)
  redis.call('PUBLISH', k.channel, 'r')
  return {'ok', ''}
end

local function register(name, operation, checks_epoch, flags)
  redis.register_function{
    function_name = NAME .. '_' .. name,
    callback = function(keys, args)
      local k = names(keys[1])
      if not checks_epoch and redis.call('HGET', k.accounts, EPOCH) ~= args[1] then
        return {'epoch'}
      end
      return operation(k, args)
    end,
    flags = flags,
  }
end

-- What gives units back runs when memory is full, too.
local FREES = {'allow-oom'}
register('reserve', reserve, true, {})
register('reserve_again', reserve_again, false, {})
register('settle', settle, false, FREES)
register('renew', renew, false, FREES)
register('sweep', sweep_all, false, FREES)
register('bring', bring, false, {})
register('raise', raise, false, {})
register('correct', correct, false, {})
register('credit', credit, false, {})
register('remember', remember, false, {})
register('rest', rest, false, {})
register('resume', resume, false, FREES)
register('unanswered', unanswered, false, {})
register('answered', answered, false, FREES)
register('turns', turns, false, {})
register('accounts', accounts, false, {'no-writes'})
register('applied', applied, false, {'no-writes'})
register('join', join, true, {})
register('contribute', contribute, false, {})
register('contribute_part', contribute_part, false, {})
register('pay_back', pay_back, false, FREES)
register('contributed', contributed, false, {'no-writes'})
register('extend', extend, false, {})
register('finish', finish, false, {})
