//! Describes verbs: the lines of each in its box, and the steps that it leads to.

use std::time::Duration;

use crate::base::FieldName;
use crate::base::SourceId;
use crate::base::print_duration;
use crate::flow::Ask;
use crate::flow::Check;
use crate::flow::Choice;
use crate::flow::Flow;
use crate::flow::Gate;
use crate::flow::Gather;
use crate::flow::Goto;
use crate::flow::If;
use crate::flow::NotDialled;
use crate::flow::NotRouted;
use crate::flow::Redirect;
use crate::flow::Reject;
use crate::flow::Route;
use crate::flow::Sound;
use crate::flow::StepId;
use crate::flow::Test;
use crate::flow::Verb;

/// Maximum number of options that are listed; the others are counted.
const OPTIONS_SHOWN_MAX: usize = 8;
/// Maximum number of values of a test that are listed.
const VALUES_SHOWN_MAX: usize = 6;

/// Kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Text or sound that the caller hears.
    Speaks,
    /// A question to the caller.
    Asks,
    /// A field that is filled, which may narrow the pool.
    Narrows,
    /// Routing of the call.
    Routes,
    /// Anything else.
    Does,
}

/// One line of a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardLine {
    /// Kind of the line.
    pub tone: Tone,
    /// Text of the line.
    pub text: String,
    /// Details, shown on request. Empty if there are none.
    pub more: String,
}

impl CardLine {
    pub(super) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), more: String::new() }
    }
}

/// A path to a step, and its condition; empty when it is unconditional.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) label: String,
    pub(super) to: Goto,
}

/// The description of a verb.
#[derive(Debug, Default)]
pub(super) struct CardText<'a> {
    pub(super) lines: Vec<CardLine>,
    /// Field that the verb fills.
    pub(super) fills: Option<&'a FieldName>,
    pub(super) ways: Vec<Way>,
}

impl CardText<'_> {
    fn line(tone: Tone, text: impl Into<String>) -> Self {
        CardText { lines: vec![CardLine::new(tone, text)], ..CardText::default() }
    }
}

/// Returns the text of a verb's card.
pub(super) fn card_text<'a>(verb: &'a Verb, flow: &Flow) -> CardText<'a> {
    match verb {
        Verb::Say(say) => CardText::line(Tone::Speaks, heard(&say.sound(), flow)),
        Verb::Play(play) => CardText::line(Tone::Speaks, heard(&play.sound(), flow)),
        Verb::Pause(pause) => CardText::line(Tone::Does, heard(&pause.sound(), flow)),
        Verb::Gather(gather) => question(gather, flow),
        Verb::Record(record) => {
            let field = record.field.as_ref();
            let name = field.map(|field| format!(" as {field}")).unwrap_or_default();
            let most = record.max.as_secs();
            let line = CardLine::new(Tone::Asks, format!("record{name}, at most {most} s"));
            CardText { lines: vec![line], fills: field, ways: Vec::new() }
        }
        Verb::Tag(tag) => CardText::line(Tone::Does, format!("tag {} = {}", tag.name, tag.value)),
        Verb::Lookup(lookup) => {
            let fields: Vec<&str> = lookup.sets.iter().map(|(_, field)| field.as_str()).collect();
            let line = format!("look up {} at {}", fields.join(", "), lookup.url);
            let failed = |to| Way { label: "no answer".to_owned(), to };
            let ways = lookup.failed.map(failed).into_iter().collect();
            CardText { lines: vec![CardLine::new(Tone::Does, line)], fills: None, ways }
        }
        Verb::Dial(dial) => {
            let branch =
                |(why, to): (&NotDialled, &Goto)| Way { label: why.name().to_owned(), to: *to };
            let line = format!("dial {}", dial.to);
            let ways = dial.branches.iter().map(branch).collect();
            CardText { lines: vec![CardLine::new(Tone::Routes, line)], fills: None, ways }
        }
        Verb::Set(set) => {
            let line = CardLine::new(Tone::Does, format!("set {} = {}", set.field, set.value));
            CardText { lines: vec![line], fills: Some(&set.field), ways: Vec::new() }
        }
        Verb::If(test) => condition(test, flow),
        Verb::Route(route) => routing(route),
        Verb::Redirect(Redirect::Step(to)) => {
            CardText { ways: vec![Way { label: String::new(), to: *to }], ..CardText::default() }
        }
        Verb::Redirect(Redirect::Flow(name)) if *name == flow.name => CardText {
            ways: vec![Way { label: String::new(), to: flow.start }],
            ..CardText::default()
        },
        Verb::Redirect(Redirect::Flow(name)) => {
            CardText::line(Tone::Does, format!("go on in the flow {name}"))
        }
        Verb::Hangup(_) => CardText::line(Tone::Does, "hang up"),
        Verb::Reject(why) => CardText::line(Tone::Does, refusal(*why)),
    }
}

/// Returns a sound in readable form.
pub(super) fn heard(sound: &Sound, flow: &Flow) -> String {
    match sound {
        Sound::Say { language, text } if *language == flow.language => format!("“{text}”"),
        Sound::Say { language, text } => format!("“{text}” ({language})"),
        Sound::Template { language, text } if *language == flow.language => format!("“{text}”"),
        Sound::Template { language, text } => format!("“{text}” ({language})"),
        Sound::Spoken { text, .. } => format!("“{text}”"),
        Sound::File(path) => format!("♪ {path}"),
        Sound::Url(url) => format!("♪ {url}"),
        Sound::Silence(length) => format!("silence for {}", seconds(*length)),
    }
}

fn seconds(length: Duration) -> String {
    format!("{} s", length.as_secs_f64())
}

fn refusal(why: Reject) -> String {
    let reason = match why {
        Reject::Rejected => "rejected",
        Reject::Busy => "busy",
        Reject::Unavailable => "unavailable",
    };
    format!("refuse: {reason} ({})", why.status())
}

fn question<'a>(gather: &'a Gather, flow: &Flow) -> CardText<'a> {
    let mut card = CardText { fills: gather.field.as_ref(), ..CardText::default() };
    card.lines
        .extend(gather.prompt.iter().map(|sound| CardLine::new(Tone::Speaks, heard(sound, flow))));
    card.lines.push(CardLine::new(Tone::Asks, asked(gather)));
    let mut stays = Vec::new();
    let mut valid = Vec::new();
    for choice in &gather.choices {
        match (choice.goto, gather.valid) {
            (Some(to), _) => card.ways.push(Way { label: choice.words(), to }),
            (None, Some(_)) => valid.push(choice.words()),
            (None, None) => stays.push(choice.words()),
        }
    }
    if let Some(to) = gather.valid {
        if gather.choices.is_empty() {
            valid.push("answer".to_owned());
        } else if gather.check.is_some() {
            valid.push("other answer".to_owned());
        }
        card.ways.extend(few(valid).into_iter().map(|label| Way { label, to }));
    }
    let stays = few(stays);
    if !stays.is_empty() {
        card.lines.push(CardLine::new(Tone::Does, stays.join(" · ")));
    }
    match (gather.exhausted, gather.gate) {
        (Some(to), _) => card.ways.push(Way { label: "no answer".to_owned(), to }),
        (None, Gate::Optional) => {}
        (None, Gate::Required) => {
            card.lines.push(CardLine::new(Tone::Does, "no answer: the call ends"));
        }
    }
    card
}

impl Choice {
    /// Returns the keys, and the value if it differs: `1 new`.
    pub fn words(&self) -> String {
        if self.value == self.digits {
            return self.digits.clone();
        }
        format!("{} {}", self.digits, self.value)
    }
}

fn few(mut names: Vec<String>) -> Vec<String> {
    let rest = names.len().saturating_sub(OPTIONS_SHOWN_MAX);
    if rest > 1 {
        names.truncate(OPTIONS_SHOWN_MAX);
        names.push(format!("{rest} more"));
    }
    names
}

/// Returns what the question asks for, and how often.
fn asked(gather: &Gather) -> String {
    let field = gather.field.as_ref().map_or("a choice", FieldName::as_str);
    let mut text = format!("? {field}");
    if let Some(check) = &gather.check {
        text.push_str(&format!(", {}", kind(check)));
    }
    if let (Some(keys), true) = (gather.digits, gather.choices.is_empty()) {
        text.push_str(&format!(", {keys} {}", if keys == 1 { "key" } else { "keys" }));
    }
    match gather.attempts {
        1 => text.push_str(", once"),
        2 => text.push_str(", twice"),
        n => text.push_str(&format!(", {n} times")),
    }
    match gather.ask {
        Ask::WhenNeeded => text.push_str(", skipped when no contract needs it"),
        Ask::Always => {}
    }
    match gather.gate {
        Gate::Optional if gather.exhausted.is_none() => text.push_str(", may stay open"),
        Gate::Optional | Gate::Required => {}
    }
    text
}

fn kind(check: &Check) -> String {
    match check {
        Check::UsZip => "zip code".to_owned(),
        Check::Phone => "phone number".to_owned(),
        Check::Date => "date".to_owned(),
        Check::Age => "age".to_owned(),
        Check::Money => "amount".to_owned(),
        Check::Pattern(regex) => {
            let text = regex.as_str();
            let own = text.strip_prefix("^(?:").and_then(|text| text.strip_suffix(")$"));
            format!("like {}", own.unwrap_or(text))
        }
    }
}

fn condition<'a>(test: &'a If, flow: &Flow) -> CardText<'a> {
    let tests: Vec<String> = test.tests.iter().map(tested).collect();
    let label = tests.join(" and ");
    let to = |goto: Goto| flow.step(goto).map_or("", |step| StepId::as_str(&step.id));
    let mut line = format!("if {label} → {}", to(test.then));
    let mut ways = vec![Way { label, to: test.then }];
    if let Some(otherwise) = test.otherwise {
        line.push_str(&format!(", else → {}", to(otherwise)));
        ways.push(Way { label: "else".to_owned(), to: otherwise });
    }
    CardText { lines: vec![CardLine::new(Tone::Does, line)], fills: None, ways }
}

/// Describes a test: `owner = no`, `age 25 to 64`.
fn tested(test: &Test) -> String {
    match test {
        Test::OneOf { field, values } => match values.as_slice() {
            [one] => format!("{field} = {one}"),
            many => {
                let shown = many.get(..VALUES_SHOWN_MAX).unwrap_or(many).join(", ");
                let more = if many.len() > VALUES_SHOWN_MAX { ", …" } else { "" };
                format!("{field} is one of {shown}{more}")
            }
        },
        Test::Range { field, min: Some(min), max: Some(max) } => format!("{field} {min} to {max}"),
        Test::Range { field, min: Some(min), max: None } => format!("{field} ≥ {min}"),
        Test::Range { field, min: None, max: Some(max) } => format!("{field} ≤ {max}"),
        Test::Range { field, min: None, max: None } => format!("{field} is a number"),
        Test::Present { field, wanted: true } => format!("{field} is known"),
        Test::Present { field, wanted: false } => format!("{field} is not known"),
        Test::Pool { at_least: Some(least), at_most: Some(most) } => {
            format!("pool {least} to {most}")
        }
        Test::Pool { at_least: Some(least), at_most: None } => format!("pool ≥ {least}"),
        Test::Pool { at_least: None, at_most: Some(0) } => "pool empty".to_owned(),
        Test::Pool { at_least: None, at_most: Some(most) } => format!("pool ≤ {most}"),
        Test::Pool { at_least: None, at_most: None } => "pool".to_owned(),
        Test::Open(hours) => format!("it is {}", hours.written),
        Test::Source(sources) => {
            let names: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
            format!("source is {}", names.join(" or "))
        }
        Test::Repeat { within } => format!("called within {}", print_duration(*within)),
        Test::Attestation(levels) => format!("attestation {}", levels.join(" or ")),
    }
}

fn routing(route: &Route) -> CardText<'_> {
    let line = match &route.offer {
        Some(offer) => format!("route to the offer {offer}"),
        None => "route to the number’s offer".to_owned(),
    };
    let at_once = match route.ringing.width {
        None => String::new(),
        Some(1) => ", one after another".to_owned(),
        Some(width) => format!(", {width} at once"),
    };
    let line = format!("{line}{at_once}");
    let branch = |(why, to): (&NotRouted, &Goto)| Way { label: why.name().to_owned(), to: *to };
    let ways = route.branches.iter().map(branch).collect();
    CardText { lines: vec![CardLine::new(Tone::Routes, line)], fills: None, ways }
}
