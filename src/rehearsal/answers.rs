//! Answers of random callers: values that the book's filters distinguish, and others.

use std::collections::BTreeMap;

use crate::base::FieldName;
use crate::base::Phone;
use crate::base::Rng;
use crate::book::AreaCode;
use crate::book::Book;
use crate::book::Contract;
use crate::book::Decimal;
use crate::book::FieldTest;
use crate::book::UsState;
use crate::book::Zip;
use crate::flow::Check;
use crate::flow::Gather;

/// Maximum number of values that are kept for one field of a book, and for one contract's list.
const VALUES_MAX: usize = 2_000;
const LISTED_MAX: usize = 50;
/// Number of random attempts to match a pattern.
const TRIES_MAX: usize = 400;
/// Maximum length of a random answer to a pattern, in keys.
const PATTERN_KEYS_MAX: u64 = 10;
const MILLIONTHS: i64 = 1_000_000;

/// Answers that callers may give.
#[derive(Debug)]
pub(super) struct Answers {
    /// Values that the filters mention, by field; for numbers also the values just outside.
    mentioned: BTreeMap<FieldName, Vec<String>>,
    zips: Vec<Zip>,
    area_codes: Vec<AreaCode>,
    by_state: BTreeMap<UsState, Vec<Zip>>,
    states: Vec<UsState>,
}

impl Answers {
    /// Collects the answers of a book's callers; without a book, any valid answer.
    pub(super) fn of(book: Option<&Book>) -> Self {
        let zips: Vec<Zip> = Zip::all().collect();
        let mut by_state: BTreeMap<UsState, Vec<Zip>> = BTreeMap::new();
        for zip in &zips {
            if let Some(state) = zip.state() {
                by_state.entry(state).or_default().push(*zip);
            }
        }
        let codes = (200..1_000).filter_map(|code: u32| code.to_string().parse().ok());
        let mut answers = Self {
            mentioned: BTreeMap::new(),
            zips,
            area_codes: codes.filter(|code: &AreaCode| code.state().is_some()).collect(),
            by_state,
            states: Vec::new(),
        };
        for contract in book.iter().flat_map(|book| &book.contracts) {
            answers.mention(contract);
        }
        answers
    }

    /// Returns a value of a field that is not typed: one that the book mentions, else a number.
    pub(super) fn value(&self, field: &FieldName, rng: &mut Rng) -> String {
        let mentioned = self.mentioned.get(field).map(Vec::as_slice).unwrap_or_default();
        match (chosen(mentioned, rng), field.as_str()) {
            (Some(value), _) => value.clone(),
            (None, "zip") => chosen(&self.zips, rng).map(Zip::to_string).unwrap_or_default(),
            (None, _) => rng.below(100).to_string(),
        }
    }

    fn mention(&mut self, contract: &Contract) {
        let filters = &contract.filters;
        for zip in filters.zips.iter().take(LISTED_MAX) {
            self.add("zip", zip.to_string());
        }
        if let Some(radius) = &filters.radius {
            self.add("zip", radius.zip.to_string());
            radius.zips().iter().step_by(7).take(LISTED_MAX).for_each(|zip| {
                self.add("zip", zip.to_string());
            });
        }
        for state in &filters.states {
            self.add("state", state.to_string());
            if !self.states.contains(state) {
                self.states.push(*state);
            }
        }
        for code in &filters.area_codes {
            self.add("area_code", code.to_string());
        }
        for rule in &filters.fields {
            for test in &rule.tests {
                self.mention_test(rule.field.as_str(), test);
            }
        }
    }

    fn mention_test(&mut self, field: &str, test: &FieldTest) {
        match test {
            FieldTest::Equals(value) => self.add(field, value.clone()),
            FieldTest::OneOf(values) => {
                values.iter().take(LISTED_MAX).for_each(|value| self.add(field, value.clone()));
            }
            FieldTest::Min(edge) | FieldTest::Max(edge) => {
                for step in [-MILLIONTHS, 0, MILLIONTHS] {
                    let near = Decimal::from_micros(edge.micros().saturating_add(step));
                    self.add(field, near.to_string());
                }
            }
            FieldTest::Matches(_) | FieldTest::Present => {}
        }
    }

    fn add(&mut self, field: &str, value: String) {
        let Ok(field) = field.parse() else { return };
        let values = self.mentioned.entry(field).or_default();
        if values.len() < VALUES_MAX && !values.contains(&value) {
            values.push(value);
        }
    }

    /// Returns keys that answer a question; `None` when no valid ones were found.
    pub(super) fn answer(&self, gather: &Gather, rng: &mut Rng) -> Option<String> {
        let typed = self.attempt(gather, rng)?;
        gather.judge(&typed)?;
        Some(ended(gather, typed))
    }

    fn attempt(&self, gather: &Gather, rng: &mut Rng) -> Option<String> {
        let checked =
            gather.check.as_ref().filter(|_| gather.choices.is_empty() || rng.chance(1, 2));
        let choice = chosen(&gather.choices, rng).map(|choice| choice.digits.clone());
        match (checked, choice) {
            (None, Some(digits)) => Some(digits),
            (None, None) => {
                let keys = gather.digits.and_then(|keys| u64::try_from(keys).ok());
                Some(digits(keys.unwrap_or_else(|| 1 + rng.below(6)), rng))
            }
            (Some(check), _) => self.valid(gather, check, rng),
        }
    }

    /// Returns a valid answer: with a chance of one in two a value that the book mentions.
    fn valid(&self, gather: &Gather, check: &Check, rng: &mut Rng) -> Option<String> {
        let field = gather.field.as_ref().map_or("", FieldName::as_str);
        let known = self.mentioned.get(field).map_or(&[][..], Vec::as_slice);
        if rng.chance(1, 2) {
            let states = if field == "zip" { self.states.as_slice() } else { &[] };
            let place = rng.below(u64::try_from(known.len() + states.len()).unwrap_or(0));
            let place = usize::try_from(place).unwrap_or(0);
            let typed = match (known.get(place), states.get(place.saturating_sub(known.len()))) {
                (Some(value), _) => typed(check, value),
                (None, Some(state)) => self.zip_in(*state, rng),
                (None, None) => None,
            };
            if let Some(typed) = typed.filter(|typed| gather.judge(typed).is_some()) {
                return Some(typed);
            }
        }
        match check {
            Check::UsZip => chosen(&self.zips, rng).map(Zip::to_string),
            Check::Phone => self.phone(rng).map(|phone| national(&phone)),
            Check::Date => Some(format!(
                "{:02}{:02}{}",
                1 + rng.below(12),
                1 + rng.below(28),
                1940 + rng.below(86)
            )),
            Check::Age => Some((18 + rng.below(73)).to_string()),
            Check::Money => Some((100 * (1 + rng.below(500))).to_string()),
            Check::Pattern(_) => by_chance(gather, rng),
        }
    }

    fn zip_in(&self, state: UsState, rng: &mut Rng) -> Option<String> {
        chosen(self.by_state.get(&state)?, rng).map(Zip::to_string)
    }

    /// Returns a caller's number: one in four from an area code that the book mentions, the others
    /// from anywhere.
    pub(super) fn phone(&self, rng: &mut Rng) -> Option<Phone> {
        let named = self.mentioned.get("area_code").filter(|_| rng.chance(1, 4));
        let code = match named.and_then(|codes| chosen(codes, rng)) {
            Some(code) => code.clone(),
            None => chosen(&self.area_codes, rng)?.to_string(),
        };
        format!("+1{code}555{:04}", 100 + rng.below(100)).parse().ok()
    }
}

/// Returns keys that are probably not an answer: as many as an answer has, or one too few.
pub(super) fn mistyped(gather: &Gather, rng: &mut Rng) -> String {
    let likely = gather.digits.or_else(|| gather.choices.first().map(|c| c.digits.len()));
    let keys = likely.and_then(|keys| u64::try_from(keys).ok()).unwrap_or(3);
    let keys = if keys > 1 && rng.chance(1, 2) { keys - 1 } else { keys };
    ended(gather, digits(keys, rng))
}

/// Adds the finish key, if the question has one.
fn ended(gather: &Gather, typed: String) -> String {
    match gather.finish {
        Some(finish) if !gather.is_complete(&typed) => format!("{typed}{finish}"),
        Some(_) | None => typed,
    }
}

/// Returns the keys for a field's value; `None` when no keys give it.
fn typed(check: &Check, value: &str) -> Option<String> {
    let typed = match check {
        Check::UsZip | Check::Age | Check::Pattern(_) => value.to_owned(),
        Check::Money => value.replace('.', "*"),
        Check::Phone => national(&value.parse().ok()?),
        Check::Date => match value.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] => format!("{month}{day}{year}"),
            [..] => return None,
        },
    };
    let keys = |c: char| c.is_ascii_digit() || c == '*' || c == '#';
    typed.chars().all(keys).then_some(typed)
}

fn national(phone: &Phone) -> String {
    phone.e164().trim_start_matches("+1").trim_start_matches('+').to_owned()
}

fn by_chance(gather: &Gather, rng: &mut Rng) -> Option<String> {
    (0..TRIES_MAX).find_map(|_| {
        let keys = gather.digits.and_then(|keys| u64::try_from(keys).ok());
        let typed = digits(keys.unwrap_or_else(|| 1 + rng.below(PATTERN_KEYS_MAX)), rng);
        gather.judge(&typed).map(|_| typed)
    })
}

fn digits(count: u64, rng: &mut Rng) -> String {
    (0..count).map(|_| rng.below(10).to_string()).collect()
}

fn chosen<'a, T>(list: &'a [T], rng: &mut Rng) -> Option<&'a T> {
    let place = rng.below(u64::try_from(list.len()).unwrap_or(0));
    list.get(usize::try_from(place).ok()?)
}
