//! The values that a flow can give each field: what its questions accept, and what its verbs set.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::base::FieldName;
use crate::base::Place;

use super::Flow;
use super::Mention;
use super::Verb;
use super::verb::Check;
use super::verb::DIGITS_MAX;
use super::verb::Gather;
use super::verb::is_key;

/// Values that one verb can give a field.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Exactly this text: an option of a question, or a `<Set>` without variables.
    Fixed(String),
    /// Every answer that a question's check accepts, in the form in which it is stored.
    Checked(Check),
    /// Every sequence of keys, of this length if it is fixed.
    Keys(Option<usize>),
    /// Anything: the answer of a web server, a recording, a text with variables.
    Anything,
}

impl Answer {
    /// Returns whether the field can become exactly this text.
    pub fn can_be(&self, text: &str) -> bool {
        let is_typed = || !text.is_empty() && text.chars().all(is_key);
        match self {
            Answer::Fixed(fixed) => fixed == text,
            Answer::Checked(check) => check.stores(text),
            Answer::Keys(Some(length)) => is_typed() && text.len() == *length,
            Answer::Keys(None) => is_typed() && text.len() <= DIGITS_MAX,
            Answer::Anything => true,
        }
    }

    /// Returns the range of the numbers that the field can become; `None` if it never becomes a
    /// number. For [`Answer::Fixed`], the caller tests the text itself.
    pub fn numbers(&self) -> Option<RangeInclusive<i64>> {
        match self {
            Answer::Fixed(_) | Answer::Anything => Some(i64::MIN..=i64::MAX),
            Answer::Checked(check) => check.numbers(),
            Answer::Keys(Some(length)) => {
                let digits = u32::try_from(*length).unwrap_or(u32::MAX);
                Some(0..=10_i64.checked_pow(digits).map_or(i64::MAX, |above| above - 1))
            }
            Answer::Keys(None) => Some(0..=i64::MAX),
        }
    }
}

/// A value that a flow gives a field in every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedValue {
    /// Name of the field.
    pub field: FieldName,
    /// The value.
    pub value: String,
}

impl Flow {
    /// Returns the values of options and of `<Set>`s without variables, each once.
    pub fn fixed_values(&self) -> Vec<Mention<FixedValue>> {
        let mut found: Vec<Mention<FixedValue>> = Vec::new();
        let mut add = |field: &FieldName, value: &str, place: Place| {
            let what = FixedValue { field: field.clone(), value: value.to_owned() };
            if !found.iter().any(|known| known.what == what) {
                found.push(Mention { what, place });
            }
        };
        for Mention { what, place } in self.steps.iter().flat_map(|step| &step.verbs) {
            if let Verb::Gather(gather) = what
                && let Some(field) = &gather.field
            {
                gather.choices.iter().for_each(|choice| add(field, &choice.value, *place));
            }
            if let Verb::Set(set) = what
                && let Some(value) = set.value.plain()
            {
                add(&set.field, value, *place);
            }
        }
        found
    }

    /// Returns the fields that the flow itself fills, each with the values that it can become.
    /// Flows that it leads to are not included.
    pub fn answers(&self) -> BTreeMap<FieldName, Vec<Answer>> {
        let mut found: BTreeMap<FieldName, Vec<Answer>> = BTreeMap::new();
        let mut add = |field: &FieldName, answer: Answer| {
            found.entry(field.clone()).or_default().push(answer);
        };
        for verb in self.steps.iter().flat_map(|step| &step.verbs) {
            match &verb.what {
                Verb::Gather(gather) => {
                    if let Some(field) = &gather.field {
                        gather.answers().into_iter().for_each(|answer| add(field, answer));
                    }
                }
                Verb::Set(set) => {
                    let plain = set.value.plain().map(|text| Answer::Fixed(text.to_owned()));
                    add(&set.field, plain.unwrap_or(Answer::Anything));
                }
                Verb::Record(record) => {
                    record.field.iter().for_each(|field| add(field, Answer::Anything));
                }
                Verb::Lookup(lookup) => {
                    lookup.sets.iter().for_each(|(_, field)| add(field, Answer::Anything));
                }
                Verb::Say(_) | Verb::Play(_) | Verb::Pause(_) | Verb::Tag(_) | Verb::If(_) => {}
                Verb::Dial(_) | Verb::Route(_) | Verb::Redirect(_) => {}
                Verb::Hangup(_) | Verb::Reject(_) => {}
            }
        }
        found
    }
}

impl Gather {
    /// Returns the values that the question accepts.
    fn answers(&self) -> Vec<Answer> {
        let fixed = self.choices.iter().map(|choice| Answer::Fixed(choice.value.clone()));
        let mut answers: Vec<Answer> = fixed.collect();
        match &self.check {
            Some(check) => answers.push(Answer::Checked(check.clone())),
            None if answers.is_empty() => answers.push(Answer::Keys(self.digits)),
            None => {}
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use crate::flow::parse;

    #[test]
    fn what_a_field_can_become() {
        let text = "<Flow name='t'><Gather field='zip' validate='us-zip'><Say>?</Say></Gather>\
            <Gather field='owner'><Say>?</Say><Option digits='1' value='yes'/></Gather>\
            <Gather field='age' validate='age'><Say>?</Say></Gather>\
            <Gather field='born' validate='date'><Say>?</Say></Gather>\
            <Gather field='debt' validate='money'><Say>?</Say></Gather>\
            <Gather field='back' validate='phone'><Say>?</Say></Gather>\
            <Gather field='pin' numDigits='4'><Say>?</Say></Gather>\
            <Gather field='even' pattern='[02468]'><Say>?</Say></Gather>\
            <Set field='kind' value='auto'/><Set field='copy' value='{zip}'/><Route/></Flow>";
        let (flow, faults) = parse("t.xml", text);
        let answers = flow.unwrap_or_else(|| panic!("{faults:?}")).answers();
        let can = |field: &str, value: &str| {
            let all = answers.get(field).into_iter().flatten();
            all.into_iter().any(|one| one.can_be(value))
        };
        for (field, can_be, can_not) in [
            ("zip", "90210", "9021"),
            ("owner", "yes", "Yes"),
            ("age", "42", "042"),
            ("age", "120", "121"),
            ("born", "1996-02-29", "1997-02-29"),
            ("debt", "1250.50", "1250.5"),
            ("back", "+13055550123", "3055550123"),
            ("pin", "1234", "12345"),
            ("even", "4", "5"),
            ("kind", "auto", "home"),
        ] {
            assert!(can(field, can_be), "{field} {can_be}");
            assert!(!can(field, can_not), "{field} {can_not}");
        }
        assert!(can("copy", "whatever"));
        assert!(!can("unset", ""));
        let range = |field: &str| answers.get(field).and_then(|all| all[0].numbers());
        assert_eq!(range("age"), Some(1..=120));
        assert_eq!(range("pin"), Some(0..=9_999));
        assert_eq!(range("born"), None);
    }
}
