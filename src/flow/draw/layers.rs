//! Assigns steps to rows, and adds what lies between.
//!
//! A step's rank is the longest path to it from the start. Steps are in the even rows; the arrows'
//! labels are in the odd rows between them. An arrow that passes a row has a bend in it.

use super::Chart;
use super::measure::BODY;
use super::measure::HEAD;
use super::measure::LABEL;
use super::measure::width;
use super::measure::wrap;
use super::words::Tone;

/// Maximum bends of a picture; arrows that need more are drawn in the margin.
const BENDS_MAX: usize = 10_000;
/// Maximum width of a line in a box or label, in pixels.
const LINE_WIDTH: i64 = 290;
const LABEL_WIDTH: i64 = 170;
/// Maximum lines of one text in a box, and of a label.
const TEXT_LINES_MAX: usize = 4;
const LABEL_LINES_MAX: usize = 12;
/// Height of a line, of a step's name, of a label's line, and the padding around a box's text, in
/// pixels.
pub(super) const LINE_HEIGHT: i64 = 19;
pub(super) const HEAD_HEIGHT: i64 = 30;
pub(super) const LABEL_HEIGHT: i64 = 17;
pub(super) const PADDING: i64 = 12;
const BEND_WIDTH: i64 = 8;
const BOX_WIDTH_MIN: i64 = 120;

/// A line of a box, after wrapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Printed {
    pub(super) tone: Tone,
    pub(super) text: String,
    pub(super) more: String,
}

/// An item in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Thing {
    /// Step with this index, and its lines.
    Step(usize, Vec<Printed>),
    /// Label of the arrow with this index, and its lines.
    Label(usize, Vec<String>),
    /// Point where the arrow with this index passes the row.
    Bend(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) thing: Thing,
    pub(super) row: usize,
    pub(super) width: i64,
    pub(super) height: i64,
    /// Connected nodes in the row above and in the row below.
    pub(super) above: Vec<usize>,
    pub(super) below: Vec<usize>,
}

/// An arrow that leads back, or too far, and is drawn in the margin.
#[derive(Debug, Clone)]
pub(super) struct Aside {
    pub(super) arrow: usize,
    pub(super) label: Vec<String>,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// The rows of a picture. The first nodes are the steps, by index.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) nodes: Vec<Node>,
    pub(super) rows: Vec<Vec<usize>>,
    /// Nodes that each arrow passes, from step to step, with the arrow's index.
    pub(super) chains: Vec<(usize, Vec<usize>)>,
    pub(super) aside: Vec<Aside>,
}

impl Layers {
    pub(super) fn of(chart: &Chart) -> Self {
        let back = back_arrows(chart);
        let ranks = ranks(chart, &back);
        let mut layers = Layers::default();
        for (place, card) in chart.cards.iter().enumerate() {
            let row = ranks.get(place).copied().unwrap_or_default() * 2;
            layers.step(place, card, row);
        }
        let mut bends = 0;
        for (place, arrow) in chart.arrows.iter().enumerate() {
            let span = |at: usize| ranks.get(at).copied().unwrap_or_default() * 2;
            let (from, to) = (span(arrow.from), span(arrow.to));
            let label = label(&arrow.labels);
            bends += to.saturating_sub(from);
            if to > from && bends <= BENDS_MAX {
                layers.chain(place, (arrow.from, arrow.to), from + 1..to, label);
            } else {
                let (width, height) = label_size(&label);
                layers.aside.push(Aside { arrow: place, label, width, height });
            }
        }
        layers
    }

    fn add(&mut self, node: Node) -> usize {
        let (place, row) = (self.nodes.len(), node.row);
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
        if let Some(row) = self.rows.get_mut(row) {
            row.push(place);
        }
        self.nodes.push(node);
        place
    }

    fn step(&mut self, place: usize, card: &super::Card, row: usize) {
        let mut lines = Vec::new();
        for line in &card.lines {
            for (nth, text) in
                wrap(&line.text, BODY, LINE_WIDTH, TEXT_LINES_MAX).into_iter().enumerate()
            {
                let more = if nth == 0 { line.more.clone() } else { String::new() };
                lines.push(Printed { tone: line.tone, text, more });
            }
        }
        let widest = lines.iter().map(|line| width(&line.text, BODY)).max().unwrap_or_default();
        let head = wrap(card.id.as_str(), HEAD, LINE_WIDTH, 1).join("");
        let inner = widest.max(width(&head, HEAD) + width("start", LABEL) + PADDING);
        let width = (inner + 2 * PADDING).max(BOX_WIDTH_MIN);
        let count = i64::try_from(lines.len()).unwrap_or(0);
        let height = HEAD_HEIGHT + count * LINE_HEIGHT + if count > 0 { PADDING } else { 0 };
        let thing = Thing::Step(place, lines);
        self.add(Node { thing, row, width, height, above: Vec::new(), below: Vec::new() });
    }

    /// Connects two steps through the rows between them; the label is in the first of those rows.
    fn chain(
        &mut self,
        arrow: usize,
        (from, to): (usize, usize),
        between: std::ops::Range<usize>,
        label: Vec<String>,
    ) {
        let mut chain = vec![from];
        let mut label = Some(label).filter(|label| !label.is_empty());
        for row in between {
            let (thing, (width, height)) = match label.take() {
                Some(lines) => {
                    let size = label_size(&lines);
                    (Thing::Label(arrow, lines), size)
                }
                None => (Thing::Bend(arrow), (BEND_WIDTH, 0)),
            };
            let node = Node { thing, row, width, height, above: Vec::new(), below: Vec::new() };
            chain.push(self.add(node));
        }
        chain.push(to);
        for pair in chain.windows(2) {
            let &[upper, lower] = pair else { continue };
            self.nodes.get_mut(upper).into_iter().for_each(|node| node.below.push(lower));
            self.nodes.get_mut(lower).into_iter().for_each(|node| node.above.push(upper));
        }
        self.chains.push((arrow, chain));
    }
}

fn label(labels: &[String]) -> Vec<String> {
    labels.iter().flat_map(|text| wrap(text, LABEL, LABEL_WIDTH, LABEL_LINES_MAX)).collect()
}

fn label_size(lines: &[String]) -> (i64, i64) {
    let widest = lines.iter().map(|line| width(line, LABEL)).max().unwrap_or_default();
    let count = i64::try_from(lines.len()).unwrap_or(0);
    (widest + PADDING, count * LABEL_HEIGHT + 4)
}

/// Progress of the walk at a step.
#[derive(Clone, Copy, PartialEq)]
enum Walked {
    Not,
    Under,
    Done,
}

/// Returns which arrows lead back to a step on the current path: without them there are no cycles.
fn back_arrows(chart: &Chart) -> Vec<bool> {
    let mut back = vec![false; chart.arrows.len()];
    let leaving = leaving(chart);
    let mut walked = vec![Walked::Not; chart.cards.len()];
    for root in std::iter::once(chart.start).chain(0..chart.cards.len()) {
        if walked.get(root) != Some(&Walked::Not) {
            continue;
        }
        let mut path = vec![(root, 0)];
        mark(&mut walked, root, Walked::Under);
        while let Some((step, next)) = path.last_mut() {
            let arrow = leaving.get(*step).and_then(|own| own.get(*next)).copied();
            *next += 1;
            let Some(arrow) = arrow else {
                mark(&mut walked, *step, Walked::Done);
                path.pop();
                continue;
            };
            let to = chart.arrows.get(arrow).map_or(0, |arrow| arrow.to);
            match walked.get(to) {
                Some(Walked::Not) => {
                    mark(&mut walked, to, Walked::Under);
                    path.push((to, 0));
                }
                Some(Walked::Under) => back.get_mut(arrow).into_iter().for_each(|b| *b = true),
                Some(Walked::Done) | None => {}
            }
        }
    }
    back
}

fn mark(walked: &mut [Walked], step: usize, how: Walked) {
    walked.get_mut(step).into_iter().for_each(|slot| *slot = how);
}

/// Returns the arrows that leave each step.
fn leaving(chart: &Chart) -> Vec<Vec<usize>> {
    let mut leaving = vec![Vec::new(); chart.cards.len()];
    for (place, arrow) in chart.arrows.iter().enumerate() {
        leaving.get_mut(arrow.from).into_iter().for_each(|own: &mut Vec<usize>| own.push(place));
    }
    leaving
}

/// Returns each step's longest path from a step without predecessors, over arrows that do not lead
/// back.
fn ranks(chart: &Chart, back: &[bool]) -> Vec<usize> {
    let forward = |place: usize| back.get(place) == Some(&false);
    let mut open = vec![0_usize; chart.cards.len()];
    for (_, arrow) in chart.arrows.iter().enumerate().filter(|(place, _)| forward(*place)) {
        open.get_mut(arrow.to).into_iter().for_each(|count| *count += 1);
    }
    let leaving = leaving(chart);
    let mut ranks = vec![0; chart.cards.len()];
    let mut ready: Vec<usize> =
        open.iter().enumerate().filter(|(_, count)| **count == 0).map(|(step, _)| step).collect();
    while let Some(step) = ready.pop() {
        let rank = ranks.get(step).copied().unwrap_or_default();
        for place in leaving.get(step).into_iter().flatten().filter(|place| forward(**place)) {
            let Some(to) = chart.arrows.get(*place).map(|arrow| arrow.to) else { continue };
            let (Some(own), Some(count)) = (ranks.get_mut(to), open.get_mut(to)) else { continue };
            *own = (*own).max(rank + 1);
            *count -= 1;
            if *count == 0 {
                ready.push(to);
            }
        }
    }
    ranks
}
