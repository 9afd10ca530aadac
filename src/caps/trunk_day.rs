//! What trunks with limits carry on one day: calls, connected time, and cost, by number.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jiff::civil::Date;

use crate::base::DialPrefix;
use crate::base::Phone;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::book::Trunk;

/// What is carried on the current day of each trunk. The numbers are those of the book, which bounds
/// their count.
#[derive(Debug, Clone, Default)]
pub struct TrunkDays {
    trunks: HashMap<TrunkId, TrunkDay>,
}

/// What a trunk carries on one day.
#[derive(Debug, Clone)]
struct TrunkDay {
    date: Date,
    numbers: HashMap<Phone, Carried>,
}

/// What is carried to a number, or to several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// Calls that were dialed.
    pub calls: u64,
    /// Connected time of calls that ended, in milliseconds.
    pub talk_ms: u64,
    /// Its cost, in micros.
    pub micros: i64,
}

/// A limit that refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFull {
    /// The trunk.
    pub trunk: TrunkId,
    /// The prefix whose limit it is; `None` for the trunk's own.
    pub prefix: Option<DialPrefix>,
    /// What is used up.
    pub limit: DayLimit,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayLimit {
    /// Calls that are dialed.
    Calls,
    /// Connected minutes.
    Minutes,
    /// Cost.
    Cost,
}

impl DayLimit {
    /// Returns the key of the limit in the book.
    pub const fn name(self) -> &'static str {
        match self {
            DayLimit::Calls => "calls",
            DayLimit::Minutes => "minutes",
            DayLimit::Cost => "cost",
        }
    }
}

/// `calls of trunk carrier for +44`.
impl fmt::Display for DayFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DayFull { trunk, prefix, limit } = self;
        write!(f, "{} of trunk {trunk}", limit.name())?;
        prefix.as_ref().map_or(Ok(()), |prefix| write!(f, " for {prefix}"))
    }
}

impl TrunkDays {
    /// Counts a call that is dialed to a number, unless a limit of the trunk's day is reached.
    ///
    /// # Errors
    /// [`DayFull`]: the first limit that is reached; nothing is counted.
    pub fn dial(&mut self, trunk: &Trunk, number: &Phone, now: Wall) -> Result<(), DayFull> {
        let day = self.today(trunk, now);
        for (prefix, limits) in trunk.limits() {
            let covered = |number: &Phone| prefix.is_none_or(|own| own.covers(number.e164()));
            if !covered(number) {
                continue;
            }
            let used = day.used(covered);
            let full = |limit| {
                let (trunk, prefix) = (trunk.id.clone(), prefix.cloned());
                Err(DayFull { trunk, prefix, limit })
            };
            if limits.calls.is_some_and(|most| used.calls >= most) {
                return full(DayLimit::Calls);
            }
            if limits.minutes.is_some_and(|most| used.talk_ms >= most.saturating_mul(60_000)) {
                return full(DayLimit::Minutes);
            }
            if limits.cost.is_some_and(|most| used.micros >= most.micros()) {
                return full(DayLimit::Cost);
            }
        }
        day.of(number).calls += 1;
        Ok(())
    }

    /// Takes back a call that was counted at `at` and is not dialed after all.
    pub fn not_dialed(&mut self, trunk: &Trunk, number: &Phone, at: Wall) {
        let Some(day) = self.trunks.get_mut(&trunk.id) else { return };
        if day.date == date(trunk, at) {
            let own = day.of(number);
            own.calls = own.calls.saturating_sub(1);
        }
    }

    /// Adds the connected time and the cost of a call that has ended to the day of its end.
    pub fn ended(&mut self, trunk: &Trunk, number: &Phone, talk: Duration, micros: i64, now: Wall) {
        let own = self.today(trunk, now).of(number);
        let millis = u64::try_from(talk.as_millis()).unwrap_or(u64::MAX);
        own.talk_ms = own.talk_ms.saturating_add(millis);
        own.micros = own.micros.saturating_add(micros);
    }

    /// Replaces what a number has of the current day by what is stored.
    pub fn restore(&mut self, trunk: &Trunk, number: &Phone, carried: Carried, now: Wall) {
        *self.today(trunk, now).of(number) = carried;
    }

    /// Returns the trunk's current day; a new one is empty. An instant of an earlier day, which a
    /// clock that was set back shows, counts as the current one.
    fn today(&mut self, trunk: &Trunk, now: Wall) -> &mut TrunkDay {
        let today = date(trunk, now);
        let empty = || TrunkDay { date: today, numbers: HashMap::new() };
        let day = self.trunks.entry(trunk.id.clone()).or_insert_with(empty);
        if day.date < today {
            *day = empty();
        }
        day
    }
}

impl TrunkDay {
    fn of(&mut self, number: &Phone) -> &mut Carried {
        self.numbers.entry(number.clone()).or_default()
    }

    /// Returns the sums over numbers.
    fn used(&self, covered: impl Fn(&Phone) -> bool) -> Carried {
        let own = self.numbers.iter().filter(|(number, _)| covered(number));
        own.fold(Carried::default(), |sum, (_, one)| Carried {
            calls: sum.calls.saturating_add(one.calls),
            talk_ms: sum.talk_ms.saturating_add(one.talk_ms),
            micros: sum.micros.saturating_add(one.micros),
        })
    }
}

/// Returns the trunk's date at an instant.
fn date(trunk: &Trunk, at: Wall) -> Date {
    at.timestamp().to_zoned(trunk.timezone.clone()).date()
}

/// Returns the begin of the trunk's day at an instant; the instant itself if no calendar has it.
pub fn day_begin(trunk: &Trunk, at: Wall) -> Wall {
    let zoned = at.timestamp().to_zoned(trunk.timezone.clone());
    zoned.start_of_day().map_or(at, |begin| Wall::from_micros(begin.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book;
    use crate::book::Book;

    const UK: &str = "+442079460018";
    const UK_MOBILE: &str = "+447700900123";
    const US: &str = "+13055550123";

    fn book(keys: &str) -> Book {
        let text = format!("[[trunk]]\nid = \"t\"\noutbound = \"sip:203.0.113.1\"\n{keys}");
        let (book, faults) = book::parse("b", &text);
        book.unwrap_or_else(|| panic!("{faults:?}"))
    }

    fn at(text: &str) -> Wall {
        text.parse().unwrap()
    }

    fn phone(number: &str) -> Phone {
        number.parse().unwrap()
    }

    /// Dials numbers, `number` or `number:seconds` for a call that ends at once after so long.
    /// Returns what refuses each, `-` for nothing.
    fn dialed(keys: &str, calls: &str) -> String {
        let book = book(keys);
        let (trunk, now) = (&book.trunks[0], at("2026-05-04T12:00:00Z"));
        let mut days = TrunkDays::default();
        let mut shown = Vec::new();
        for call in calls.split(' ') {
            let (number, seconds) = call.split_once(':').unwrap_or((call, "0"));
            let number = phone(number);
            match days.dial(trunk, &number, now) {
                Ok(()) => {
                    let talk = Duration::from_secs(seconds.parse().unwrap());
                    days.ended(trunk, &number, talk, trunk.cost(&number, talk), now);
                    shown.push("-".to_owned());
                }
                Err(full) => shown.push(full.to_string()),
            }
        }
        shown.join(", ")
    }

    #[test]
    fn what_is_reached_refuses_the_next_call() {
        let rate = "rate = { amount = \"0.60\", currency = \"USD\" }\n";
        for (keys, calls, expected) in [
            ("day = { calls = 0 }", US.to_owned(), "calls of trunk t"),
            ("day = { calls = 2 }", format!("{US} {UK} {US}"), "-, -, calls of trunk t"),
            (
                "day = { minutes = 2 }",
                format!("{US}:60 {UK}:59 {US}:1 {US}"),
                "-, -, -, minutes of trunk t",
            ),
            (
                &format!("{rate}day = {{ cost = {{ amount = \"1.20\", currency = \"USD\" }} }}"),
                format!("{US}:60 {US}:59 {US}:1 {US}"),
                "-, -, -, cost of trunk t",
            ),
            (
                "prefixes = [{ prefix = \"+44\", day = { calls = 1 } }]",
                format!("{US} {US} {UK} {UK_MOBILE} {US}"),
                "-, -, -, calls of trunk t for +44, -",
            ),
            (
                "day = { calls = 3 }\nprefixes = [{ prefix = \"+44\", day = { calls = 2 } }, \
                 { prefix = \"+447\", day = { calls = 1 } }]",
                format!("{UK_MOBILE} {UK_MOBILE} {UK} {UK} {US} {US}"),
                "-, calls of trunk t for +447, -, calls of trunk t for +44, -, calls of trunk t",
            ),
            ("", format!("{US}:9999 {US}"), "-, -"),
        ] {
            assert_eq!(dialed(keys, &calls), expected, "{keys}: {calls}");
        }
    }

    /// Calls that ring at once: each is counted when it is dialed, before any of them ends.
    #[test]
    fn calls_that_ring_together_never_exceed_the_limit() {
        let book = book("day = { calls = 10 }");
        let (trunk, now) = (&book.trunks[0], at("2026-05-04T12:00:00Z"));
        let days = std::sync::Mutex::new(TrunkDays::default());
        let dial = || days.lock().unwrap().dial(trunk, &phone(US), now).is_ok();
        let begun = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..5).filter(|_| dial()).count())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(begun, 10);
        days.lock().unwrap().not_dialed(trunk, &phone(US), now);
        assert_eq!((0..3).filter(|_| dial()).count(), 1, "one was not dialed after all");
    }

    /// A day ends at midnight of the trunk's zone, also on a day of 23 or 25 hours.
    #[test]
    fn the_day_ends_at_midnight_of_the_trunks_zone() {
        for (zone, last, first, begin) in [
            ("UTC", "2026-05-04T23:59:59.999999Z", "2026-05-05T00:00:00Z", "2026-05-04T00:00:00Z"),
            (
                "America/New_York",
                "2026-05-05T03:59:59.999999Z",
                "2026-05-05T04:00:00Z",
                "2026-05-04T04:00:00Z",
            ),
            (
                "America/New_York",
                "2026-03-09T03:59:59Z",
                "2026-03-09T04:00:00Z",
                "2026-03-08T05:00:00Z",
            ),
            (
                "America/New_York",
                "2026-11-02T04:59:59Z",
                "2026-11-02T05:00:00Z",
                "2026-11-01T04:00:00Z",
            ),
        ] {
            let book = book(&format!("timezone = \"{zone}\"\nday = {{ calls = 1, minutes = 1 }}"));
            let trunk = &book.trunks[0];
            let (us, mut days) = (phone(US), TrunkDays::default());
            assert_eq!(day_begin(trunk, at(last)), at(begin), "{zone}");
            assert!(days.dial(trunk, &us, at(begin)).is_ok(), "{zone}");
            assert!(days.dial(trunk, &us, at(last)).is_err(), "{zone} {last}");
            assert!(days.dial(trunk, &us, at(first)).is_ok(), "{zone} {first}");
            // A call of the day before that ends now counts its minutes today, and is not undone.
            days.not_dialed(trunk, &us, at(last));
            days.ended(trunk, &us, Duration::from_secs(60), 0, at(first));
            let full = days.dial(trunk, &us, at(first)).unwrap_err();
            assert_eq!(full.limit, DayLimit::Calls, "{zone}");
            // A clock that was set back begins no new day.
            assert!(days.dial(trunk, &us, at(last)).is_err(), "{zone}");
        }
    }
}
