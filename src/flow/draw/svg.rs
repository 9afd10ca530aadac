//! Writes the picture as SVG 1.1: one file without scripts or references to other files.
//!
//! Colours come from classes, with a second set for dark mode. Each step and each arrow is a group
//! with a `<title>`, which screen readers speak and browsers show as a tooltip.

use super::Chart;
use super::layers::HEAD_HEIGHT;
use super::layers::LABEL_HEIGHT;
use super::layers::LINE_HEIGHT;
use super::layers::PADDING;
use super::measure::HEAD;
use super::measure::wrap;
use super::picture::Area;
use super::picture::Block;
use super::picture::Picture;
use super::picture::Stroke;
use super::picture::Tag;
use super::picture::Wire;
use super::place;
use super::place::title;
use super::words::Tone;
use crate::base::xml::Element;
use crate::base::xml::tip;

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
    /// Returns the flow as a picture. The same chart gives the same text, byte for byte.
    pub fn svg(&self) -> String {
        let picture = place::place(self);
        format!("{}\n", draw_page(self, &picture).print())
    }
}

fn draw_page(chart: &Chart, picture: &Picture) -> Element {
    let Picture { width, height, .. } = *picture;
    let steps = chart.cards.len();
    let plural = if steps == 1 { "" } else { "s" };
    let (title, below) = (title(chart), format!("{steps} step{plural}, {}", chart.language));
    let mut parts = vec![
        Element::new("title").with("id", "title").address(&title),
        Element::new("desc").with("id", "about").address(&about(chart)),
        Element::new("style").text(STYLE),
        Element::new("defs").child(tip()),
        Element::new("rect")
            .with("class", "page")
            .with("width", width.to_string())
            .with("height", height.to_string()),
        text("title", 24, 34).address(&title),
        text("about", 24, 54).address(&below),
    ];
    parts.extend(picture.wires.iter().filter_map(|wire| draw_wire(chart, wire)));
    parts.extend(picture.blocks.iter().filter_map(|block| draw_block(chart, block)));
    // Labels lie on the arrows, so they are drawn last.
    let tags = picture.wires.iter().filter_map(|wire| wire.label.as_ref());
    parts.extend(tags.map(draw_tag));
    let page = Element::new("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("width", width.to_string())
        .with("height", height.to_string())
        .with("viewBox", format!("0 0 {width} {height}"))
        .with("role", "img")
        .with("aria-labelledby", "title about")
        .text("\n");
    // One element per line, so that two pictures can be compared.
    parts.into_iter().fold(page, |page, part| page.child(part).text("\n"))
}

/// Returns the whole flow as text, for screen readers.
fn about(chart: &Chart) -> String {
    let mut about = format!("Callers begin at {}.", chart.id(chart.start));
    for arrow in &chart.arrows {
        let (from, to) = (chart.id(arrow.from), chart.id(arrow.to));
        about += &match arrow.labels.as_slice() {
            [] => format!(" {from} leads to {to}."),
            labels => format!(" {from} leads to {to}: {}.", labels.join("; ")),
        };
    }
    about
}

fn draw_wire(chart: &Chart, wire: &Wire) -> Option<Element> {
    let arrow = chart.arrows.get(wire.arrow)?;
    let mut name = format!("{} → {}", chart.id(arrow.from), chart.id(arrow.to));
    if !arrow.labels.is_empty() {
        name = format!("{name}: {}", arrow.labels.join("; "));
    }
    let (mut from_x, mut y) = wire.from;
    let mut path = format!("M{from_x} {y}");
    for stroke in &wire.strokes {
        path += &match *stroke {
            Stroke::Line(x, to) => format!("L{x} {to}"),
            Stroke::Curve(x, to) => {
                let middle = (y + to) / 2;
                format!("C{from_x} {middle} {x} {middle} {x} {to}")
            }
        };
        let (Stroke::Line(x, to) | Stroke::Curve(x, to)) = *stroke;
        (from_x, y) = (x, to);
    }
    let line = Element::new("path").with("class", "wire").with("marker-end", "url(#tip)");
    Some(Element::new("g").child(named(&name)).child(line.with("d", path)))
}

fn draw_block(chart: &Chart, block: &Block) -> Option<Element> {
    let card = chart.cards.get(block.step)?;
    let (class, side) = match (block.step == chart.start, card.reached) {
        (true, _) => ("step start", "start"),
        (false, true) => ("step", ""),
        (false, false) => ("step lost", "lost"),
    };
    let Area { x, y, width, height } = block.area;
    // Inside the frame, so that it does not cover the frame.
    let bar = Area { x: x + 2, y: y + 2, width: width - 4, height: HEAD_HEIGHT - 6 };
    let (left, right) = (x + PADDING, x + width - PADDING);
    let head = wrap(card.id.as_str(), HEAD, width, 1).join("");
    let mut group = Element::new("g")
        .with("class", class)
        .child(named(card.id.as_str()))
        .child(rect("box", Area { x, y, width, height }, "7"))
        .child(rect("bar", bar, "5"))
        .child(text("head", left, y + 18).address(&head));
    if !side.is_empty() {
        group = group.child(text("side", right, y + 18).with("text-anchor", "end").address(side));
    }
    let mut y = y + HEAD_HEIGHT;
    for line in &block.lines {
        if line.tone == Tone::Narrows {
            let (x, width) = (x + PADDING / 2, width - PADDING);
            group = group.child(rect(
                "mark",
                Area { x, y: y + 1, width, height: LINE_HEIGHT - 1 },
                "4",
            ));
        }
        let mut shown = text(class_of(line.tone), left, y + 15);
        if !line.more.is_empty() {
            shown = shown.child(named(&line.more));
        }
        group = group.child(shown.address(&line.text));
        y += LINE_HEIGHT;
    }
    Some(group)
}

fn class_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Speaks => "line speaks",
        Tone::Asks => "line asks",
        Tone::Narrows => "line narrows",
        Tone::Routes => "line routes",
        Tone::Does => "line does",
    }
}

fn draw_tag(tag: &Tag) -> Element {
    let Area { x, y, width, .. } = tag.area;
    let group = Element::new("g").child(rect("tag", tag.area, "4"));
    let lines = (1..).zip(&tag.lines).map(|(nth, line)| {
        let label = text("label", x + width / 2, y + nth * LABEL_HEIGHT - 3);
        label.with("text-anchor", "middle").address(line)
    });
    group.children(lines)
}

/// Returns the title that a screen reader speaks for the surrounding element.
fn named(name: &str) -> Element {
    Element::new("title").address(name)
}

fn text(class: &str, x: i64, y: i64) -> Element {
    Element::new("text").with("class", class).with("x", x.to_string()).with("y", y.to_string())
}

fn rect(class: &str, area: Area, corner: &str) -> Element {
    Element::new("rect")
        .with("class", class)
        .with("x", area.x.to_string())
        .with("y", area.y.to_string())
        .with("width", area.width.to_string())
        .with("height", area.height.to_string())
        .with("rx", corner)
}
