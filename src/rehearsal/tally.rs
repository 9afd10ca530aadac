//! Counts the results of callers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::FlowName;
use crate::base::OfferId;
use crate::base::Wall;
use crate::flow::Chart;
use crate::flow::Flow;
use crate::flow::Gather;
use crate::flow::NotDialled;
use crate::flow::NotRouted;
use crate::flow::OpenQuestion;
use crate::flow::StepId;

use super::Arrows;
use super::Count;
use super::Crowd;
use super::Finale;
use super::Program;
use super::Question;
use super::Report;
use super::Rings;
use super::Scene;
use super::Steps;

/// Label of the path of a question that was not answered, as in the drawing.
const NO_ANSWER: &str = "no answer";

/// A question: its flow, its step's index in the file, its index in the step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    flow: FlowName,
    step: usize,
    verb: usize,
}

impl Key {
    fn of(question: OpenQuestion<'_>) -> Self {
        let OpenQuestion { flow, step, verb, gather: _ } = question;
        let place = flow.steps.iter().position(|other| other.id == step.id);
        Self { flow: flow.name.clone(), step: place.unwrap_or(usize::MAX), verb }
    }
}

/// Results of the callers who were asked one question.
#[derive(Debug, Default)]
struct Asked {
    step: String,
    field: Option<String>,
    asked: u32,
    answers: BTreeMap<String, u32>,
    gave_up: u32,
    hung_up: u32,
    lost: u32,
    pool: Mean,
    pool_after: Mean,
}

/// Mean of whole numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: u64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: usize) {
        self.sum = self.sum.saturating_add(u64::try_from(value).unwrap_or(u64::MAX));
        self.count += 1;
    }

    /// Returns the mean with two decimals; `None` without numbers.
    fn value(self) -> Option<f64> {
        let hundredths = (self.sum.saturating_mul(100)).checked_div(u64::from(self.count))?;
        Some(f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0)
    }
}

/// A way from step to step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    flow: FlowName,
    from: StepId,
    to: StepId,
}

/// State of one caller.
#[derive(Debug, Default)]
struct Way {
    flow: Option<FlowName>,
    step: Option<StepId>,
    steps: BTreeSet<(FlowName, StepId)>,
    arrows: BTreeSet<Arrow>,
    /// Arrows with the condition under which they were taken.
    reasons: BTreeSet<(Arrow, String)>,
    /// Latest result of a `<Route>` or `<Dial>`, as its branches are named, unless a question or a
    /// step followed.
    result: Option<&'static str>,
    /// Current question, and the meaning of the latest keys there.
    open: Option<(Key, Said)>,
    /// Whether a step was entered since the latest cue.
    moved: bool,
    /// Latest question without an answer, unless the call was routed since.
    unanswered: Option<Key>,
    routed: bool,
}

#[derive(Debug, Clone)]
enum Said {
    Answer(String),
    Nothing,
}

/// All counts.
#[derive(Debug)]
pub(super) struct Tally {
    first: FlowName,
    way: Way,
    questions: BTreeMap<Key, Asked>,
    steps: BTreeMap<(FlowName, StepId), u32>,
    arrows: BTreeMap<Arrow, u32>,
    reasons: BTreeMap<(Arrow, String), u32>,
    outcomes: BTreeMap<String, u32>,
    winners: BTreeMap<String, u32>,
    not_routed: BTreeMap<String, u32>,
    passed_over: BTreeMap<String, u32>,
    pool_at_start: Mean,
    pool_at_route: Mean,
    routed: u32,
}

impl Tally {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            first: program.first.name.clone(),
            way: Way::default(),
            questions: BTreeMap::new(),
            steps: BTreeMap::new(),
            arrows: BTreeMap::new(),
            reasons: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            winners: BTreeMap::new(),
            not_routed: BTreeMap::new(),
            passed_over: BTreeMap::new(),
            pool_at_start: Mean::default(),
            pool_at_route: Mean::default(),
            routed: 0,
        }
    }

    /// Starts a caller.
    pub(super) fn begin(&mut self, pool: Option<usize>) {
        self.way = Way { flow: Some(self.first.clone()), ..Way::default() };
        pool.into_iter().for_each(|pool| self.pool_at_start.add(pool));
    }

    /// Counts a question, and records the keys that the caller presses next, if any.
    pub(super) fn asked(&mut self, asked: OpenQuestion<'_>, keys: Option<&str>) {
        let OpenQuestion { flow, step, verb: _, gather } = asked;
        let key = Key::of(asked);
        let own = self.questions.entry(key.clone()).or_default();
        if self.way.open.as_ref().is_none_or(|(open, _)| *open != key) {
            own.asked += 1;
            own.step = shown(&self.first, &flow.name, &step.id);
            own.field = gather.field.as_ref().map(ToString::to_string);
        }
        self.way.unanswered = Some(key.clone());
        self.way.result = None;
        let said = keys.and_then(|keys| meaning(gather, keys)).map_or(Said::Nothing, Said::Answer);
        self.way.open = Some((key, said));
        self.way.moved = false;
    }

    /// Counts a scene.
    pub(super) fn see(&mut self, scene: &Scene, pool: Option<usize>) {
        match scene {
            Scene::Flow(name) => {
                if self.way.flow.as_ref() != Some(name) {
                    self.way.step = None;
                }
                self.way.flow = Some(name.clone());
                self.way.moved = true;
            }
            Scene::Step(step) => self.enter(step),
            Scene::Learned { pool: Some((before, after)), .. } => self.narrow(*before, *after),
            Scene::Routes(_) => {
                self.way.unanswered = None;
                if !std::mem::replace(&mut self.way.routed, true) {
                    self.routed += 1;
                    pool.into_iter().for_each(|pool| self.pool_at_route.add(pool));
                }
            }
            Scene::Decided(decision) if !decision.is_takeable() => {
                for reason in decision.reasons().flatten() {
                    count(&mut self.passed_over, reason.to_string());
                }
            }
            Scene::NotRouted(why) => {
                self.way.result = Some(why.name());
                count(&mut self.not_routed, why.name().to_owned());
            }
            Scene::NotDialled(rings) => self.way.result = not_dialled(*rings).map(NotDialled::name),
            Scene::Over(how) => self.over(how),
            Scene::Hears(_) | Scene::Typed(_) | Scene::Ignored(_) | Scene::Decided(_) => {}
            Scene::Records | Scene::LooksUp(_) | Scene::Tagged { .. } => {}
            Scene::Dials(_) => {}
            Scene::Learned { pool: None, .. } | Scene::Missed { .. } | Scene::HandedOn(_) => {}
        }
    }

    fn enter(&mut self, step: &StepId) {
        let Some(flow) = self.way.flow.clone() else { return };
        if let Some(from) = self.way.step.replace(step.clone()) {
            let arrow = Arrow { flow: flow.clone(), from, to: step.clone() };
            if let Some(reason) = self.reason() {
                self.way.reasons.insert((arrow.clone(), reason));
            }
            self.way.arrows.insert(arrow);
        }
        self.way.result = None;
        self.way.steps.insert((flow, step.clone()));
        self.way.moved = true;
    }

    /// Returns why the next step is entered, as the arrow's label says it; `None` if it follows
    /// from no result and no question of the current step.
    fn reason(&self) -> Option<String> {
        if let Some(result) = self.way.result {
            return Some(result.to_owned());
        }
        let (_, said) = self.way.open.as_ref().filter(|_| !self.way.moved)?;
        Some(match said {
            Said::Answer(answer) => answer.clone(),
            Said::Nothing => NO_ANSWER.to_owned(),
        })
    }

    /// Counts the pool before and after an answer; a `<Set>` belongs to no question.
    fn narrow(&mut self, before: usize, after: usize) {
        let Some((key, Said::Answer(_))) = &self.way.open else { return };
        if let (Some(asked), false) = (self.questions.get_mut(key), self.way.moved) {
            asked.pool.add(before);
            asked.pool_after.add(after);
        }
    }

    /// Checks after each cue whether the same question is still open.
    pub(super) fn settle(&mut self, now: Option<OpenQuestion<'_>>) {
        let now = now.map(Key::of);
        let Some((key, said)) = self.way.open.take() else { return };
        if now.as_ref() == Some(&key) && !self.way.moved {
            return self.way.open = Some((key, Said::Nothing));
        }
        let Some(asked) = self.questions.get_mut(&key) else { return };
        match said {
            Said::Answer(answer) => {
                count(&mut asked.answers, answer);
                if self.way.unanswered.as_ref() == Some(&key) {
                    self.way.unanswered = None;
                }
            }
            Said::Nothing => asked.gave_up += 1,
        }
    }

    fn over(&mut self, how: &Finale) {
        let what = match how {
            Finale::Taken(pick) => {
                pick.iter().for_each(|pick| count(&mut self.winners, pick.contract.to_string()));
                "taken".to_owned()
            }
            Finale::Transferred(_) => "connected to a fixed destination".to_owned(),
            Finale::Unrouted(why, _) => format!("left to the offer’s rule ({})", why.name()),
            Finale::HungUp => "ended by the flow".to_owned(),
            Finale::Rejected(status) => format!("refused ({status})"),
            Finale::CallerLeft => {
                if let Some((key, _)) = self.way.open.take() {
                    self.questions.entry(key).or_default().hung_up += 1;
                }
                "hung up by the caller".to_owned()
            }
            Finale::NoFlow(name) => format!("stuck: no flow {name}"),
        };
        count(&mut self.outcomes, what);
    }

    /// Ends a caller.
    pub(super) fn end(&mut self) {
        let way = std::mem::take(&mut self.way);
        if let Some(asked) = way.unanswered.and_then(|key| self.questions.get_mut(&key)) {
            asked.lost += 1;
        }
        way.steps.into_iter().for_each(|step| count(&mut self.steps, step));
        way.arrows.into_iter().for_each(|arrow| count(&mut self.arrows, arrow));
        way.reasons.into_iter().for_each(|reason| count(&mut self.reasons, reason));
    }

    pub(super) fn report(
        self,
        program: &Program,
        crowd: &Crowd,
        at: Wall,
        offer: Option<OfferId>,
    ) -> Report {
        let asked: u32 = self.questions.values().map(|asked| asked.asked).sum();
        let asked = Mean { sum: u64::from(asked), count: crowd.callers };
        let (mut steps, mut arrows) = (Vec::new(), Vec::new());
        for flow in std::iter::once(&program.first).chain(program.others.values()) {
            self.cover(flow, &mut steps, &mut arrows);
        }
        let first = self.first.clone();
        let mut questions: Vec<(Key, Asked)> = self.questions.into_iter().collect();
        questions.sort_by_key(|(key, _)| key.flow != first);
        Report {
            flow: first.to_string(),
            crowd: crowd.clone(),
            at,
            offer: offer.map(|offer| offer.to_string()),
            questions_mean: asked.value().unwrap_or_default(),
            pool_at_start: self.pool_at_start.value(),
            pool_at_route: self.pool_at_route.value(),
            routed: self.routed,
            outcomes: counted(self.outcomes),
            winners: counted(self.winners),
            not_routed: counted(self.not_routed),
            passed_over: counted(self.passed_over),
            questions: questions.into_iter().map(|(_, asked)| question(asked)).collect(),
            steps,
            arrows,
        }
    }

    /// Returns the callers of an arrow by its labels, in their order, as far as they are known.
    fn by_label(&self, taken: &Arrow, labels: &[String]) -> Vec<Count> {
        let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
        for ((_, reason), callers) in self.reasons.iter().filter(|((arrow, _), _)| arrow == taken) {
            if let Some(label) = label(labels, reason) {
                *counts.entry(label).or_default() += callers;
            }
        }
        let known = labels.iter().filter_map(|label| Some((label, counts.get(label)?)));
        known.map(|(what, callers)| Count { what: what.clone(), callers: *callers }).collect()
    }

    fn cover(&self, flow: &Flow, steps: &mut Vec<Steps>, arrows: &mut Vec<Arrows>) {
        let chart = Chart::of(flow, None);
        let shown = |id: &StepId| shown(&self.first, &flow.name, id);
        for card in &chart.cards {
            let callers = self.steps.get(&(flow.name.clone(), card.id.clone()));
            steps.push(Steps { step: shown(&card.id), callers: callers.copied().unwrap_or(0) });
        }
        for arrow in &chart.arrows {
            let (Some(from), Some(to)) = (chart.cards.get(arrow.from), chart.cards.get(arrow.to))
            else {
                continue;
            };
            let taken = Arrow { flow: flow.name.clone(), from: from.id.clone(), to: to.id.clone() };
            let callers = self.arrows.get(&taken).copied().unwrap_or(0);
            let by_label = self.by_label(&taken, &arrow.labels);
            let (from, to) = (shown(&from.id), shown(&to.id));
            arrows.push(Arrows { from, to, labels: arrow.labels.clone(), by_label, callers });
        }
    }
}

/// Returns the label of an arrow for a reason. A branch for the general reason covers the others.
fn label<'l>(labels: &'l [String], reason: &str) -> Option<&'l String> {
    let of_route = NotRouted::ALL.iter().any(|why| why.name() == reason);
    let of_dial = NotDialled::ALL.iter().any(|why| why.name() == reason);
    let general = match (of_route, of_dial) {
        (true, _) => NotRouted::NoBuyer.name(),
        (false, true) => NotDialled::Failed.name(),
        (false, false) => reason,
    };
    let own = labels.iter().find(|label| *label == reason);
    own.or_else(|| labels.iter().find(|label| *label == general))
}

/// Returns the reason that a flow gets for a fixed destination that did not answer.
fn not_dialled(rings: Rings) -> Option<NotDialled> {
    match rings {
        Rings::Answer => None,
        Rings::Busy => Some(NotDialled::Busy),
        Rings::NoAnswer => Some(NotDialled::NoAnswer),
    }
}

fn question(asked: Asked) -> Question {
    Question {
        step: asked.step,
        field: asked.field,
        asked: asked.asked,
        answers: counted(asked.answers),
        gave_up: asked.gave_up,
        hung_up: asked.hung_up,
        lost: asked.lost,
        pool: asked.pool.value().zip(asked.pool_after.value()),
    }
}

/// Returns the meaning of keys at a question, as its drawing shows it; `None` if they are not an
/// answer.
fn meaning(gather: &Gather, keys: &str) -> Option<String> {
    let typed = gather.finish.map_or(keys, |finish| keys.trim_end_matches(finish));
    gather.judge(typed)?;
    let choice = gather.choices.iter().find(|choice| choice.digits == typed);
    let other = if gather.choices.is_empty() { "answer" } else { "other answer" };
    Some(choice.map_or_else(|| other.to_owned(), |choice| choice.words()))
}

fn shown(first: &FlowName, flow: &FlowName, step: &StepId) -> String {
    if flow == first { step.to_string() } else { format!("{flow}/{step}") }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u32>, what: K) {
    *counts.entry(what).or_default() += 1;
}

/// Returns the counts, the most frequent first, then by name.
fn counted(counts: BTreeMap<String, u32>) -> Vec<Count> {
    let mut counts: Vec<Count> =
        counts.into_iter().map(|(what, callers)| Count { what, callers }).collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.callers));
    counts
}
