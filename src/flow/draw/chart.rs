//! A flow as boxes and arrows, before they are placed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::ContractId;
use crate::base::FieldName;
use crate::flow::Flow;
use crate::flow::StepId;

use super::words::CardLine;
use super::words::Tone;
use super::words::card_text;

/// Maximum number of contracts that are named where a field narrows the pool.
const NAMED_MAX: usize = 12;

/// Label of an unconditional path beside conditional ones to the same step.
const OTHERWISE: &str = "otherwise";

/// The fields that a route book's contracts check, to mark where the pool narrows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrowing {
    /// Number of contracts.
    pub contracts: usize,
    /// Contracts whose filters check a field, or a field derived from it.
    pub looking: BTreeMap<FieldName, Vec<ContractId>>,
}

/// A flow as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The flow's name.
    pub name: String,
    /// Language of the flow.
    pub language: String,
    /// Index of the first step among the cards.
    pub start: usize,
    /// One card per step, in the file's order.
    pub cards: Vec<Card>,
    /// One arrow per pair of steps of which the first leads to the second.
    pub arrows: Vec<Arrow>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Id of the step.
    pub id: StepId,
    /// Lines that describe the step's verbs.
    pub lines: Vec<CardLine>,
    /// Whether the step can be reached from the start.
    pub reached: bool,
}

/// All paths from one step to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Index of the step that the arrow leaves.
    pub from: usize,
    /// Index of the step that the arrow leads to.
    pub to: usize,
    /// Conditions, each once; empty when the step always continues there. An unconditional path
    /// beside conditional ones is `otherwise`.
    pub labels: Vec<String>,
}

impl Chart {
    /// Creates the chart of a flow. With a book's narrowing, each question shows how many contracts
    /// check its field.
    pub fn of(flow: &Flow, book: Option<&Narrowing>) -> Self {
        let mut cards = Vec::new();
        let mut arrows: Vec<Arrow> = Vec::new();
        let mut known: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut unconditional = BTreeSet::new();
        for (from, step) in flow.steps.iter().enumerate() {
            let mut lines = Vec::new();
            for verb in &step.verbs {
                let card = card_text(&verb.what, flow);
                lines.extend(card.lines);
                lines.extend(card.fills.map(|field| narrows(field, book)));
                for way in card.ways {
                    let at = *known.entry((from, way.to.0)).or_insert_with(|| {
                        arrows.push(Arrow { from, to: way.to.0, labels: Vec::new() });
                        arrows.len() - 1
                    });
                    let Some(arrow) = arrows.get_mut(at) else { continue };
                    if way.label.is_empty() {
                        unconditional.insert(at);
                    } else if !arrow.labels.contains(&way.label) {
                        arrow.labels.push(way.label);
                    }
                }
            }
            cards.push(Card { id: step.id.clone(), lines, reached: false });
        }
        // Without a label of its own, the path would look as if it were taken on condition only.
        for at in unconditional {
            let arrow = arrows.get_mut(at).filter(|arrow| !arrow.labels.is_empty());
            arrow.into_iter().for_each(|arrow| arrow.labels.push(OTHERWISE.to_owned()));
        }
        let start = flow.start.0;
        let name = flow.name.to_string();
        let mut chart = Self { name, language: flow.language.clone(), start, cards, arrows };
        chart.reach();
        chart
    }

    /// Returns the arrows that leave a step, in the order of its verbs.
    pub fn leaving(&self, from: usize) -> impl Iterator<Item = &Arrow> {
        self.arrows.iter().filter(move |arrow| arrow.from == from)
    }

    /// Returns a step's id.
    pub fn id(&self, place: usize) -> &str {
        self.cards.get(place).map_or("", |card| card.id.as_str())
    }

    fn reach(&mut self) {
        let mut reached = BTreeSet::from([self.start]);
        let mut open = vec![self.start];
        while let Some(from) = open.pop() {
            open.extend(self.leaving(from).map(|arrow| arrow.to).filter(|to| reached.insert(*to)));
        }
        for (place, card) in self.cards.iter_mut().enumerate() {
            card.reached = reached.contains(&place);
        }
    }
}

/// Returns the line that marks a verb that fills a field.
fn narrows(field: &FieldName, book: Option<&Narrowing>) -> CardLine {
    let Some(book) = book else {
        return CardLine::new(Tone::Narrows, format!("▼ {field} narrows the pool"));
    };
    let looking = book.looking.get(field).map_or(&[][..], Vec::as_slice);
    if looking.is_empty() {
        return CardLine::new(Tone::Does, format!("▽ {field}: no contract looks at it"));
    }
    let look = if looking.len() == 1 { "looks" } else { "look" };
    let mut names: Vec<&str> = looking.iter().map(ContractId::as_str).collect();
    names.truncate(NAMED_MAX);
    let rest = looking.len() - names.len();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let text = format!("▼ {field}: {} of {} contracts {look} at it", looking.len(), book.contracts);
    CardLine { tone: Tone::Narrows, text, more: format!("{}{rest}", names.join(", ")) }
}
