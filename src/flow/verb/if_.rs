//! `<If>`: goes to a step when its tests hold.

mod hours;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use roxmltree::Attribute;
use roxmltree::Node;

use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Now;
use crate::base::SourceId;
use crate::base::parse_duration;
use crate::flow::Facts;
use crate::flow::Goto;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;
use crate::flow::turn::Then;
use crate::flow::turn::Turn;

pub use hours::Hours;

/// Maximum pool size in a test.
const POOL_MAX: u32 = 100_000;
/// Maximum number of values in a list.
const VALUES_MAX: usize = 100;
/// Field with the carrier's attestation of the caller's number.
const ATTESTATION: &str = "attestation";
/// Bounds of the time that `repeatWithin` looks back.
const REPEAT_MIN: Duration = Duration::from_secs(60);
const REPEAT_MAX: Duration = Duration::from_secs(400 * 86_400);
/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "field",
    "equals",
    "in",
    "present",
    "min",
    "max",
    "poolAtLeast",
    "poolAtMost",
    "schedule",
    "timezone",
    "holidays",
    "source",
    "repeatWithin",
    "attestation",
    "goto",
    "else",
];

/// Goes to a step when every test holds, else to another step or the verb below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct If {
    /// Tests that must hold; at least one.
    pub tests: Vec<Test>,
    /// Step when all tests hold.
    pub then: Goto,
    /// Step otherwise; the verb below when absent.
    pub otherwise: Option<Goto>,
}

/// A test. Without a value of its field, only `Present` with `false` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The field equals one of these values exactly.
    OneOf {
        /// Name of the field.
        field: FieldName,
        /// Allowed values.
        values: Vec<String>,
    },
    /// The field is a number from `min` to `max`, both included.
    Range {
        /// Name of the field.
        field: FieldName,
        /// Minimum.
        min: Option<Decimal>,
        /// Maximum.
        max: Option<Decimal>,
    },
    /// The field has a value that is not empty, or has none.
    Present {
        /// Name of the field.
        field: FieldName,
        /// Whether it must have a value.
        wanted: bool,
    },
    /// The number of contracts that can take the call now is in this range, both ends included.
    Pool {
        /// Minimum.
        at_least: Option<usize>,
        /// Maximum.
        at_most: Option<usize>,
    },
    /// The current time is within these hours.
    Open(Hours),
    /// One of these sources sent the call.
    Source(Vec<SourceId>),
    /// This caller has called before within this time. A caller without a number has not.
    Repeat {
        /// Maximum time since the last call.
        within: Duration,
    },
    /// The carrier attests the caller's number at one of these levels (`A`, `B`, `C`): the field
    /// `attestation`.
    Attestation(Vec<String>),
}

impl If {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<If> {
        reader.attributes(node, ATTRIBUTES);
        reader.children(node, &[]);
        let then = reader.required_goto(node, "goto");
        let otherwise = reader.goto(node, "else");
        let mut tests = field_tests(node, reader);
        tests.extend(pool_test(node, reader));
        tests.extend(Hours::read(node, reader).map(Test::Open));
        tests.extend(source_test(node, reader));
        tests.extend(repeat_test(node, reader));
        tests.extend(attestation_test(node, reader));
        let tested = |name: &&str| *name != "goto" && *name != "else";
        if !ATTRIBUTES.iter().filter(|name| tested(name)).any(|name| node.has_attribute(*name)) {
            let fault = Fault::new(node.range().start, "<If> tests nothing");
            reader.error(fault.hint(
                "give it field with equals, in, present, min or max; or poolAtLeast, poolAtMost, \
                 schedule, source, repeatWithin, attestation",
            ));
        }
        Some(If { tests, then: then?, otherwise })
    }

    /// Returns the fields that are tested.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldName> {
        self.tests.iter().filter_map(|test| match test {
            Test::OneOf { field, .. } | Test::Range { field, .. } | Test::Present { field, .. } => {
                Some(field)
            }
            Test::Pool { .. } | Test::Open(_) | Test::Source(_) => None,
            Test::Repeat { .. } | Test::Attestation(_) => None,
        })
    }

    /// Returns the sources that are tested.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourceId> {
        self.tests.iter().flat_map(|test| match test {
            Test::Source(sources) => sources.as_slice(),
            Test::OneOf { .. } | Test::Range { .. } | Test::Present { .. } => &[],
            Test::Pool { .. } | Test::Open(_) | Test::Repeat { .. } | Test::Attestation(_) => &[],
        })
    }

    /// Returns whether the test uses the time of the caller's last call.
    pub(crate) fn looks_at_last_call(&self) -> bool {
        self.tests.iter().any(|test| matches!(test, Test::Repeat { .. }))
    }

    /// Returns whether the result may change with the same fields.
    pub(crate) fn looks_at_pool(&self) -> bool {
        self.tests.iter().any(|test| matches!(test, Test::Pool { .. } | Test::Open(_)))
    }

    pub(crate) fn begin(&self, facts: &Facts<'_>, now: Now) -> Turn {
        if self.tests.iter().all(|test| test.holds(facts, now)) {
            Turn::Go(Then::Goto(self.then))
        } else {
            Turn::Go(Then::from(self.otherwise))
        }
    }
}

impl Test {
    /// Returns whether the test holds now.
    pub fn holds(&self, facts: &Facts<'_>, now: Now) -> bool {
        match self {
            Test::OneOf { field, values } => {
                value(facts.fields, field).is_some_and(|v| values.iter().any(|one| one == v))
            }
            Test::Range { field, min, max } => value(facts.fields, field)
                .and_then(|text| text.parse::<Decimal>().ok())
                .is_some_and(|n| min.is_none_or(|m| n >= m) && max.is_none_or(|m| n <= m)),
            Test::Present { field, wanted } => value(facts.fields, field).is_some() == *wanted,
            Test::Pool { at_least, at_most } => {
                at_least.is_none_or(|n| facts.pool >= n) && at_most.is_none_or(|n| facts.pool <= n)
            }
            Test::Open(hours) => hours.include(now.wall),
            Test::Source(sources) => facts.source.is_some_and(|source| sources.contains(source)),
            Test::Repeat { within } => {
                facts.last_call.is_some_and(|last| last + *within >= now.wall)
            }
            Test::Attestation(levels) => facts
                .fields
                .value(ATTESTATION)
                .is_some_and(|level| levels.iter().any(|one| one.eq_ignore_ascii_case(level))),
        }
    }
}

fn value<'a>(fields: &'a Fields, field: &FieldName) -> Option<&'a str> {
    fields.value(field.as_str()).filter(|value| !value.is_empty())
}

fn field_tests(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Vec<Test> {
    let named = ["equals", "in", "present", "min", "max"];
    let tested = named.iter().find_map(|name| node.attribute_node(*name));
    let (attribute, tested) = match (node.attribute_node("field"), tested) {
        (Some(field), Some(tested)) => (field, tested),
        (Some(field), None) => {
            let message = String::from("<If> does not say what the field must be");
            reader.fault_in(field, message, "add equals, in, present, min or max");
            return Vec::new();
        }
        (None, Some(tested)) => {
            let message = format!("`{}` needs the attribute `field`", tested.name());
            reader.fault_in(tested, message, "");
            return Vec::new();
        }
        (None, None) => return Vec::new(),
    };
    let mut tests = Vec::new();
    let field: Option<FieldName> = reader.parsed(Some(attribute));
    let values = one_of(node, reader);
    let range = (decimal(node, "min", reader), decimal(node, "max", reader));
    let present = reader.boolean(node, "present");
    if let (Some(min), Some(max)) = range
        && min > max
    {
        reader.fault_in(tested, String::from("`min` is above `max`"), "no number is in between");
    }
    let Some(field) = field else { return tests };
    if let Some(values) = values {
        tests.push(Test::OneOf { field: field.clone(), values });
    }
    if let (Some(_), _) | (_, Some(_)) = range {
        tests.push(Test::Range { field: field.clone(), min: range.0, max: range.1 });
    }
    tests.extend(present.map(|wanted| Test::Present { field, wanted }));
    tests
}

fn one_of(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let list = match (node.attribute_node("equals"), node.attribute_node("in")) {
        (Some(one), None) => return Some(vec![one.value().to_owned()]),
        (None, None) => return None,
        (None, Some(list)) => list,
        (Some(_), Some(list)) => {
            reader.fault_in(list, String::from("`equals` and `in` together"), "put all into `in`");
            list
        }
    };
    Some(listed(list, reader))
}

fn decimal(node: Node<'_, '_>, name: &str, reader: &mut Reader<'_>) -> Option<Decimal> {
    let attribute = node.attribute_node(name)?;
    let number = attribute.value().parse().ok();
    if number.is_none() {
        bad_number(attribute, reader);
    }
    number
}

fn bad_number(attribute: Attribute<'_, '_>, reader: &mut Reader<'_>) {
    reader.bad_value(attribute, "a number like 25 or 1500.50, with at most 6 decimals");
}

fn pool_test(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Test> {
    let mut count = |name| {
        let count = reader.number(node, name, 0..=POOL_MAX)?;
        usize::try_from(count).ok()
    };
    let (at_least, at_most) = (count("poolAtLeast"), count("poolAtMost"));
    if at_least.is_none() && at_most.is_none() {
        return None;
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        let message = "`poolAtLeast` is above `poolAtMost`";
        reader.error(Fault::new(node.range().start, message));
    }
    Some(Test::Pool { at_least, at_most })
}

/// Returns the values of a comma-separated list.
fn listed(attribute: Attribute<'_, '_>, reader: &mut Reader<'_>) -> Vec<String> {
    let parts = attribute.value().split(',').map(str::trim).filter(|part| !part.is_empty());
    let values: Vec<String> = parts.take(VALUES_MAX + 1).map(str::to_owned).collect();
    if !(1..=VALUES_MAX).contains(&values.len()) {
        reader.bad_value(attribute, "1 to 100 values with commas between, like CA,NV,AZ");
    }
    values
}

fn source_test(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Test> {
    let attribute = node.attribute_node("source")?;
    let names = listed(attribute, reader);
    let sources: Result<Vec<SourceId>, _> = names.iter().map(|name| name.parse()).collect();
    sources
        .map(Test::Source)
        .map_err(|error| reader.fault_in(attribute, error.to_string(), ""))
        .ok()
}

fn repeat_test(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Test> {
    let attribute = node.attribute_node("repeatWithin")?;
    match parse_duration(attribute.value()) {
        Ok(within) if (REPEAT_MIN..=REPEAT_MAX).contains(&within) => Some(Test::Repeat { within }),
        Ok(_) | Err(_) => {
            reader.bad_value(attribute, "a time from 1m to 400d, like 12h or 30d");
            None
        }
    }
}

fn attestation_test(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Test> {
    let attribute = node.attribute_node("attestation")?;
    let levels = listed(attribute, reader);
    if !levels.iter().all(|level| matches!(level.as_str(), "A" | "B" | "C")) {
        reader.bad_value(attribute, "A, B or C, or several like A,B");
        return None;
    }
    Some(Test::Attestation(levels))
}

/// A decimal number in millionths, so that comparisons are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl FromStr for Decimal {
    type Err = String;

    /// Reads an optional `-`, at most 12 digits, and at most 6 decimals.
    fn from_str(text: &str) -> Result<Self, String> {
        const WHOLE_DIGITS_MAX: usize = 12;
        const DECIMALS_MAX: usize = 6;
        let bad = || String::from("not a number");
        let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = rest.split_once('.').unwrap_or((rest, "0"));
        let plain = |s: &str, most: usize| {
            (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
        };
        if !plain(whole, WHOLE_DIGITS_MAX) || !plain(part, DECIMALS_MAX) {
            return Err(bad());
        }
        let digits = format!("{whole}{part:0<6}");
        digits.parse::<i64>().map(|millionths| Self(sign * millionths)).map_err(|_| bad())
    }
}

/// Formats the number without trailing zeros: `25`, `0.1`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let decimals = format!("{:06}", size % 1_000_000);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{decimals}", size / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Origin;

    #[test]
    fn decimals_print_as_they_are_written() {
        for text in ["0", "25", "-3", "0.1", "-0.000001", "1500.5"] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        assert_eq!("1500.50".parse::<Decimal>().unwrap().to_string(), "1500.5");
    }

    #[test]
    fn decimals_compare_exactly() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert!(number("0.1") > number("0.09"));
        assert_eq!(number("25"), number("25.000"));
        assert!(number("-3") < number("2"));
        for bad in ["", "-", ".5", "5.", "1e3", "1,5", "0.1234567", "1234567890123", "٣"] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tests_hold_as_they_say() {
        let mut fields = Fields::default();
        fields.set("age".parse().unwrap(), "42", Origin::Ivr);
        fields.set("empty".parse().unwrap(), "", Origin::Ivr);
        let facts = Facts::new(&fields, 3);
        let field = |name: &str| name.parse::<FieldName>().unwrap();
        let one_of = |name, list: &[&str]| Test::OneOf {
            field: field(name),
            values: list.iter().map(|v| (*v).to_owned()).collect(),
        };
        let number = |text: &str| text.parse().ok();
        let range =
            |name, min, max| Test::Range { field: field(name), min: number(min), max: number(max) };
        let present = |name, wanted| Test::Present { field: field(name), wanted };
        let pool = |at_least, at_most| Test::Pool { at_least, at_most };
        for (test, holds) in [
            (one_of("age", &["41", "42"]), true),
            (one_of("age", &["41"]), false),
            (one_of("zip", &["41"]), false),
            (range("age", "42", "42"), true),
            (range("age", "42.1", ""), false),
            (range("age", "", "41.9"), false),
            (range("zip", "", "9"), false),
            (present("age", true), true),
            (present("zip", true), false),
            (present("zip", false), true),
            (present("empty", false), true),
            (pool(Some(3), Some(3)), true),
            (pool(Some(4), None), false),
            (pool(None, Some(2)), false),
        ] {
            assert_eq!(test.holds(&facts, Now::default()), holds, "{test:?}");
        }
    }
}
