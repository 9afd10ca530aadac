//! Rules on one field, as rows: a number falls into one of the elementary intervals between the
//! limits of the contracts; a text is looked up among the texts that they name.

use crate::base::FieldName;
use crate::book::Decimal;
use crate::book::FieldRule;
use crate::book::FieldTest;

use super::planes::Planes;
use super::planes::Stage;
use super::row::Attribute;
use super::row::BITS;
use super::row::Named;
use super::row::Row;
use super::row::Rows;
use crate::routing::facts::Facts;

/// Maximum words of one field's rows; further rules are evaluated one by one.
const WORDS_MAX: usize = 1 << 18;

/// The rows of one field.
#[derive(Debug)]
pub(super) struct Field {
    name: FieldName,
    /// Contracts with a rule on the field: it must be known.
    needed: Row,
    /// Contracts that require a value that is not empty.
    present: Row,
    numbers: Option<Numbers>,
    texts: Option<Attribute<String>>,
}

/// Contracts that reject a number: one row for each limit, one for each gap around the limits.
#[derive(Debug)]
struct Numbers {
    limits: Vec<Decimal>,
    fails: Rows,
    /// Contracts that require a number.
    wanted: Row,
}

impl Field {
    /// Compiles the rules on a field. Leaves in `rest`, by contract, the rules that do not fit into
    /// rows.
    pub(super) fn build(
        name: &FieldName,
        rules: &[Vec<FieldRule>],
        rest: &mut [Vec<FieldRule>],
    ) -> Self {
        let slots = rules.len();
        let on = |slot: usize| {
            let own = rules.get(slot).into_iter().flatten();
            own.filter(|rule| rule.field == *name).flat_map(|rule| &rule.tests)
        };
        let has = |slot: usize, wanted: fn(&FieldTest) -> bool| on(slot).any(wanted);
        let mut field = Self {
            name: name.clone(),
            needed: Row::of(slots, |slot| has(slot, |_| true)),
            present: Row::of(slots, |slot| has(slot, |test| matches!(test, FieldTest::Present))),
            numbers: None,
            texts: None,
        };
        let mut left = |slot: usize, test: &FieldTest| {
            let rule = FieldRule { field: name.clone(), tests: vec![test.clone()] };
            rest.get_mut(slot).into_iter().for_each(|rest| rest.push(rule.clone()));
        };
        let numbers = Numbers::build(slots, |slot| {
            on(slot).filter(|test| matches!(test, FieldTest::Min(_) | FieldTest::Max(_)))
        });
        let mut texts: Vec<Option<&[String]>> = vec![None; slots];
        for (slot, text) in texts.iter_mut().enumerate() {
            for test in on(slot) {
                let list = match test {
                    FieldTest::Equals(text) => Some(std::slice::from_ref(text)),
                    FieldTest::OneOf(texts) => Some(texts.as_slice()),
                    FieldTest::Min(_) | FieldTest::Max(_) => {
                        if numbers.is_none() {
                            left(slot, test);
                        }
                        None
                    }
                    FieldTest::Matches(_) => {
                        left(slot, test);
                        None
                    }
                    FieldTest::Present => None,
                };
                match (list, *text) {
                    (Some(_), Some(_)) => left(slot, test),
                    (Some(list), None) => *text = Some(list),
                    (None, _) => {}
                }
            }
        }
        let named: usize = texts.iter().flatten().map(|list| list.len()).sum();
        if named * slots.div_ceil(BITS) <= WORDS_MAX {
            let named: Vec<Named<'_, String>> =
                texts.iter().map(|list| list.map_or(Named::Any, Named::In)).collect();
            field.texts = Some(Attribute::build(&named)).filter(Attribute::is_named);
        } else {
            for (slot, list) in texts.iter().enumerate() {
                if let Some(list) = list {
                    left(slot, &FieldTest::OneOf(list.to_vec()));
                }
            }
        }
        field.numbers = numbers.filter(|numbers| !numbers.limits.is_empty());
        field
    }

    /// Drops the contracts with a rule that the field's value fails.
    pub(super) fn sweep(&self, planes: &mut Planes, known: &Facts) {
        let Some(value) = known.value(self.name.as_str()) else {
            planes.drop(Stage::Field, self.needed.words());
            return;
        };
        if value.is_empty() && !self.present.is_empty() {
            planes.drop(Stage::Field, self.present.words());
        }
        if let Some(numbers) = &self.numbers {
            planes.drop(Stage::Field, numbers.fails(value));
        }
        if let Some(texts) = &self.texts {
            planes.keep(Stage::Field, texts.row(Some(value)));
        }
    }
}

impl Numbers {
    /// Builds the rows; `None` when there are too many limits.
    fn build<'r, I: Iterator<Item = &'r FieldTest>>(
        slots: usize,
        on: impl Fn(usize) -> I,
    ) -> Option<Self> {
        let limit = |test: &FieldTest| match test {
            FieldTest::Min(limit) | FieldTest::Max(limit) => Some(*limit),
            FieldTest::Equals(_)
            | FieldTest::OneOf(_)
            | FieldTest::Matches(_)
            | FieldTest::Present => None,
        };
        let mut limits: Vec<Decimal> =
            (0..slots).flat_map(|slot| on(slot).filter_map(limit)).collect();
        limits.sort_unstable();
        limits.dedup();
        if (2 * limits.len() + 1) * slots.div_ceil(BITS) > WORDS_MAX {
            return None;
        }
        // Interval 2n is the gap below limit n; 2n + 1 is the limit itself.
        let place = |limit: &Decimal| limits.binary_search(limit).map_or(0, |n| 2 * n + 1);
        let mut fails = Rows::new(slots);
        let none = Row::none(slots);
        (0..=2 * limits.len()).for_each(|_| fails.push(none.words()));
        for slot in 0..slots {
            for test in on(slot) {
                let out = match test {
                    FieldTest::Min(min) => 0..place(min),
                    FieldTest::Max(max) => place(max) + 1..2 * limits.len() + 1,
                    FieldTest::Equals(_)
                    | FieldTest::OneOf(_)
                    | FieldTest::Matches(_)
                    | FieldTest::Present => continue,
                };
                out.for_each(|interval| fails.set(interval, slot, true));
            }
        }
        let wanted = Row::of(slots, |slot| on(slot).next().is_some());
        Some(Self { limits, fails, wanted })
    }

    /// Returns the contracts that reject a value.
    fn fails(&self, value: &str) -> &[u64] {
        // Check for digits first: formatting the parse error of a non-number would cost time.
        let digits = value.bytes().any(|byte| byte.is_ascii_digit());
        let number = if digits { value.parse::<Decimal>().ok() } else { None };
        let Some(number) = number else { return self.wanted.words() };
        let interval = match self.limits.binary_search(&number) {
            Ok(n) => 2 * n + 1,
            Err(n) => 2 * n,
        };
        self.fails.at(interval)
    }
}
