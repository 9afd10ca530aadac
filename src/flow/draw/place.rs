//! Computes the position of every element.
//!
//! Horizontally, each node goes as near to the mean of its neighbours as the others of its row
//! allow. Vertically, a channel separates the rows. Arrows change position in the channels, and go
//! straight down inside rows. An arrow that leads back has its own height in each channel, and its
//! own lane in the right margin.

use super::Chart;
use super::layers::Layers;
use super::layers::Node;
use super::layers::Thing;
use super::measure::TITLE;
use super::measure::width;
use super::order;
use super::picture::Area;
use super::picture::Block;
use super::picture::Picture;
use super::picture::Stroke;
use super::picture::Tag;
use super::picture::Wire;

/// Space around the picture, and above the first row for the title.
const MARGIN: i64 = 24;
const TITLE_HEIGHT: i64 = 64;
/// Space between two nodes of a row.
const GAP: i64 = 24;
/// Height of a channel, and of each arrow's track in it.
const CHANNEL: i64 = 30;
const LANE: i64 = 9;
/// Number of passes that pull nodes to their neighbours.
const PULLS: usize = 16;

/// Computes all positions.
pub(super) fn place(chart: &Chart) -> Picture {
    let mut layers = Layers::of(chart);
    order::order(&mut layers);
    let centres = centres(&layers);
    let frame = Frame::of(chart, layers, centres);
    frame.picture(chart)
}

/// Returns the horizontal centre of each node.
fn centres(layers: &Layers) -> Vec<i64> {
    let mut centres = vec![0; layers.nodes.len()];
    for row in &layers.rows {
        settle(layers, row, &mut centres, |_| &[]);
    }
    for pull in 0..PULLS {
        let count = layers.rows.len();
        for nth in 0..count {
            if pull % 2 == 0 {
                let Some(row) = layers.rows.get(nth) else { continue };
                settle(layers, row, &mut centres, |node| &node.above);
            } else {
                let Some(row) = layers.rows.get(count - 1 - nth) else { continue };
                settle(layers, row, &mut centres, |node| &node.below);
            }
        }
    }
    centres
}

/// Adjacent nodes that move as one.
struct Group {
    weight: i64,
    /// Sum of the positions that the nodes want, less their distance from the row's first.
    sum: i64,
    nodes: usize,
}

impl Group {
    fn mean(&self) -> i64 {
        self.sum.div_euclid(self.weight)
    }
}

/// Moves a row's nodes as near as possible to the mean of their neighbours, without changing their
/// order: least squares under the distances, by pooling nodes that would overlap.
fn settle<'n>(
    layers: &'n Layers,
    row: &[usize],
    centres: &mut [i64],
    neighbours: impl Fn(&'n Node) -> &'n [usize],
) {
    let mut groups: Vec<Group> = Vec::new();
    let mut distances = Vec::new();
    let (mut distance, mut before) = (0, None);
    for (place, node) in row.iter().filter_map(|at| Some((*at, layers.nodes.get(*at)?))) {
        distance += before.map_or(0, |width: i64| (width + node.width + 1) / 2 + GAP);
        before = Some(node.width);
        distances.push((place, distance));
        let own = neighbours(node);
        let at = |node: &usize| centres.get(*node).copied().unwrap_or_default();
        let count = i64::try_from(own.len()).unwrap_or(1).max(1);
        let wish =
            if own.is_empty() { at(&place) } else { own.iter().map(at).sum::<i64>() / count };
        let weight = match node.thing {
            Thing::Step(..) => 1,
            Thing::Label(..) | Thing::Bend(_) => 2,
        };
        let mut group = Group { weight, sum: (wish - distance) * weight, nodes: 1 };
        while let Some(last) = groups.pop_if(|last| last.mean() >= group.mean()) {
            group.weight += last.weight;
            group.sum += last.sum;
            group.nodes += last.nodes;
        }
        groups.push(group);
    }
    let firsts = groups.iter().flat_map(|group| std::iter::repeat_n(group.mean(), group.nodes));
    for (first, (place, distance)) in firsts.zip(distances) {
        centres.get_mut(place).into_iter().for_each(|centre| *centre = first + distance);
    }
}

/// The inputs for drawing arrows: rows, channels, ports.
struct Frame {
    layers: Layers,
    centres: Vec<i64>,
    /// Top and bottom of each row.
    rows: Vec<(i64, i64)>,
    /// Right edge of the rows.
    right: i64,
    bottom: i64,
    /// Number of margin arrows in the channel above each row so far; the last channel is below the
    /// last row.
    taken: Vec<i64>,
}

impl Frame {
    fn of(chart: &Chart, layers: Layers, mut centres: Vec<i64>) -> Self {
        let edge = |(node, centre): (&Node, &i64)| centre - node.width / 2;
        let left = layers.nodes.iter().zip(&centres).map(edge).min().unwrap_or_default();
        centres.iter_mut().for_each(|centre| *centre += MARGIN - left);
        let end = |(node, centre): (&Node, &i64)| centre + node.width - node.width / 2;
        let right = layers.nodes.iter().zip(&centres).map(end).max().unwrap_or(MARGIN);
        let mut heights: Vec<i64> = vec![0; layers.rows.len()];
        let mut asides = vec![0; layers.rows.len() + 1];
        for node in &layers.nodes {
            grow(&mut heights, node.row, node.height);
        }
        for aside in &layers.aside {
            let (from, to) = ends(chart, &layers, aside.arrow);
            grow(&mut heights, label_row(from, to), aside.height);
            for channel in [from + 1, to] {
                asides.get_mut(channel).into_iter().for_each(|count| *count += 1);
            }
        }
        let mut rows = Vec::new();
        let mut y = MARGIN + TITLE_HEIGHT - CHANNEL;
        for (row, height) in heights.iter().enumerate() {
            y += CHANNEL + LANE * asides.get(row).copied().unwrap_or_default();
            rows.push((y, y + height));
            y += height;
        }
        let last = asides.last().copied().unwrap_or_default();
        let bottom = y + if last > 0 { LANE * (last + 1) } else { 0 };
        let taken = vec![0; asides.len()];
        Self { layers, centres, rows, right, bottom, taken }
    }

    fn picture(mut self, chart: &Chart) -> Picture {
        let ports = Ports::of(chart, &self);
        let mut wires: Vec<Wire> = (self.layers.chains.iter())
            .map(|(arrow, chain)| self.wire(*arrow, chain, &ports))
            .collect();
        let mut lane = self.right + GAP;
        for aside in std::mem::take(&mut self.layers.aside) {
            let (from, to) = ends(chart, &self.layers, aside.arrow);
            let (start, end) = (ports.start(aside.arrow), ports.end(aside.arrow));
            let (down, up) = (self.channel(from + 1), self.channel(to));
            let strokes = vec![
                Stroke::Line(start.0, down),
                Stroke::Line(lane, down),
                Stroke::Line(lane, up),
                Stroke::Line(end.0, up),
                Stroke::Line(end.0, end.1),
            ];
            let (top, _) = self.rows.get(label_row(from, to)).copied().unwrap_or_default();
            let area = Area { x: lane + 6, y: top, width: aside.width, height: aside.height };
            let label = (!aside.label.is_empty()).then_some(Tag { area, lines: aside.label });
            lane = area.right() + GAP / 2;
            self.right = self.right.max(area.right());
            wires.push(Wire { arrow: aside.arrow, from: start, strokes, label });
        }
        wires.sort_by_key(|wire| wire.arrow);
        let blocks = self.blocks();
        let title = width(&title(chart), TITLE);
        let width = (self.right + MARGIN).max(title + 2 * MARGIN);
        Picture { width, height: self.bottom + MARGIN, blocks, wires }
    }

    fn blocks(&self) -> Vec<Block> {
        let steps = self.layers.nodes.iter().enumerate();
        let steps = steps.filter_map(|(at, node)| match &node.thing {
            Thing::Step(step, lines) => {
                Some(Block { step: *step, area: self.area(at), lines: lines.clone() })
            }
            Thing::Label(..) | Thing::Bend(_) => None,
        });
        steps.collect()
    }

    fn area(&self, at: usize) -> Area {
        let Some(node) = self.layers.nodes.get(at) else {
            return Area { x: 0, y: 0, width: 0, height: 0 };
        };
        let centre = self.centres.get(at).copied().unwrap_or_default();
        let (y, _) = self.rows.get(node.row).copied().unwrap_or_default();
        Area { x: centre - node.width / 2, y, width: node.width, height: node.height }
    }

    /// Returns the next free height in the channel above a row.
    fn channel(&mut self, row: usize) -> i64 {
        let nth = self.taken.get_mut(row).map_or(0, |taken| {
            *taken += 1;
            *taken
        });
        match (self.rows.get(row), row.checked_sub(1).and_then(|above| self.rows.get(above))) {
            (_, Some((_, bottom))) => bottom + LANE * nth,
            (Some((top, _)), None) => top - LANE * (nth + 1),
            (None, None) => 0,
        }
    }

    /// Draws an arrow through the rows: straight inside them, curved in the channels.
    fn wire(&self, arrow: usize, chain: &[usize], ports: &Ports) -> Wire {
        let (start, end) = (ports.start(arrow), ports.end(arrow));
        let mut strokes = Vec::new();
        let mut label = None;
        let row_of = |at: &usize| self.layers.nodes.get(*at).map_or(0, |node| node.row);
        let bottom = |row: usize| self.rows.get(row).map_or(0, |(_, bottom)| *bottom);
        let mut x = start.0;
        if let Some(first) = chain.first() {
            strokes.push(Stroke::Line(x, bottom(row_of(first))));
        }
        for at in chain.iter().take(chain.len().saturating_sub(1)).skip(1) {
            let area = self.area(*at);
            x = area.x + area.width / 2;
            strokes.push(Stroke::Curve(x, area.y));
            if let Some(Thing::Label(_, lines)) = self.layers.nodes.get(*at).map(|n| &n.thing) {
                label = Some(Tag { area, lines: lines.clone() });
            }
            strokes.push(Stroke::Line(x, bottom(row_of(at))));
        }
        strokes.push(Stroke::Curve(end.0, end.1));
        Wire { arrow, from: start, strokes, label }
    }
}

fn grow(heights: &mut [i64], row: usize, height: i64) {
    heights.get_mut(row).into_iter().for_each(|own| *own = (*own).max(height));
}

/// Returns the rows of an arrow's two steps.
fn ends(chart: &Chart, layers: &Layers, arrow: usize) -> (usize, usize) {
    let row = |step: usize| layers.nodes.get(step).map_or(0, |node| node.row);
    chart.arrows.get(arrow).map_or((0, 0), |arrow| (row(arrow.from), row(arrow.to)))
}

/// Returns the row beside which a margin arrow's label is drawn: one that its lane passes.
fn label_row(from: usize, to: usize) -> usize {
    if to > from { from + 1 } else { from }
}

/// Points where arrows leave and reach the boxes: spread over the bottom and the top, in the order
/// of the other ends, so that arrows do not cross there.
struct Ports {
    starts: Vec<(i64, i64)>,
    ends: Vec<(i64, i64)>,
}

impl Ports {
    fn of(chart: &Chart, frame: &Frame) -> Self {
        let count = chart.arrows.len();
        let mut far = vec![(i64::MAX, i64::MAX); count];
        for (arrow, chain) in &frame.layers.chains {
            let x = |at: Option<&usize>| at.and_then(|at| frame.centres.get(*at)).copied();
            let (first, last) = (x(chain.get(1)), x(chain.get(chain.len().saturating_sub(2))));
            if let Some(slot) = far.get_mut(*arrow) {
                *slot = (first.unwrap_or_default(), last.unwrap_or_default());
            }
        }
        let mut ports = Self { starts: vec![(0, 0); count], ends: vec![(0, 0); count] };
        for step in 0..chart.cards.len() {
            let area = frame.area(step);
            let arrows = || chart.arrows.iter().enumerate();
            let far_of = |arrow: usize| far.get(arrow).copied().unwrap_or_default();
            let mut out: Vec<(i64, usize)> = arrows()
                .filter(|(_, arrow)| arrow.from == step)
                .map(|(at, _)| (far_of(at).0, at))
                .collect();
            spread(&mut out, area.x, area.width, area.bottom(), &mut ports.starts);
            let mut into: Vec<(i64, usize)> = arrows()
                .filter(|(_, arrow)| arrow.to == step)
                .map(|(at, _)| (far_of(at).1, at))
                .collect();
            spread(&mut into, area.x, area.width, area.y, &mut ports.ends);
        }
        ports
    }

    fn start(&self, arrow: usize) -> (i64, i64) {
        self.starts.get(arrow).copied().unwrap_or_default()
    }

    fn end(&self, arrow: usize) -> (i64, i64) {
        self.ends.get(arrow).copied().unwrap_or_default()
    }
}

fn spread(arrows: &mut [(i64, usize)], x: i64, width: i64, y: i64, ports: &mut [(i64, i64)]) {
    arrows.sort_unstable();
    let parts = i64::try_from(arrows.len()).unwrap_or(0) + 1;
    for (nth, (_, arrow)) in (1..).zip(arrows.iter()) {
        ports.get_mut(*arrow).into_iter().for_each(|port| *port = (x + width * nth / parts, y));
    }
}

/// Returns the title of the picture.
pub(super) fn title(chart: &Chart) -> String {
    format!("Flow {}", chart.name)
}
