//! Draws a ladder as SVG 1.1: one file without scripts or references to other files.

use crate::base::xml::Element;
use crate::base::xml::tip;

use super::columns::Columns;
use super::message::LadderMessage;
use super::whole::Ladder;

/// Width of a column, and height of a message's row, in pixels.
const COLUMN: usize = 280;
const ROW: usize = 26;
/// Where the bars begin.
const TOP: usize = 104;
/// Place of the first bar: the time stands before it.
const LEFT: usize = 200;

const STYLE: &str = "\
text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1b2430;font-size:13px}
.page{fill:#fbfcfd}.title{font-size:16px;font-weight:600}.side{fill:#596675;font-size:12px}
.bar{stroke:#8494a6;stroke-width:1.3}.wire{fill:none;stroke:#1f5fbf;stroke-width:1.5}
.again{stroke-dasharray:5 4}.failed{stroke:#b3261e}.tip{fill:#66768a}.label{text-anchor:middle}
@media (prefers-color-scheme:dark){
text{fill:#e4e9ef}.page{fill:#12171d}.side{fill:#9fadbb}.bar{stroke:#6b7b8d}
.wire{stroke:#72a7f4}.failed{stroke:#f2857d}.tip{fill:#8c9bab}}
";

impl Ladder {
    /// Returns the ladder as a picture. Each arrow has its message as a tooltip. The same ladder gives
    /// the same text, byte for byte.
    pub fn svg(&self) -> String {
        let columns = Columns::of(self);
        let width = LEFT + COLUMN * columns.columns.len().max(1);
        let bottom = TOP + ROW * (self.messages.len() + 1);
        let height = bottom + ROW;
        let mut parts = vec![
            Element::new("title").with("id", "title").address(&self.title()),
            Element::new("style").text(STYLE),
            Element::new("defs").child(tip()),
            Element::new("rect")
                .with("class", "page")
                .with("width", width.to_string())
                .with("height", height.to_string()),
            text("title", 24, 34).address(&self.title()),
        ];
        for (place, column) in columns.columns.iter().enumerate() {
            let x = bar(place);
            parts.push(text("label", x, TOP - 36).address(&column.name));
            parts.push(text("side label", x, TOP - 18).address(&column.address.to_string()));
            parts.push(
                Element::new("path").with("class", "bar").with("d", format!("M{x} {TOP}V{bottom}")),
            );
        }
        for (row, message) in self.messages.iter().enumerate() {
            parts.push(arrow(&columns, message, TOP + ROW * (row + 1)));
        }
        parts.extend(self.left_out_note().map(|note| text("side", 24, bottom + 8).address(&note)));
        let page = Element::new("svg")
            .with("xmlns", "http://www.w3.org/2000/svg")
            .with("width", width.to_string())
            .with("height", height.to_string())
            .with("viewBox", format!("0 0 {width} {height}"))
            .with("role", "img")
            .with("aria-labelledby", "title")
            .text("\n");
        let page = parts.into_iter().fold(page, |page, part| page.child(part).text("\n"));
        format!("{}\n", page.print())
    }
}

fn arrow(columns: &Columns, message: &LadderMessage, y: usize) -> Element {
    let arrow = columns.arrow(message);
    let (from, to) = (bar(arrow.from), bar(arrow.to));
    let summary = message.summary();
    let is_failure = summary.starts_with(['4', '5', '6']);
    let class = match (message.retransmission, is_failure) {
        (false, false) => "wire",
        (false, true) => "wire failed",
        (true, false) => "wire again",
        (true, true) => "wire again failed",
    };
    let time = message.at.timestamp().strftime("%H:%M:%S%.6f").to_string();
    // Beside the bar, so that the tip does not cover it.
    let (start, end) = if from < to { (from + 2, to - 3) } else { (from - 2, to + 3) };
    Element::new("g")
        .child(Element::new("title").text(&message.text()))
        .child(text("side", 24, y + 4).address(&time))
        .child(text("label", from.midpoint(to), y - 6).address(&summary))
        .child(
            Element::new("path")
                .with("class", class)
                .with("marker-end", "url(#tip)")
                .with("d", format!("M{start} {y}H{end}")),
        )
}

/// Returns the place of a column's bar.
fn bar(column: usize) -> usize {
    LEFT + COLUMN / 2 + COLUMN * column - COLUMN / 4
}

fn text(class: &str, x: usize, y: usize) -> Element {
    Element::new("text").with("class", class).with("x", x.to_string()).with("y", y.to_string())
}

#[cfg(test)]
mod tests {
    use crate::ladder::sample::call;
    use crate::ladder::sample::ladder;

    /// Read by another parser.
    #[test]
    fn a_picture_has_an_arrow_for_each_message() {
        let mut ladder = ladder(call(1));
        ladder.left_out = 1;
        let svg = ladder.svg();
        let tree = roxmltree::Document::parse(&svg).unwrap();
        let of_class = |class: &str| {
            let is = |found: &str| found.split(' ').any(|one| one == class);
            tree.descendants().filter(|node| node.attribute("class").is_some_and(is)).count()
        };
        assert_eq!(of_class("wire"), ladder.messages.len());
        assert_eq!(of_class("again"), 1);
        assert_eq!(of_class("failed"), 1, "486");
        assert_eq!(of_class("bar"), 3);
        let texts: Vec<_> = tree.descendants().filter_map(|node| node.text()).collect();
        for text in ["486 Busy Here", "1 message left out", "192.0.2.7:5060", "15:00:00.250000"] {
            assert!(texts.contains(&text), "{text}: {texts:?}");
        }
        assert!(texts.iter().any(|text| text.contains("Peregrina")), "the message is a tooltip");
        assert_eq!(ladder.svg(), svg);
    }
}
