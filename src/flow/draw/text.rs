//! A chart as a tree for a terminal: each step once, below the first path to it.

use std::collections::BTreeSet;

use super::Chart;

/// Maximum nesting; deeper steps begin trees of their own.
const DEPTH_MAX: usize = 8;
/// Maximum characters of a step's line, without the indent.
const LINE_CHARS: usize = 76;

impl Chart {
    /// Returns the flow as an indented tree. Repeated steps are only named.
    pub fn text(&self) -> String {
        let plural = if self.cards.len() == 1 { "" } else { "s" };
        let mut tree =
            Tree { chart: self, shown: BTreeSet::new(), later: Vec::new(), out: String::new() };
        tree.out =
            format!("Flow {}: {} step{plural}, {}\n", self.name, self.cards.len(), self.language);
        let lost = self.cards.iter().enumerate().filter(|(_, card)| !card.reached);
        let mut roots: Vec<usize> = lost.map(|(place, _)| place).rev().collect();
        roots.push(self.start);
        while let Some(root) = roots.pop() {
            if tree.shown.contains(&root) {
                continue;
            }
            tree.root(root);
            roots.extend(tree.later.drain(..).rev());
        }
        tree.out
    }
}

struct Tree<'a> {
    chart: &'a Chart,
    shown: BTreeSet<usize>,
    /// Steps that are too deep. They are shown as separate trees.
    later: Vec<usize>,
    out: String,
}

impl Tree<'_> {
    fn root(&mut self, step: usize) {
        let start = if step == self.chart.start { "  (start)" } else { "" };
        let lost = self.chart.cards.get(step).is_some_and(|card| !card.reached);
        let lost = if lost { "  (no way leads here)" } else { "" };
        self.out.push_str(&format!("\n{}{start}{lost}\n", self.chart.id(step)));
        self.shown.insert(step);
        self.step(step, "", 0);
    }

    fn step(&mut self, step: usize, indent: &str, depth: usize) {
        let chart = self.chart;
        let arrows: Vec<_> = chart.leaving(step).collect();
        let bar = if arrows.is_empty() { "    " } else { "│   " };
        for line in chart.cards.get(step).iter().flat_map(|card| &card.lines) {
            let more =
                if line.more.is_empty() { String::new() } else { format!(": {}", line.more) };
            for (nth, text) in folded(&format!("{}{more}", line.text)).into_iter().enumerate() {
                let hang = if nth == 0 { "" } else { "  " };
                self.out.push_str(&format!("{indent}{bar}{hang}{text}\n"));
            }
        }
        let last = arrows.len().saturating_sub(1);
        for (nth, arrow) in arrows.into_iter().enumerate() {
            let (branch, below) = if nth == last { ("└─", "   ") } else { ("├─", "│  ") };
            let to = chart.id(arrow.to);
            let label = match arrow.labels.as_slice() {
                [] => String::new(),
                labels => folded(&labels.join(" | ")).join(&format!("\n{indent}{below}  ")),
            };
            let label = if label.is_empty() { label } else { format!(" {label}") };
            let first = !self.shown.contains(&arrow.to) && !self.later.contains(&arrow.to);
            let known = if first { "" } else { "  (see there)" };
            self.out.push_str(&format!("{indent}{branch}{label} → {to}{known}\n"));
            if !first {
                continue;
            }
            if depth + 1 >= DEPTH_MAX {
                self.later.push(arrow.to);
                continue;
            }
            self.shown.insert(arrow.to);
            self.step(arrow.to, &format!("{indent}{below}"), depth + 1);
        }
    }
}

/// Wraps a text to terminal lines.
fn folded(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = |line: &String| {
            !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LINE_CHARS
        };
        if lines.last().is_some_and(full) {
            lines.push(String::new());
        }
        let Some(line) = lines.last_mut() else { continue };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}
