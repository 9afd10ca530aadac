-- Counters, holds and turns of one book, shared by nodes. The semantics are those of
-- `caps::Counters`. A node loads this text behind two lines that give `NAME`, the library's name with
-- the digest of this text, so that programs of two versions can run beside each other.
--
-- KEYS[1] begins all keys of the book: `{NAME}:FORMAT`. FORMAT is the number of what the keys hold, and
-- grows when that changes; the braces keep all keys in one slot. ARGV[1] is the epoch that the caller
-- knows; a server that lost data has another one or none, and the answer is `epoch`.
-- Answers are arrays: a status, what it needs, and last the accounts that have changed.
--
-- Nodes ask for many reservations in one call, and for many settlements. Each is judged as if those
-- before it had a call of their own, but what they read is read at once, and what they change is
-- written at the end, once.

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
-- Items that one command adds to a list.
local PUSHED_MAX = 1000

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
      live = tag .. ':live', kept = tag .. ':kept', joined = tag .. ':joined', channel = tag .. ':touched',
    }
    known[tag] = k
  end
  return k
end

-- Begins a call: what it has read, and what it is to write.
local function begin(tag)
  return {
    k = names(tag),
    -- By name; and those that have changed.
    accounts = {}, changed = {},
    -- Texts of holds by id, false for none; and what holds are, by their texts.
    holds = {}, asked = {},
    -- What `write` writes: ids and holds, times and ids, ids, and texts.
    put = {}, due = {}, closed = {}, sold = {},
  }
end

-- Returns the time, given or of the server: one for the whole call.
local function micros(c, given)
  if given ~= '' then return tonumber(given) end
  if not c.now then
    local time = redis.call('TIME')
    c.now = time[1] * 1000000 + time[2]
  end
  return c.now
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

-- Reads the accounts of holds that are not read yet. Returns the epoch.
local function read_accounts(c, holds)
  local fields = {EPOCH}
  for n = 1, #holds do
    local takes = holds[n].takes
    for m = 1, #takes do
      local name = takes[m][NAME_OF]
      if c.accounts[name] == nil then
        c.accounts[name], fields[#fields + 1] = false, name
      end
    end
  end
  local records = redis.call('HMGET', c.k.accounts, unpack(fields))
  for n = 2, #fields do c.accounts[fields[n]] = account(records[n], fields[n]) end
  return records[1]
end

-- Notes that an account changes.
local function touch(c, a)
  if not a.is_touched then
    a.is_touched, c.changed[#c.changed + 1] = true, a
  end
end

-- Returns an account.
local function one(c, name)
  local a = c.accounts[name]
  if not a then
    a = account(redis.call('HGET', c.k.accounts, name), name)
    c.accounts[name] = a
  end
  return a
end

-- Returns an account, to change.
local function own(c, name)
  local a = one(c, name)
  touch(c, a)
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

-- Stores the accounts that have changed and returns them as one text: names and numbers in turn. A name
-- has no byte below 32, and the numbers begin with their kind: so the text needs no lengths.
local function store(c)
  local accounts = c.changed
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
  redis.call('HSET', c.k.accounts, unpack(f, 1, count))
  -- Most holds have three accounts.
  local text = count == 6 and f[1] .. f[2] .. f[3] .. f[4] .. f[5] .. f[6] or table.concat(f)
  redis.call('PUBLISH', c.k.channel, text)
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

-- Reads what a hold takes from each account.
local takes_of = once(function(text)
  local takes, place = {}, 1
  while place <= #text do
    local take = {struct.unpack(TAKE, text, place)}
    takes[#takes + 1], place = take, take[NEXT]
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

-- Returns what a hold is, read once in a call.
local function read_hold(c, hold)
  local asked = c.asked[hold]
  if not asked then
    asked = contents(hold)
    c.asked[hold] = asked
  end
  return asked
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
local function sell(c, key, window, at, by)
  local name, sold_at = c.k.sold .. key, at
  local ends = at + window
  local sale = redis.call('GET', name)
  if sale then
    local earlier, earlier_ends, earlier_by = struct.unpack('<ddBc0', sale)
    if earlier > at then at, by = earlier, earlier_by end
    ends = math.max(ends, earlier_ends)
  end
  local text = struct.pack('<ddBc0', at, ends, #by, by)
  local kept = math.max(1, math.ceil((ends - at) / 1000))
  redis.call('SET', name, text, 'PX', kept)
  c.sold[#c.sold + 1] = struct.pack('<Bc0dd', #key, key, window, sold_at)
end

-- Returns an open hold, or nil and the state of one that is closed.
local function open_hold(c, id)
  local hold = c.holds[id]
  if hold == nil then
    hold = redis.call('HGET', c.k.holds, id)
    c.holds[id] = hold
  end
  if not hold then return nil, nil end
  if #hold == 1 then return nil, hold end
  return hold, nil
end

-- Reads holds at once.
local function read_holds(c, ids)
  local texts = redis.call('HMGET', c.k.holds, unpack(ids))
  for n = 1, #ids do
    if c.holds[ids[n]] == nil then c.holds[ids[n]] = texts[n] end
  end
end

local function put_hold(c, id, text)
  local count = #c.put
  c.holds[id], c.put[count + 1], c.put[count + 2] = text, id, text
end

local function open(c, id, hold, expires)
  local count = #c.due
  c.due[count + 1], c.due[count + 2] = string.format('%d', expires), id
  put_hold(c, id, hold)
end

-- Remembers the state of a hold that is not open any more.
local function remember_closed(c, id, state)
  put_hold(c, id, state)
  c.closed[#c.closed + 1] = id
end

-- Forgets the holds that closed first, unless they were opened again.
local function forget_closed(k, count)
  local oldest, forgotten = redis.call('RPOP', k.closed, count), {}
  local texts = redis.call('HMGET', k.holds, unpack(oldest))
  for n = 1, #oldest do
    if texts[n] and #texts[n] == 1 then forgotten[#forgotten + 1] = oldest[n] end
  end
  if #forgotten > 0 then redis.call('HDEL', k.holds, unpack(forgotten)) end
end

-- Writes what a call has changed, except accounts.
local function write(c)
  local k = c.k
  if #c.put > 0 then redis.call('HSET', k.holds, unpack(c.put)) end
  if #c.due > 0 then redis.call('ZADD', k.due, unpack(c.due)) end
  if #c.closed > 0 then
    redis.call('ZREM', k.due, unpack(c.closed))
    local over = redis.call('LPUSH', k.closed, unpack(c.closed)) - CLOSED_KEPT
    if over > 0 then forget_closed(k, over) end
  end
  if #c.sold > 0 then redis.call('PUBLISH', k.channel, 's' .. table.concat(c.sold)) end
  c.put, c.due, c.closed, c.sold = {}, {}, {}, {}
end

-- Closes a hold whose accounts are read.
local function close(c, id, asked, state, unbilled)
  for n = 1, #asked.takes do
    local take = asked.takes[n]
    local a = own(c, take[NAME_OF])
    if asked.stage == HELD then
      add(a, take, -1, -take[PRICE])
    else
      if unbilled then add(a, take, 0, -take[PRICE]) end
      a[CONCURRENT] = math.max(0, a[CONCURRENT] - 1)
    end
  end
  for n = 1, #asked.marks do free_mark(c.k, asked.marks[n]) end
  remember_closed(c, id, state)
end

-- Closes expired holds and returns their ids.
local function sweep(c, now, most)
  local ids = redis.call('ZRANGEBYSCORE', c.k.due, '-inf', now, 'LIMIT', 0, most)
  if #ids == 0 then return ids end
  read_holds(c, ids)
  local expired, over = {}, {}
  for n = 1, #ids do
    local hold = open_hold(c, ids[n])
    if hold then
      expired[#expired + 1] = read_hold(c, hold)
    else
      over[#over + 1] = ids[n]
    end
  end
  read_accounts(c, expired)
  for n = 1, #ids do
    local hold = open_hold(c, ids[n])
    if hold then
      local asked = read_hold(c, hold)
      close(c, ids[n], asked, asked.stage == HELD and EXPIRED or ENDED, false)
    end
  end
  if #over > 0 then redis.call('ZREM', c.k.due, unpack(over)) end
  -- They are not found again.
  write(c)
  return ids
end

-- Returns the first account that is full, by `full` or by `full_concurrent`.
local function first_full(c, asked, limits, is_full)
  for n = 1, #asked.takes do
    local limit, take = limits[n], asked.takes[n]
    if limit then
      local kind, which, used = is_full(c.accounts[take[NAME_OF]], take, limit, asked.at)
      if kind then return {'full', n - 1, kind, which, used} end
    end
  end
  return nil
end

-- Checks a reservation: nil, or its refusal.
local function check(c, asked, limits)
  local at = taken(c.k, asked)
  if at then return {'dup', at} end
  return first_full(c, asked, limits, full)
end

local function take_all(c, asked)
  for n = 1, #asked.takes do
    local take = asked.takes[n]
    local a = c.accounts[take[NAME_OF]]
    add(a, take, 1, take[PRICE])
    touch(c, a)
  end
  for n = 1, #asked.marks do hold_mark(c.k, asked.marks[n], asked) end
end

-- Answers that are the same every time.
local OK, OPEN, UNKNOWN = {'ok'}, {'open'}, {'unknown'}

local function reserve_one(c, id, time, ttl, hold, limits)
  local is_open, state = open_hold(c, id)
  if is_open then return OPEN end
  if state then return {'settled', state} end
  local asked, now = read_hold(c, hold), micros(c, time)
  local refusal = check(c, asked, limits)
  -- Units of a node that died are free as soon as somebody wants them.
  if refusal and time == '' and not c.is_swept then
    if #sweep(c, now, SWEPT_BY_REFUSAL) > 0 then
      refusal = check(c, asked, limits)
    else
      c.is_swept = true
    end
  end
  if refusal then return refusal end
  take_all(c, asked)
  open(c, id, hold, now + ttl)
  return OK
end

-- id, now, ttl, hold, limits, and so on. Answers each. Reads the epoch with the accounts.
local function reserve(c, args)
  local asks, ids = {}, {}
  for n = 2, #args, 5 do
    ids[#ids + 1], asks[#asks + 1] = args[n], read_hold(c, args[n + 3])
  end
  if read_accounts(c, asks) ~= args[1] then return {'epoch'} end
  read_holds(c, ids)
  local answers = {'ok'}
  for n = 2, #args, 5 do
    local limits = limits_of(args[n + 4])
    answers[#answers + 1] = reserve_one(c, args[n], args[n + 1], args[n + 2], args[n + 3], limits)
  end
  return answers
end

local function renew(c, args)
  local id = args[2]
  local hold, state = open_hold(c, id)
  if hold then
    local expires = micros(c, args[3]) + args[4]
    redis.call('ZADD', c.k.due, 'GT', expires, id)
    return {'ok'}
  end
  if state then return {'already', state} end
  return {'unknown'}
end

-- id, now, ttl, hold, limits, `all` or `concurrent`, and the hold for the latter: without persons
local function reserve_again(c, args)
  local id, hold, limits, units = args[2], args[5], limits_of(args[6]), args[7]
  if renew(c, args)[1] == 'ok' then return {'open'} end
  local asked, over = read_hold(c, hold), nil
  read_accounts(c, {asked})
  if units == 'all' then
    over = check(c, asked, limits)
    take_all(c, asked)
  else
    over = first_full(c, asked, limits, full_concurrent)
    for _, take in ipairs(asked.takes) do
      local a = own(c, take[NAME_OF])
      a[CONCURRENT] = a[CONCURRENT] + 1
    end
    -- The persons sold are remembered since the commit.
    hold = COMMITTED .. string.sub(args[8], 2)
  end
  open(c, id, hold, micros(c, args[3]) + args[4])
  return over or {'within'}
end

-- Remembers the persons that a hold has sold.
local function sell_all(c, asked)
  for _, mark in ipairs(asked.marks) do sell(c, mark.key, mark.window, asked.at, asked.by) end
end

local function commit(c, id, hold, asked)
  put_hold(c, id, COMMITTED .. string.sub(hold, 2))
  sell_all(c, asked)
end

local function settle_one(c, id, how)
  local hold, closed = open_hold(c, id)
  if closed then return {'already', closed} end
  if not hold then return UNKNOWN end
  local asked = read_hold(c, hold)
  local is_committed = asked.stage == COMMITTED
  if is_committed and (how == 'commit' or how == 'release') then return {'already', COMMITTED} end
  if how == 'commit' then
    commit(c, id, hold, asked)
  else
    close(c, id, asked, is_committed and ENDED or RELEASED, how == 'unbilled')
  end
  return OK
end

-- id, `commit`, `release`, `end` or `unbilled`, and so on. Answers each.
local function settle(c, args)
  local ids, asks = {}, {}
  for n = 2, #args, 2 do ids[#ids + 1] = args[n] end
  read_holds(c, ids)
  for n = 2, #args, 2 do
    local hold = open_hold(c, args[n])
    if hold and args[n + 1] ~= 'commit' then asks[#asks + 1] = read_hold(c, hold) end
  end
  if read_accounts(c, asks) ~= args[1] then return {'epoch'} end
  local answers = {'ok'}
  for n = 2, #args, 2 do answers[#answers + 1] = settle_one(c, args[n], args[n + 1]) end
  return answers
end

-- now: closes expired holds
local function sweep_all(c, args)
  return {'ok', sweep(c, micros(c, args[2]), SWEPT_MAX)}
end

-- id, now, ttl, hold, and what the records have of it: nothing, `sold` (its units and price), or
-- `settled` (also what a balance was charged, or the price given back). Adds what they lack.
local function bring(c, args)
  local id, hold, recorded = args[2], args[5], args[6]
  local asked, expires = read_hold(c, hold), micros(c, args[3]) + args[4]
  local is_open, closed = open_hold(c, id)
  if closed then return OK end
  if is_open then
    redis.call('ZADD', c.k.due, 'GT', expires, id)
    local was = read_hold(c, is_open)
    if asked.stage ~= HELD and was.stage == HELD then commit(c, id, is_open, was) end
    return OK
  end
  -- A call whose end is recorded is over, even if its node has not said so yet.
  local lives = (asked.stage == HELD or asked.stage == COMMITTED) and recorded ~= 'settled'
  read_accounts(c, {asked})
  for _, take in ipairs(asked.takes) do
    local a, price = own(c, take[NAME_OF]), asked.stage == UNBILLED and 0 or take[PRICE]
    local units, spent, paid = 1, price, price
    if recorded == 'sold' then units, spent = 0, price - take[PRICE] end
    if recorded == 'settled' then units, spent, paid = 0, 0, 0 end
    add(a, take, units, spent)
    if take[PREPAID] == 1 then a[BALANCE] = a[BALANCE] + spent - paid end
    a[CONCURRENT] = math.max(0, a[CONCURRENT] - units + (lives and 1 or 0))
  end
  if lives then
    for _, mark in ipairs(asked.marks) do hold_mark(c.k, mark, asked) end
    open(c, id, hold, expires)
    if asked.stage == COMMITTED or recorded == 'sold' then commit(c, id, hold, asked) end
  else
    sell_all(c, asked)
    -- Not `ended`: a settlement that its node repeats is to find nothing that it missed.
    remember_closed(c, id, RELEASED)
  end
  return OK
end

-- hold: gives the price back of a call that ended while its hold was lost
local function pay_back(c, args)
  local asked = read_hold(c, args[2])
  read_accounts(c, {asked})
  for _, take in ipairs(asked.takes) do add(own(c, take[NAME_OF]), take, 0, -take[PRICE]) end
  return OK
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
local function raise(c, args)
  for n = 2, #args, 5 do
    local a, window, period = own(c, args[n]), tonumber(args[n + 1]), tonumber(args[n + 2])
    local units, micros = used(a, window, period)
    units, micros = math.max(0, args[n + 3] - units), math.max(0, args[n + 4] - micros)
    change(a, window, period, units, micros)
  end
  return OK
end

-- number of the event, then name, window, period, units, micros, and so on: once for each number
local function correct(c, args)
  local number = tonumber(args[2])
  if number <= tonumber(redis.call('HGET', c.k.applied, 'postings') or 0) then return OK end
  for n = 3, #args, 5 do
    local a, window, period = own(c, args[n]), tonumber(args[n + 1]), tonumber(args[n + 2])
    change(a, window, period, tonumber(args[n + 3]), tonumber(args[n + 4]))
  end
  redis.call('HSET', c.k.applied, 'postings', args[2])
  return OK
end

-- number of the entry or empty, name, micros: once for each number
local function credit(c, args)
  if args[2] ~= '' then
    if tonumber(args[2]) <= tonumber(redis.call('HGET', c.k.applied, 'entries') or 0) then
      return OK
    end
    redis.call('HSET', c.k.applied, 'entries', args[2])
  end
  local a = own(c, args[3])
  a[BALANCE] = a[BALANCE] + tonumber(args[4])
  return OK
end

-- mark, window, time, and so on
local function remember(c, args)
  for n = 2, #args, 3 do sell(c, args[n], tonumber(args[n + 1]), tonumber(args[n + 2]), '') end
  return OK
end

-- Rests ------------------------------------------------------------------------------------------

local function set_rest(c, a, ends, cause)
  local w = own_rare(a)
  w[REST], w[CAUSE] = ends, cause
  touch(c, a)
end

local function rest(c, args)
  local a, ends = one(c, args[2]), tonumber(args[3])
  if rare(a)[REST] < ends then set_rest(c, a, ends, tonumber(args[4])) end
  return OK
end

local function resume(c, args)
  local a = one(c, args[2])
  local ends = rare(a)[REST]
  if ends > tonumber(args[3]) then return OK end
  redis.call('HDEL', c.k.unanswered, args[2])
  if ends ~= 0 then set_rest(c, a, 0, 0) end
  return OK
end

-- name, time, calls, window, pause
local function unanswered(c, args)
  local name, at, calls = args[2], tonumber(args[3]), tonumber(args[4])
  local text, kept = redis.call('HGET', c.k.unanswered, name) or '', {}
  for place = 1, #text, 8 do
    local earlier = struct.unpack('<d', text, place)
    if earlier + tonumber(args[5]) > at then kept[#kept + 1] = string.sub(text, place, place + 7) end
  end
  kept[#kept + 1] = struct.pack('<d', at)
  if #kept < calls then
    redis.call('HSET', c.k.unanswered, name, table.concat(kept))
    return {'ok', 0}
  end
  redis.call('HDEL', c.k.unanswered, name)
  local a, ends = one(c, name), at + tonumber(args[6])
  if rare(a)[REST] < ends then set_rest(c, a, ends, 0) end
  return {'ok', ends}
end

local function answered(c, args)
  redis.call('HDEL', c.k.unanswered, args[2])
  return OK
end

-- Turns ------------------------------------------------------------------------------------------

-- offer, version that the node knows, then contract and turn, and so on. Changed turns are stored
-- only by a node that knew the offer's latest ones.
local function turns(c, args)
  local key = c.k.turns .. args[2]
  local version = redis.call('HGET', key, '') or '0'
  if version ~= args[3] then return {'stale', redis.call('HGETALL', key)} end
  if #args == 3 then return {'ok', version} end
  version = string.format('%.0f', version + 1)
  redis.call('HSET', key, '', version, unpack(args, 4))
  return {'ok', version}
end

-- Epochs -----------------------------------------------------------------------------------------

local function accounts(c, _)
  return {'ok', redis.call('HGETALL', c.k.accounts)}
end

local function applied(c, _)
  local k = c.k
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

-- Keeps the sold holds that are open: their nodes may be gone, and their sales not recorded.
local function keep_sold(k)
  local all, kept = redis.call('HGETALL', k.holds), {}
  for n = 2, #all, 2 do
    local hold = all[n]
    if #hold > 1 and string.sub(hold, 1, 1) == COMMITTED then
      kept[#kept + 1], kept[#kept + 2] = all[n - 1], hold
    end
    if #kept == PUSHED_MAX or n == #all and #kept > 0 then
      redis.call('RPUSH', k.kept, unpack(kept))
      kept = {}
    end
  end
end

-- node, run id of the server, time of the lock in ms, id of a new epoch, `{NAME}`, format, then nodes
-- that are gone. Returns the epoch if its counters are complete; else the node leads the rebuilding, or
-- waits for the node that does, or for nodes of another format to stop.
local function join(c, args)
  local k, node, run, ttl, new = c.k, args[2], args[3], args[4], args[5]
  if #args > 7 then redis.call('HDEL', args[6] .. ':formats', unpack(args, 8)) end
  local others = enter(args[6], args[7], node)
  if #others > 0 then return {'beside', others} end
  local epoch = redis.call('HGET', k.accounts, EPOCH) or ''
  if string.sub(epoch, 1, 6) == 'ready:' and string.sub(epoch, -#run) == run then
    return {'ready', epoch}
  end
  if not redis.call('SET', k.lock, node, 'NX', 'PX', ttl) then return {'wait', epoch} end
  keep_sold(k)
  redis.call('UNLINK', k.accounts, k.holds, k.due, k.closed, k.held, k.unanswered,
    k.applied, k.live, k.joined)
  epoch = 'rebuilding:' .. new
  redis.call('HSET', k.accounts, EPOCH, epoch)
  redis.call('PUBLISH', k.channel, 'r')
  return {'lead', epoch}
end

-- node, then the holds of its live calls: id, hold, and so on
local function contribute_part(c, args)
  if #args > 2 then redis.call('RPUSH', c.k.live, unpack(args, 3)) end
  return OK
end

-- the same for the last of them
local function contribute(c, args)
  contribute_part(c, args)
  redis.call('SADD', c.k.joined, args[2])
  redis.call('PUBLISH', c.k.channel, 'r')
  return OK
end

local function contributed(c, args)
  if args[2] == 'nodes' then return {'ok', redis.call('SMEMBERS', c.k.joined)} end
  local list = args[2] == 'kept' and c.k.kept or c.k.live
  return {'ok', redis.call('LRANGE', list, args[3], args[4])}
end

local function extend(c, args)
  redis.call('PEXPIRE', c.k.lock, args[2])
  return OK
end

-- epoch that is complete, entries and postings that the counters include
local function finish(c, args)
  local k = c.k
  redis.call('HSET', k.applied, 'entries', args[3], 'postings', args[4])
  redis.call('HSET', k.accounts, EPOCH, args[2])
  redis.call('UNLINK', k.lock, k.live, k.kept, k.joined)
  redis.call('PUBLISH', k.channel, 'r')
  return OK
end

-- Registers an operation. Its answer is a list to which the changed accounts are added, so one that is
-- the same every time is copied.
local function register(name, operation, checks_epoch, flags)
  redis.register_function{
    function_name = NAME .. '_' .. name,
    callback = function(keys, args)
      local c = begin(keys[1])
      if not checks_epoch and redis.call('HGET', c.k.accounts, EPOCH) ~= args[1] then
        return {'epoch'}
      end
      local answer = operation(c, args)
      write(c)
      local text = store(c)
      if answer == OK then return {'ok', text} end
      answer[#answer + 1] = text
      return answer
    end,
    flags = flags,
  }
end

-- What gives units back runs when memory is full, too.
local FREES = {'allow-oom'}
register('reserve', reserve, true, {})
register('reserve_again', reserve_again, false, {})
register('settle', settle, true, FREES)
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
