//! The picture as SVG 1.1: one file that needs no other, without scripts.
//!
//! Colours come from classes, with a second set for whoever prefers dark. Each step and each arrow
//! is a group with a `<title>`, which screen readers speak and browsers show under the pointer.

use std::fmt::Write as _;

use super::Chart;
use super::layers::HEAD_HEIGHT;
use super::layers::LABEL_HEIGHT;
use super::layers::LINE_HEIGHT;
use super::layers::PADDING;
use super::measure::HEAD;
use super::measure::wrap;
use super::picture::Block;
use super::picture::Picture;
use super::picture::Stroke;
use super::picture::Tag;
use super::picture::Wire;
use super::place;
use super::place::title;
use super::words::Tone;

const STYLE: &str = "\
text{font-family:system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif;fill:#1b2430}
.page{fill:#fbfcfd}.title{font-size:18px;font-weight:600}.about{font-size:12px;fill:#596675}
.box{fill:#fff;stroke:#8494a6;stroke-width:1.3}.bar{fill:#e8edf3}
.start .box{stroke:#1f5fbf;stroke-width:2.2}.start .bar{fill:#d6e5fb}
.lost .box{stroke-dasharray:5 4}
.head{font-size:14px;font-weight:600}.side{font-size:12px;fill:#596675}
.line{font-size:13px}.speaks{font-style:italic;fill:#34424f}.asks{fill:#1f5fbf;font-weight:500}
.narrows{fill:#8a4b00;font-weight:500}.mark{fill:#fdf0dc}.routes{fill:#14703b;font-weight:500}
.wire{fill:none;stroke:#66768a;stroke-width:1.5}.tip{fill:#66768a}
.tag{fill:#fbfcfd}.label{font-size:12px;fill:#26323e}
@media (prefers-color-scheme:dark){
text{fill:#e4e9ef}.page{fill:#12171d}.about,.side{fill:#9fadbb}
.box{fill:#1b222a;stroke:#6b7b8d}.bar{fill:#27313c}
.start .box{stroke:#72a7f4}.start .bar{fill:#1d3557}
.speaks{fill:#c6d0da}.asks{fill:#8dbaf8}.narrows{fill:#f3bd74}.mark{fill:#3a2c17}
.routes{fill:#7fd4a2}.wire{stroke:#8c9bab}.tip{fill:#8c9bab}.tag{fill:#12171d}
.label{fill:#dbe2e9}}
";

impl Chart {
    /// The flow as a picture. The same chart gives the same text, byte for byte.
    pub fn svg(&self) -> String {
        let picture = place::place(self);
        let mut svg = String::new();
        // Writing into a text does not fail.
        let _: std::fmt::Result = draw_page(self, &picture, &mut svg);
        svg
    }
}

fn draw_page(chart: &Chart, picture: &Picture, out: &mut String) -> std::fmt::Result {
    let Picture { width, height, .. } = picture;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title about\">"
    )?;
    writeln!(out, "<title id=\"title\">{}</title>", escaped(&title(chart)))?;
    writeln!(out, "<desc id=\"about\">{}</desc>", escaped(&about(chart)))?;
    writeln!(out, "<style>{STYLE}</style>")?;
    writeln!(
        out,
        "<defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L10 5L0 10z\"/></marker>\
         </defs>"
    )?;
    writeln!(out, "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>")?;
    writeln!(out, "<text class=\"title\" x=\"24\" y=\"34\">{}</text>", escaped(&title(chart)))?;
    let steps = chart.cards.len();
    let plural = if steps == 1 { "" } else { "s" };
    let language = escaped(&chart.language);
    writeln!(
        out,
        "<text class=\"about\" x=\"24\" y=\"54\">{steps} step{plural}, {language}</text>"
    )?;
    for wire in &picture.wires {
        draw_wire(chart, wire, out)?;
    }
    for block in &picture.blocks {
        draw_block(chart, block, out)?;
    }
    // Labels lie on the arrows, so they come last.
    for tag in picture.wires.iter().filter_map(|wire| wire.label.as_ref()) {
        draw_tag(tag, out)?;
    }
    writeln!(out, "</svg>")
}

/// The flow told in one go, for who cannot see it.
fn about(chart: &Chart) -> String {
    let mut about = format!("Callers begin at {}.", chart.id(chart.start));
    for arrow in &chart.arrows {
        let (from, to) = (chart.id(arrow.from), chart.id(arrow.to));
        let _: std::fmt::Result = match arrow.labels.as_slice() {
            [] => write!(about, " {from} leads to {to}."),
            labels => write!(about, " {from} leads to {to}: {}.", labels.join("; ")),
        };
    }
    about
}

fn draw_wire(chart: &Chart, wire: &Wire, out: &mut String) -> std::fmt::Result {
    let Some(arrow) = chart.arrows.get(wire.arrow) else { return Ok(()) };
    let mut name = format!("{} → {}", chart.id(arrow.from), chart.id(arrow.to));
    if !arrow.labels.is_empty() {
        name = format!("{name}: {}", arrow.labels.join("; "));
    }
    let (x, mut y) = wire.from;
    write!(out, "<g><title>{}</title>", escaped(&name))?;
    write!(out, "<path class=\"wire\" marker-end=\"url(#tip)\" d=\"M{x} {y}")?;
    let mut from_x = x;
    for stroke in &wire.strokes {
        match *stroke {
            Stroke::Line(x, to) => write!(out, "L{x} {to}")?,
            Stroke::Curve(x, to) => {
                let middle = (y + to) / 2;
                write!(out, "C{from_x} {middle} {x} {middle} {x} {to}")?;
            }
        }
        let (Stroke::Line(x, to) | Stroke::Curve(x, to)) = *stroke;
        (from_x, y) = (x, to);
    }
    writeln!(out, "\"/></g>")
}

fn draw_block(chart: &Chart, block: &Block, out: &mut String) -> std::fmt::Result {
    let Some(card) = chart.cards.get(block.step) else { return Ok(()) };
    let area = block.area;
    let class = match (block.step == chart.start, card.reached) {
        (true, _) => "step start",
        (false, true) => "step",
        (false, false) => "step lost",
    };
    let side = match (block.step == chart.start, card.reached) {
        (true, _) => "start",
        (false, true) => "",
        (false, false) => "lost",
    };
    let (x, y, width, height) = (area.x, area.y, area.width, area.height);
    write!(out, "<g class=\"{class}\"><title>{}</title>", escaped(card.id.as_str()))?;
    write!(
        out,
        "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>"
    )?;
    // Inside the frame, so that it does not cover it.
    let (x1, y1, inner, high) = (x + 2, y + 2, width - 4, HEAD_HEIGHT - 6);
    write!(
        out,
        "<rect class=\"bar\" x=\"{x1}\" y=\"{y1}\" width=\"{inner}\" height=\"{high}\" rx=\"5\"/>"
    )?;
    let (left, right) = (x + PADDING, x + width - PADDING);
    let head = wrap(card.id.as_str(), HEAD, width, 1).join("");
    write!(out, "<text class=\"head\" x=\"{left}\" y=\"{}\">{}</text>", y + 18, escaped(&head))?;
    if !side.is_empty() {
        let y = y + 18;
        write!(
            out,
            "<text class=\"side\" text-anchor=\"end\" x=\"{right}\" y=\"{y}\">{side}</text>"
        )?;
    }
    let mut y = y + HEAD_HEIGHT;
    for line in &block.lines {
        if line.tone == Tone::Narrows {
            let (x, width) = (x + PADDING / 2, width - PADDING);
            write!(
                out,
                "<rect class=\"mark\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{}\" rx=\"4\"/>",
                y + 1,
                LINE_HEIGHT - 1
            )?;
        }
        let class = class_of(line.tone);
        write!(out, "<text class=\"line {class}\" x=\"{left}\" y=\"{}\">", y + 15)?;
        if !line.more.is_empty() {
            write!(out, "<title>{}</title>", escaped(&line.more))?;
        }
        write!(out, "{}</text>", escaped(&line.text))?;
        y += LINE_HEIGHT;
    }
    writeln!(out, "</g>")
}

fn class_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Speaks => "speaks",
        Tone::Asks => "asks",
        Tone::Narrows => "narrows",
        Tone::Routes => "routes",
        Tone::Does => "does",
    }
}

fn draw_tag(tag: &Tag, out: &mut String) -> std::fmt::Result {
    let area = tag.area;
    let (x, y, width, height) = (area.x, area.y, area.width, area.height);
    write!(
        out,
        "<g><rect class=\"tag\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>"
    )?;
    let middle = x + width / 2;
    for (nth, line) in (1..).zip(&tag.lines) {
        let y = y + nth * LABEL_HEIGHT - 3;
        let text = escaped(line);
        write!(
            out,
            "<text class=\"label\" text-anchor=\"middle\" x=\"{middle}\" y=\"{y}\">{text}</text>"
        )?;
    }
    writeln!(out, "</g>")
}

/// A text as XML holds it; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
