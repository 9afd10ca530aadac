//! `<Gather>`: asks a question that the caller answers with keys.

mod asking;
mod check;
mod faults;

use std::time::Duration;

use roxmltree::Node;

use crate::base::FieldName;
use crate::flow::Facts;
use crate::flow::Goto;
use crate::flow::Sound;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;
use crate::flow::reader::Ways;

use super::Pause;
use super::Play;
use super::Say;
use crate::flow::text::VALUE_BYTES_MAX;

pub(crate) use asking::Asking;
pub use check::Check;

/// Maximum number of keys in an answer.
pub(crate) const DIGITS_MAX: usize = 32;
/// Default time to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of attempts.
const ATTEMPTS_MAX: u32 = 10;
/// Maximum number of options.
const OPTIONS_MAX: usize = 100;
/// Finish key of an answer without a fixed length.
const FINISH_KEY: char = '#';
pub(crate) const ATTRIBUTES: &[&str] = &[
    "field",
    "numDigits",
    "finishOnKey",
    "timeout",
    "interDigitTimeout",
    "attempts",
    "validate",
    "pattern",
    "gate",
    "bargeIn",
    "ask",
];
/// Attributes of `<Option>`.
pub(crate) const OPTION_ATTRIBUTES: &[&str] = &["digits", "value", "goto"];
pub(crate) const PROMPTS: &[&str] = &["Say", "Play", "Pause"];
pub(crate) const CHILDREN: &[&str] =
    &["Say", "Play", "Pause", "Option", "NoInput", "NoMatch", "Exhausted", "Valid"];

/// A question: prompts, then keys, then the next step.
#[derive(Debug, Clone)]
pub struct Gather {
    /// Field for the answer; a pure menu needs none.
    pub field: Option<FieldName>,
    /// Number of keys in an answer, if fixed.
    pub digits: Option<usize>,
    /// Key that ends an answer and is not part of it.
    pub finish: Option<char>,
    /// Time for the first key, from the end of the prompts.
    pub timeout: Duration,
    /// Time for each further key.
    pub inter_digit_timeout: Duration,
    /// Number of attempts, at least 1.
    pub attempts: u32,
    /// Format of a valid answer, besides the choices.
    pub check: Option<Check>,
    /// Whether the call continues without an answer.
    pub gate: Gate,
    /// Whether a key stops the prompts.
    pub barge_in: BargeIn,
    /// Whether the question may be skipped.
    pub ask: Ask,
    /// Prompts of the question.
    pub prompt: Vec<Sound>,
    /// Fixed answers.
    pub choices: Vec<Choice>,
    /// Played before the question is repeated, if no key was pressed.
    pub no_input: Vec<Sound>,
    /// Played before the question is repeated, if the answer was invalid.
    pub no_match: Vec<Sound>,
    /// Next step after an answer whose choice has no `goto`; the verb below when absent.
    pub valid: Option<Goto>,
    /// Next step after all attempts fail; [`Gate`] decides when absent.
    pub exhausted: Option<Goto>,
}

/// A fixed answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Keys of the answer.
    pub digits: String,
    /// Value for the field.
    pub value: String,
    /// Next step.
    pub goto: Option<Goto>,
}

/// Whether a call continues after all attempts fail without `<Exhausted>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// The call ends: the answer is needed.
    Required,
    /// The call continues below: the answer only narrows the pool.
    Optional,
}

/// Whether a question may be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The question is always asked.
    Always,
    /// The question is skipped when its answer can no longer change which buyer takes the call; the
    /// call then continues as after an answer.
    WhenNeeded,
}

/// Whether a key that is pressed during the prompts stops them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BargeIn {
    /// The key stops the prompts, and counts.
    On,
    /// The prompts play to their end; the keys count afterwards.
    Off,
}

impl Gather {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Gather {
        reader.attributes(node, ATTRIBUTES);
        let check = Check::read(node, reader);
        let digits = reader
            .number(node, "numDigits", 1..=32)
            .and_then(|n| usize::try_from(n).ok())
            .or_else(|| check.as_ref().and_then(Check::digits));
        let timeout = reader.seconds(node, "timeout").unwrap_or(TIMEOUT);
        let mut gather = Gather {
            field: reader.parsed(node.attribute_node("field")),
            digits,
            finish: finish_key(node, digits, reader),
            timeout,
            inter_digit_timeout: reader.seconds(node, "interDigitTimeout").unwrap_or(timeout),
            attempts: reader.number(node, "attempts", 1..=ATTEMPTS_MAX).unwrap_or(1),
            check,
            gate: match reader.boolean(node, "gate") {
                Some(false) => Gate::Optional,
                Some(true) | None => Gate::Required,
            },
            barge_in: match reader.boolean(node, "bargeIn") {
                Some(false) => BargeIn::Off,
                Some(true) | None => BargeIn::On,
            },
            ask: read_ask(node, reader),
            prompt: Vec::new(),
            choices: Vec::new(),
            no_input: Vec::new(),
            no_match: Vec::new(),
            valid: None,
            exhausted: None,
        };
        gather.read_children(node, reader);
        gather.find_faults(node, reader);
        gather
    }

    fn read_children(&mut self, node: Node<'_, '_>, reader: &mut Reader<'_>) {
        let mut seen: Vec<&str> = Vec::new();
        for child in reader.children(node, CHILDREN) {
            let name = child.tag_name().name();
            let single = !PROMPTS.contains(&name) && name != "Option";
            if single && seen.contains(&name) {
                let fault = Fault::new(child.range().start, format!("<{name}> stands twice"));
                reader.error(fault.hint("remove one"));
            }
            seen.push(name);
            match name {
                "Option" if self.choices.len() >= OPTIONS_MAX => {
                    let message = format!("more than {OPTIONS_MAX} options");
                    reader.error(Fault::new(child.range().start, message));
                    break;
                }
                "Option" => self.choices.extend(read_choice(child, reader)),
                "NoInput" => self.no_input = read_prompts(child, reader),
                "NoMatch" => self.no_match = read_prompts(child, reader),
                "Exhausted" => self.exhausted = read_way(child, reader),
                "Valid" => self.valid = read_way(child, reader),
                _prompt => self.prompt.extend(read_prompt(child, reader)),
            }
        }
    }

    /// Returns whether the question can be skipped now.
    pub(crate) fn is_needless(&self, facts: &Facts<'_>) -> bool {
        match (self.ask, &self.field, facts.needed) {
            (Ask::WhenNeeded, Some(field), Some(needed)) => !needed.contains(field),
            (Ask::WhenNeeded | Ask::Always, _, _) => false,
        }
    }

    /// Returns every sound that the question may play.
    pub(crate) fn sounds(&self) -> impl Iterator<Item = &Sound> {
        self.prompt.iter().chain(&self.no_input).chain(&self.no_match)
    }

    /// Returns the fields in its sentences.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &FieldName> {
        self.sounds().flat_map(|sound| match sound {
            Sound::Template { text, .. } => text.fields().collect(),
            Sound::Say { .. } | Sound::Spoken { .. } | Sound::File(_) => Vec::new(),
            Sound::Url(_) | Sound::Silence(_) => Vec::new(),
        })
    }

    /// Returns whether no further key can change the meaning of the typed ones.
    pub(crate) fn is_complete(&self, typed: &str) -> bool {
        match self.digits {
            Some(digits) => typed.len() >= digits,
            None if self.choices.is_empty() || self.check.is_some() => typed.len() >= DIGITS_MAX,
            None => {
                let chosen = self.choices.iter().any(|choice| choice.digits == typed);
                chosen || !self.choices.iter().any(|choice| choice.digits.starts_with(typed))
            }
        }
    }

    /// Returns the value and the next step of an answer; `None` when it is invalid.
    pub(crate) fn judge(&self, typed: &str) -> Option<(String, Option<Goto>)> {
        if let Some(choice) = self.choices.iter().find(|choice| choice.digits == typed) {
            return Some((choice.value.clone(), choice.goto.or(self.valid)));
        }
        if self.digits.is_some_and(|digits| typed.len() != digits) {
            return None;
        }
        let value = match &self.check {
            Some(check) => check.value(typed)?,
            None if self.choices.is_empty() => typed.to_owned(),
            None => return None,
        };
        Some((value, self.valid))
    }
}

fn read_ask(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Ask {
    let Some(attribute) = node.attribute_node("ask") else { return Ask::Always };
    match attribute.value() {
        "always" => Ask::Always,
        "when-needed" => Ask::WhenNeeded,
        _other => {
            reader.bad_value(attribute, "always or when-needed");
            Ask::Always
        }
    }
}

/// Returns the key of `finishOnKey`; `#` if nothing else ends an answer.
pub(crate) fn finish_key(
    node: Node<'_, '_>,
    digits: Option<usize>,
    reader: &mut Reader<'_>,
) -> Option<char> {
    let default = if digits.is_none() { Some(FINISH_KEY) } else { None };
    let Some(attribute) = node.attribute_node("finishOnKey") else { return default };
    let mut keys = attribute.value().chars();
    match (keys.next(), keys.next()) {
        (None, _) => None,
        (Some(key), None) if is_key(key) => Some(key),
        (Some(_), _) => {
            reader.bad_value(attribute, "one of 0-9, * and #, or nothing");
            default
        }
    }
}

/// Returns whether a telephone keypad has this key.
pub(crate) fn is_key(key: char) -> bool {
    key.is_ascii_digit() || key == '*' || key == '#'
}

fn read_choice(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Choice> {
    reader.attributes(node, OPTION_ATTRIBUTES);
    reader.children(node, &[]);
    let goto = reader.goto(node, "goto");
    let digits = reader.required(node, "digits")?;
    let keys = digits.value();
    if !(1..=DIGITS_MAX).contains(&keys.len()) || !keys.chars().all(is_key) {
        reader.bad_value(digits, "1 to 32 keys of 0-9, * and #");
        return None;
    }
    let value = node.attribute("value").unwrap_or(keys);
    if let Some(long) = node.attribute_node("value").filter(|v| v.value().len() > VALUE_BYTES_MAX) {
        reader.fault_in(long, format!("the value is longer than {} bytes", VALUE_BYTES_MAX), "");
    }
    Some(Choice { digits: keys.to_owned(), value: value.to_owned(), goto })
}

fn read_way(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Goto> {
    reader.attributes(node, &["goto"]);
    reader.children(node, &[]);
    reader.required_goto(node, "goto")
}

fn read_prompts(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Vec<Sound> {
    reader.attributes(node, &[]);
    let children = reader.children(node, PROMPTS);
    children.into_iter().filter_map(|child| read_prompt(child, reader)).collect()
}

fn read_prompt(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Sound> {
    match node.tag_name().name() {
        "Say" => Say::read(node, reader).map(|say| say.sound()),
        "Play" => Play::read(node, reader).map(|play| play.sound()),
        "Pause" => Some(Pause::read(node, reader).sound()),
        _other => {
            reader.ways = Ways::SomeLost;
            None
        }
    }
}
