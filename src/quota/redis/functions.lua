-- Counters, holds and turns of one book, shared by nodes. The semantics are those of
-- `caps::Counters`. A node loads this text behind two lines that give `NAME`, the library's name with
-- the digest of this text, so that programs of two versions can run beside each other.
--
-- KEYS[1] is the hash tag of the book: all of its keys are in one slot. ARGV[1] is the epoch that the
-- caller knows; a server that lost data has another one or none, and the answer is `epoch`.
-- Answers are arrays: a status, what it needs, and last the accounts that have changed.

-- One account: 20 numbers,
--   1 version, 2 balance, 3 end of the rest, 4 its cause,
--   5 units and 6 micros of all time, 7 concurrent units, 8 unused,
--   then for hour, day, week and month: period, units, micros,
-- and, once a window has turned, the latter 12 numbers of the periods before, which are rarely read.
local ACCOUNT, BEFORE = '<dddddddddddddddddddd', '<dddddddddddd'
local NUMBERS, BYTES = 20, 160
local VERSION, BALANCE, REST, CAUSE, TOTAL, SPENT, CONCURRENT = 1, 2, 3, 4, 5, 6, 7
local HOUR, DAY, WEEK, MONTH = 9, 12, 15, 18
-- What one account gives to a hold: four periods, price, whether a balance pays it, its name.
local TAKE = '<dddddBBc0'
local PRICE, PREPAID, NAME_OF, NEXT = 5, 6, 7, 8
-- Limits of one account: six of units, five budgets, units due, and the time for its rest.
local LIMIT = '<ddddddddddddd'
local LIMIT_NEXT = 14

-- The field with the epoch, among the accounts: they are lost together.
local EPOCH = ''
-- Closed holds that are remembered, so that a late second call gets the hold's state.
local CLOSED_KEPT = 65536
-- Expired holds that one call closes.
local SWEPT_MAX = 256
-- Expired holds that a refused reservation closes before it looks again.
local SWEPT_BY_REFUSAL = 16

local HELD, COMMITTED, ENDED, RELEASED, EXPIRED = 'H', 'C', 'E', 'R', 'X'

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

-- Accounts ---------------------------------------------------------------------------------------

local function account(record)
  if not record then
    return {0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0}
  end
  local a = {struct.unpack(ACCOUNT, record)}
  if #record > BYTES then a.tail = string.sub(record, BYTES + 1) end
  return a
end

-- Reads the accounts of a hold that were not read yet.
local function load(k, touched, takes)
  local missing = {}
  for n = 1, #takes do
    local name = takes[n][NAME_OF]
    if not touched[name] then missing[#missing + 1] = name end
  end
  if #missing == 0 then return end
  local records = redis.call('HMGET', k.accounts, unpack(missing))
  for n = 1, #missing do touched[missing[n]] = account(records[n]) end
end

local function one(k, touched, name)
  local a = touched[name]
  if not a then
    a = account(redis.call('HGET', k.accounts, name))
    touched[name] = a
  end
  return a
end

-- Returns the 12 numbers of the periods before.
local function before(a)
  if not a.before then
    if a.tail then
      a.before = {struct.unpack(BEFORE, a.tail)}
    else
      a.before = {-2, 0, 0, -2, 0, 0, -2, 0, 0, -2, 0, 0}
    end
  end
  return a.before
end

-- Stores the accounts and returns them as one text: length of the name, name, length, numbers.
local function store(k, touched)
  local fields, texts, count = {}, {}, 0
  for name, a in pairs(touched) do
    a[VERSION] = a[VERSION] + 1
    local record = struct.pack(ACCOUNT, unpack(a, 1, NUMBERS))
    if a.before then
      record = record .. struct.pack(BEFORE, unpack(a.before, 1, 12))
    elseif a.tail then
      record = record .. a.tail
    end
    fields[2 * count + 1], fields[2 * count + 2] = name, record
    count = count + 1
    texts[count] = string.char(#name) .. name .. string.char(#record - 1) .. record
  end
  if count == 0 then return '' end
  redis.call('HSET', k.accounts, unpack(fields))
  local text = table.concat(texts)
  redis.call('PUBLISH', k.channel, 'a' .. text)
  return text
end

-- Turns a window whose period has ended.
local function turn(a, place, period)
  if a[place] < period then
    if a[place] >= 0 then
      local b, to = before(a), place - HOUR + 1
      b[to], b[to + 1], b[to + 2] = a[place], a[place + 1], a[place + 2]
    end
    a[place], a[place + 1], a[place + 2] = period, 0, 0
  end
end

-- Turns the windows, and returns whether all periods are the current ones.
local function is_current(a, take)
  if a[HOUR] == take[1] and a[DAY] == take[2] and a[WEEK] == take[3] and a[MONTH] == take[4] then
    return true
  end
  turn(a, HOUR, take[1])
  turn(a, DAY, take[2])
  turn(a, WEEK, take[3])
  turn(a, MONTH, take[4])
  return a[HOUR] == take[1] and a[DAY] == take[2] and a[WEEK] == take[3] and a[MONTH] == take[4]
end

-- Returns units and micros of a window's period, to read.
local function read(a, place, period)
  turn(a, place, period)
  if a[place] == period then return a[place + 1], a[place + 2] end
  local b, from = before(a), place - HOUR + 1
  if b[from] == period then return b[from + 1], b[from + 2] end
  return 0, 0
end

-- Returns the numbers with a period's units and the place of these, to change; nil for a period
-- that is no longer kept.
local function slot(a, place, period)
  turn(a, place, period)
  if a[place] == period then return a, place + 1 end
  local b, from = before(a), place - HOUR + 1
  if b[from] > period then return nil end
  if b[from] < period then b[from], b[from + 1], b[from + 2] = period, 0, 0 end
  return b, from + 1
end

local function add_at(a, place, period, units, price)
  local numbers, at = slot(a, place, period)
  if numbers then
    numbers[at] = math.max(0, numbers[at] + units)
    numbers[at + 1] = numbers[at + 1] + price
  end
end

local function add(a, take, units, price)
  if units >= 0 and is_current(a, take) then
    a[10], a[13], a[16], a[19] = a[10] + units, a[13] + units, a[16] + units, a[19] + units
    a[TOTAL], a[CONCURRENT] = a[TOTAL] + units, a[CONCURRENT] + units
    if price ~= 0 then
      a[11], a[14], a[17], a[20] = a[11] + price, a[14] + price, a[17] + price, a[20] + price
      a[SPENT] = a[SPENT] + price
    end
  else
    add_at(a, HOUR, take[1], units, price)
    add_at(a, DAY, take[2], units, price)
    add_at(a, WEEK, take[3], units, price)
    add_at(a, MONTH, take[4], units, price)
    a[TOTAL] = math.max(0, a[TOTAL] + units)
    a[SPENT] = a[SPENT] + price
    a[CONCURRENT] = math.max(0, a[CONCURRENT] + units)
  end
  if take[PREPAID] == 1 then a[BALANCE] = a[BALANCE] - price end
end

-- Returns the first full cap: kind, window or cause, and how much is used.
local function full(a, take, limit)
  local hour, hour_spent, day, day_spent, week, week_spent, month, month_spent
  if is_current(a, take) then
    hour, hour_spent, day, day_spent = a[10], a[11], a[13], a[14]
    week, week_spent, month, month_spent = a[16], a[17], a[19], a[20]
  else
    hour, hour_spent = read(a, HOUR, take[1])
    day, day_spent = read(a, DAY, take[2])
    week, week_spent = read(a, WEEK, take[3])
    month, month_spent = read(a, MONTH, take[4])
  end
  if hour >= limit[1] then return 0, 0, hour end
  if day >= limit[2] then return 0, 1, day end
  if week >= limit[3] then return 0, 2, week end
  if month >= limit[4] then return 0, 3, month end
  if a[TOTAL] >= limit[5] then return 0, 4, a[TOTAL] end
  if a[CONCURRENT] >= limit[6] then return 0, 5, a[CONCURRENT] end
  if day >= limit[12] then return 1, 1, day end
  local price = take[PRICE]
  if hour_spent + price > limit[7] then return 2, 0, hour_spent end
  if day_spent + price > limit[8] then return 2, 1, day_spent end
  if week_spent + price > limit[9] then return 2, 2, week_spent end
  if month_spent + price > limit[10] then return 2, 3, month_spent end
  if a[SPENT] + price > limit[11] then return 2, 4, a[SPENT] end
  if take[PREPAID] == 1 and a[BALANCE] < price then return 3, 0, a[BALANCE] end
  if limit[13] < a[REST] then return 4, a[CAUSE], a[REST] end
  return nil
end

-- Reads the limits of the next account: nil if it has none.
local function next_limit(limits, place)
  if string.byte(limits, place) == 0 then return nil, place + 1 end
  local limit = {struct.unpack(LIMIT, limits, place + 1)}
  return limit, limit[LIMIT_NEXT]
end

-- Holds ------------------------------------------------------------------------------------------

-- Reads what a hold takes: accounts, persons, decision, and time.
local function contents(text, from)
  local takes, marks = {}, {}
  local count, place = string.byte(text, from), from + 1
  for n = 1, count do
    local take = {struct.unpack(TAKE, text, place)}
    takes[n], place = take, take[NEXT]
  end
  count, place = string.byte(text, place), place + 1
  for n = 1, count do
    local mark = {}
    mark.key, mark.window, place = struct.unpack('<Bc0d', text, place)
    marks[n] = mark
  end
  local by, at = struct.unpack('<Bc0d', text, place)
  return {takes = takes, marks = marks, by = by, at = at}
end

-- Returns when another decision sold, or began to sell, a person.
local function taken(k, asked)
  for _, mark in ipairs(asked.marks) do
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
  redis.call('SET', k.sold .. key, text, 'PX', string.format('%.0f', kept))
end

local function publish_sold(k, sold)
  if #sold > 0 then redis.call('PUBLISH', k.channel, 's' .. table.concat(sold)) end
end

local function sold_text(key, window, at)
  return struct.pack('<Bc0dd', #key, key, window, at)
end

local function close(k, touched, id, stage, asked, state, unbilled)
  load(k, touched, asked.takes)
  for _, take in ipairs(asked.takes) do
    local a = touched[take[NAME_OF]]
    if stage == HELD then
      add(a, take, -1, -take[PRICE])
    else
      if unbilled then add(a, take, 0, -take[PRICE]) end
      a[CONCURRENT] = math.max(0, a[CONCURRENT] - 1)
    end
  end
  for _, mark in ipairs(asked.marks) do free_mark(k, mark) end
  redis.call('HSET', k.holds, id, state)
  redis.call('ZREM', k.due, id)
  if redis.call('LPUSH', k.closed, id) > CLOSED_KEPT then
    local oldest = redis.call('RPOP', k.closed)
    -- Unless it was opened again.
    if redis.call('HSTRLEN', k.holds, oldest) == 1 then redis.call('HDEL', k.holds, oldest) end
  end
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
  local ids = redis.call('ZRANGEBYSCORE', k.due, '-inf', string.format('%.0f', now), 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local hold = open_hold(k, id)
    if hold then
      local stage = string.sub(hold, 1, 1)
      close(k, touched, id, stage, contents(hold, 2), stage == HELD and EXPIRED or ENDED, false)
    else
      redis.call('ZREM', k.due, id)
    end
  end
  return ids
end

local function open(k, id, stage, text, expires)
  redis.call('HSET', k.holds, id, stage .. text)
  redis.call('ZADD', k.due, string.format('%.0f', expires), id)
end

-- Checks a reservation: nil, or its refusal.
local function check(k, touched, asked, limits)
  local at = taken(k, asked)
  if at then return {'dup', at} end
  local place = 1
  for n, take in ipairs(asked.takes) do
    local limit
    limit, place = next_limit(limits, place)
    if limit then
      local kind, which, used = full(touched[take[NAME_OF]], take, limit)
      if kind then return {'full', n - 1, kind, which, used} end
    end
  end
  return nil
end

local function take_all(k, touched, asked)
  for _, take in ipairs(asked.takes) do add(touched[take[NAME_OF]], take, 1, take[PRICE]) end
  for _, mark in ipairs(asked.marks) do hold_mark(k, mark, asked) end
end

-- id, now, ttl, what it takes, limits. Most calls are of this function: it reads the epoch with the
-- accounts.
local function reserve(k, args)
  local id, text, limits = args[2], args[5], args[6]
  local asked, touched, fields = contents(text, 1), {}, {EPOCH}
  for n, take in ipairs(asked.takes) do fields[n + 1] = take[NAME_OF] end
  local records = redis.call('HMGET', k.accounts, unpack(fields))
  if records[1] ~= args[1] then return {'epoch'} end
  for n = 2, #fields do touched[fields[n]] = account(records[n]) end
  local hold, state = open_hold(k, id)
  if hold then return {'open', ''} end
  if state then return {'settled', state, ''} end
  local refusal, now = check(k, touched, asked, limits), micros(args[3])
  if refusal and args[3] == '' then
    -- Units of a node that died are free as soon as somebody wants them.
    local changed = {}
    if #sweep(k, changed, now, SWEPT_BY_REFUSAL) > 0 then
      store(k, changed)
      touched = {}
      load(k, touched, asked.takes)
      refusal = check(k, touched, asked, limits)
    end
  end
  if refusal then
    refusal[#refusal + 1] = ''
    return refusal
  end
  take_all(k, touched, asked)
  open(k, id, HELD, text, now + args[4])
  return {'ok', store(k, touched)}
end

local function renew(k, args)
  local id = args[2]
  local hold, state = open_hold(k, id)
  if hold then
    local expires = micros(args[3]) + args[4]
    redis.call('ZADD', k.due, 'GT', string.format('%.0f', expires), id)
    return {'ok', ''}
  end
  if state then return {'already', state, ''} end
  return {'unknown', ''}
end

-- id, now, ttl, what it takes, limits, `all` or `concurrent`
local function reserve_again(k, args)
  local id, text, limits, units = args[2], args[5], args[6], args[7]
  if renew(k, args)[1] == 'ok' then return {'open', ''} end
  local asked, touched, over = contents(text, 1), {}, nil
  load(k, touched, asked.takes)
  local stage = HELD
  if units == 'all' then
    local place = 1
    for n, take in ipairs(asked.takes) do
      local limit
      limit, place = next_limit(limits, place)
      if limit and not over then
        local kind, which, used = full(touched[take[NAME_OF]], take, limit)
        if kind then over = {'full', n - 1, kind, which, used} end
      end
    end
    local at = taken(k, asked)
    if at and not over then over = {'dup', at} end
    take_all(k, touched, asked)
  else
    local place = 1
    for n, take in ipairs(asked.takes) do
      local limit
      limit, place = next_limit(limits, place)
      local a = touched[take[NAME_OF]]
      if limit and a[CONCURRENT] >= limit[6] and not over then
        over = {'full', n - 1, 0, 5, a[CONCURRENT]}
      end
      a[CONCURRENT] = a[CONCURRENT] + 1
    end
    -- The persons sold are remembered since the commit.
    stage, text = COMMITTED, args[8]
  end
  open(k, id, stage, text, micros(args[3]) + args[4])
  over = over or {'within'}
  over[#over + 1] = store(k, touched)
  return over
end

local function commit(k, id, hold)
  local asked, sold = contents(hold, 2), {}
  redis.call('HSET', k.holds, id, COMMITTED .. string.sub(hold, 2))
  for n, mark in ipairs(asked.marks) do
    sell(k, mark.key, mark.window, asked.at, asked.by)
    sold[n] = sold_text(mark.key, mark.window, asked.at)
  end
  publish_sold(k, sold)
  return {'ok', ''}
end

-- id, `commit`, `release`, `end` or `unbilled`
local function settle(k, args)
  local id, how = args[2], args[3]
  local hold, closed = open_hold(k, id)
  if closed then return {'already', closed, ''} end
  if not hold then return {'unknown', ''} end
  local stage = string.sub(hold, 1, 1)
  if how == 'commit' then
    if stage == COMMITTED then return {'already', COMMITTED, ''} end
    return commit(k, id, hold)
  end
  local state = RELEASED
  if stage == COMMITTED then
    if how == 'release' then return {'already', COMMITTED, ''} end
    state = ENDED
  end
  local touched = {}
  close(k, touched, id, stage, contents(hold, 2), state, how == 'unbilled')
  return {'ok', store(k, touched)}
end

-- now: closes expired holds
local function sweep_all(k, args)
  local touched = {}
  local ids = sweep(k, touched, micros(args[2]), SWEPT_MAX)
  return {'ok', ids, store(k, touched)}
end

-- id, now, ttl, what it takes, stage: opens the hold of a live call after a loss of data
local function bring(k, args)
  local id, text, stage = args[2], args[5], args[6]
  local hold = open_hold(k, id)
  if hold then
    redis.call('ZADD', k.due, 'GT', string.format('%.0f', micros(args[3]) + args[4]), id)
    if stage == COMMITTED and string.sub(hold, 1, 1) == HELD then return commit(k, id, hold) end
    return {'ok', ''}
  end
  local asked, touched = contents(text, 1), {}
  load(k, touched, asked.takes)
  take_all(k, touched, asked)
  open(k, id, HELD, text, micros(args[3]) + args[4])
  if stage == COMMITTED then commit(k, id, HELD .. text) end
  return {'ok', store(k, touched)}
end

-- what a hold takes: gives the price back of a call that ended while its hold was lost
local function pay_back(k, args)
  local asked, touched = contents(args[2], 1), {}
  load(k, touched, asked.takes)
  for _, take in ipairs(asked.takes) do add(touched[take[NAME_OF]], take, 0, -take[PRICE]) end
  return {'ok', store(k, touched)}
end

-- Counters ---------------------------------------------------------------------------------------

-- Returns the numbers with units and micros of a window's period, and their places.
local function counter(a, window, period)
  if window == 4 then return a, TOTAL, SPENT end
  local numbers, place = slot(a, HOUR + 3 * window, period)
  return numbers, place, place and place + 1
end

-- name, window, period, units, micros, and so on
local function raise(k, args)
  local touched = {}
  for n = 2, #args, 5 do
    local a = one(k, touched, args[n])
    local numbers, units, spent = counter(a, tonumber(args[n + 1]), tonumber(args[n + 2]))
    if numbers then
      numbers[units] = math.max(numbers[units], tonumber(args[n + 3]))
      numbers[spent] = math.max(numbers[spent], tonumber(args[n + 4]))
    end
  end
  return {'ok', store(k, touched)}
end

-- number of the event, then name, window, period, units, micros, and so on: once for each number
local function correct(k, args)
  local number = tonumber(args[2])
  if number <= tonumber(redis.call('HGET', k.applied, 'postings') or 0) then return {'ok', ''} end
  local touched = {}
  for n = 3, #args, 5 do
    local a = one(k, touched, args[n])
    local numbers, units, spent = counter(a, tonumber(args[n + 1]), tonumber(args[n + 2]))
    if numbers then
      numbers[units] = math.max(0, numbers[units] + tonumber(args[n + 3]))
      numbers[spent] = numbers[spent] + tonumber(args[n + 4])
    end
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
  if a[REST] >= ends then return {'ok', ''} end
  a[REST], a[CAUSE] = ends, tonumber(args[4])
  return {'ok', store(k, touched)}
end

local function resume(k, args)
  local touched = {}
  local a = one(k, touched, args[2])
  if a[REST] > tonumber(args[3]) then return {'ok', ''} end
  redis.call('HDEL', k.unanswered, args[2])
  if a[REST] == 0 then return {'ok', ''} end
  a[REST], a[CAUSE] = 0, 0
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
  if a[REST] < ends then
    a[REST], a[CAUSE] = ends, 0
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

-- node, run id of the server, time of the lock in ms, id of a new epoch. Returns the epoch if its
-- counters are complete; else the node leads the rebuilding, or waits for the node that does.
local function join(k, args)
  local node, run, ttl, new = args[2], args[3], args[4], args[5]
  local epoch = redis.call('HGET', k.accounts, EPOCH) or ''
  if string.sub(epoch, 1, 6) == 'ready:' and string.sub(epoch, -#run) == run then
    return {'ready', epoch}
  end
  if not redis.call('SET', k.lock, node, 'NX', 'PX', ttl) then return {'wait', epoch} end
  redis.call('UNLINK', k.accounts, k.holds, k.due, k.closed, k.held, k.unanswered,
    k.applied, k.live, k.joined)
  epoch = 'rebuilding:' .. new
  redis.call('HSET', k.accounts, EPOCH, epoch)
  redis.call('PUBLISH', k.channel, 'b')
  return {'lead', epoch}
end

-- node, then holds of its live calls: id, stage with what it takes, and so on
local function contribute_part(k, args)
  if #args > 2 then redis.call('RPUSH', k.live, unpack(args, 3)) end
  return {'ok', ''}
end

-- the same for the last of them
local function contribute(k, args)
  contribute_part(k, args)
  redis.call('SADD', k.joined, args[2])
  redis.call('PUBLISH', k.channel, 'b')
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
  redis.call('PUBLISH', k.channel, 'b')
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
