//! Filters: which inquiries a contract is considered for.

use std::fmt;

use regex::Regex;
use regex::RegexBuilder;

use crate::base::FieldName;
use crate::base::SourceId;

use super::Attestation;
use super::CityRule;
use super::Decimal;
use super::DmaRule;
use super::Radius;
use crate::geo::AreaCode;
use crate::geo::Country;
use crate::geo::County;
use crate::geo::UsState;
use crate::geo::Zip;

/// Maximum memory of one compiled pattern, and of its match cache, in bytes each.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// The conditions on an inquiry. They combine with AND. An empty list is no condition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    /// The inquiry's state is one of these.
    pub states: Vec<UsState>,
    /// The inquiry's zip is one of these.
    pub zips: Vec<Zip>,
    /// The caller's area code is one of these.
    pub area_codes: Vec<AreaCode>,
    /// The inquiry's city is one of these.
    pub cities: Vec<CityRule>,
    /// The inquiry's county is one of these.
    pub counties: Vec<County>,
    /// The inquiry's country is one of these.
    pub countries: Vec<Country>,
    /// The inquiry's zip is within this circle.
    pub radius: Option<Radius>,
    /// The inquiry's zip is in one of these market areas.
    pub dma: Option<DmaRule>,
    /// The inquiry's fields pass these rules.
    pub fields: Vec<FieldRule>,
    /// These fields of the inquiry are known.
    pub required: Vec<FieldName>,
    /// The inquiry's source is accepted.
    pub sources: SourceRule,
    /// The field `score` is a number of at least this.
    pub min_score: Option<Decimal>,
    /// The field `attestation` is one of these.
    pub attestation: Vec<Attestation>,
}

/// The tests of one field. An unknown field passes none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// Name of the field.
    pub field: FieldName,
    /// At least one test; all must pass.
    pub tests: Vec<FieldTest>,
}

impl FieldRule {
    /// Returns whether the value of the field passes all tests. `None` is an unknown field.
    pub fn takes(&self, value: Option<&str>) -> bool {
        value.is_some_and(|value| self.tests.iter().all(|test| test.takes(value)))
    }
}

/// One test of a field value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldTest {
    /// A number of at least this.
    Min(Decimal),
    /// A number of at most this.
    Max(Decimal),
    /// Exactly this text.
    Equals(String),
    /// Exactly one of these texts.
    OneOf(Vec<String>),
    /// The pattern matches anywhere in the value; use `^…$` to match the whole value.
    Matches(Pattern),
    /// Known, and not empty.
    Present,
}

impl FieldTest {
    /// Returns whether a value passes.
    pub fn takes(&self, value: &str) -> bool {
        let number = || value.parse::<Decimal>().ok();
        match self {
            FieldTest::Min(min) => number().is_some_and(|number| number >= *min),
            FieldTest::Max(max) => number().is_some_and(|number| number <= *max),
            FieldTest::Equals(text) => value == text,
            FieldTest::OneOf(texts) => texts.iter().any(|text| value == text),
            FieldTest::Matches(pattern) => pattern.matches(value),
            FieldTest::Present => !value.is_empty(),
        }
    }
}

/// A regular expression, bounded in size and linear in time. Equality compares the texts.
#[derive(Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern. The error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build();
        built.map(Self).map_err(|error| {
            if let regex::Error::CompiledTooBig(_) = error {
                return "it is too large".to_owned();
            }
            // Keeps the last line. The lines above draw the pattern, which suits only a terminal.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        })
    }

    /// Returns whether the pattern matches anywhere in a value.
    pub fn matches(&self, value: &str) -> bool {
        self.0.is_match(value)
    }

    /// Returns the first group of the first match in a value, or the whole match without groups.
    pub fn capture<'v>(&self, value: &'v str) -> Option<&'v str> {
        let found = self.0.captures(value)?;
        let group = if found.len() > 1 { found.get(1) } else { found.get(0) };
        group.map(|group| group.as_str())
    }

    /// Returns the text of the pattern.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.as_str())
    }
}

/// The sources that a contract accepts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SourceRule {
    /// All of them.
    #[default]
    Any,
    /// Only these; rejects inquiries without a source.
    Only(Vec<SourceId>),
    /// All except these; accepts inquiries without a source.
    Except(Vec<SourceId>),
}

impl SourceRule {
    /// Returns whether an inquiry from this source, or without one, is accepted.
    pub fn takes(&self, source: Option<&SourceId>) -> bool {
        let among = |list: &[SourceId]| source.is_some_and(|source| list.contains(source));
        match self {
            SourceRule::Any => true,
            SourceRule::Only(list) => among(list),
            SourceRule::Except(list) => !among(list),
        }
    }
}
