//! Pictures of the example flows and of random ones: no two elements overlap.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::Chart;
use super::Narrowing;
use super::layers::PADDING;
use super::measure::BODY;
use super::measure::HEAD;
use super::measure::LABEL;
use super::measure::width;
use super::picture::Area;
use super::picture::Picture;
use super::picture::Stroke;
use super::place::place;
use crate::flow::Flow;
use crate::flow::parse;

fn flow(xml: &str) -> Flow {
    let (flow, faults) = parse("t.xml", xml);
    flow.unwrap_or_else(|| panic!("{:?}", faults.first()))
}

fn examples() -> Vec<(String, Flow)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr-flows");
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let xml = paths.filter(|path| path.extension().is_some_and(|end| end == "xml"));
    let read = |path: std::path::PathBuf| {
        let (shown, text) = (path.display().to_string(), fs::read_to_string(&path).unwrap());
        (shown.clone(), parse(&shown, &text).0.unwrap())
    };
    xml.map(read).collect()
}

/// Returns the faults of a picture.
fn faults(chart: &Chart, picture: &Picture) -> Vec<String> {
    let mut faults = Vec::new();
    let page = Area { x: 0, y: 0, width: picture.width, height: picture.height };
    let mut things: Vec<(String, Area)> = Vec::new();
    for block in &picture.blocks {
        things.push((chart.id(block.step).to_owned(), block.area));
        let room = block.area.width - 2 * PADDING;
        for line in block.lines.iter().filter(|line| width(&line.text, BODY) > room) {
            faults.push(format!("too wide: {}", line.text));
        }
        let head = width(chart.id(block.step), HEAD);
        if head > room && chart.id(block.step).len() < 20 {
            faults.push(format!("name too wide: {}", chart.id(block.step)));
        }
    }
    for wire in &picture.wires {
        let Some(tag) = &wire.label else { continue };
        things.push((format!("label {}", tag.lines.join(" ")), tag.area));
        for line in tag.lines.iter().filter(|line| width(line, LABEL) > tag.area.width) {
            faults.push(format!("label too wide: {line}"));
        }
    }
    for (at, (name, area)) in things.iter().enumerate() {
        if !page.holds(area) {
            faults.push(format!("{name} is not on the page"));
        }
        for (other, over) in things.iter().skip(at + 1) {
            if area.overlaps(over) {
                faults.push(format!("{name} lies on {other}: {area:?} {over:?}"));
            }
        }
    }
    wire_faults(chart, picture, &mut faults);
    faults
}

/// Every arrow exists, from box to box, and crosses no other box and no other arrow's label.
fn wire_faults(chart: &Chart, picture: &Picture, faults: &mut Vec<String>) {
    let area = |step: usize| picture.blocks.iter().find(|b| b.step == step).unwrap().area;
    if picture.blocks.len() != chart.cards.len() || picture.wires.len() != chart.arrows.len() {
        faults.push("something is missing".into());
        return;
    }
    let solid: Vec<Area> = (picture.blocks.iter().map(|block| block.area))
        .chain(picture.wires.iter().filter_map(|wire| wire.label.as_ref()).map(|tag| tag.area))
        .collect();
    for wire in &picture.wires {
        let arrow = &chart.arrows[wire.arrow];
        let (from, to) = (area(arrow.from), area(arrow.to));
        let name = format!("{} → {}", chart.id(arrow.from), chart.id(arrow.to));
        let mut at = wire.from;
        if at.1 != from.bottom() || !(from.x..=from.right()).contains(&at.0) {
            faults.push(format!("{name} begins elsewhere"));
        }
        for stroke in &wire.strokes {
            let (Stroke::Line(x, y) | Stroke::Curve(x, y)) = *stroke;
            // A curve stays between its ends, as its control points do.
            let (left, top) = (at.0.min(x), at.1.min(y));
            let swept = Area { x: left, y: top, width: (at.0 - x).abs(), height: (at.1 - y).abs() };
            let own = wire.label.as_ref().map(|tag| tag.area);
            let others = solid.iter().filter(|area| Some(**area) != own);
            for area in others.filter(|area| crosses(&swept, area)) {
                faults.push(format!("{name} runs through {area:?}: {swept:?}"));
            }
            at = (x, y);
        }
        if at.1 != to.y || !(to.x..=to.right()).contains(&at.0) {
            faults.push(format!("{name} ends elsewhere"));
        }
        if wire.label.is_none() != arrow.labels.is_empty() {
            faults.push(format!("{name} has lost its label"));
        }
    }
}

/// Whether a stroke's area overlaps another, beyond its edge.
fn crosses(stroke: &Area, area: &Area) -> bool {
    let across = stroke.x < area.right() && area.x < stroke.right().max(stroke.x + 1);
    let down = stroke.y < area.bottom() && area.y < stroke.bottom();
    across && down
}

#[test]
fn every_example_is_drawn_without_a_fault() {
    let examples = examples();
    assert!(examples.len() >= 5);
    for (path, flow) in examples {
        let chart = Chart::of(&flow, None);
        assert_eq!(faults(&chart, &place(&chart)), [""; 0], "{path}");
        let (svg, text) = (chart.svg(), chart.text());
        assert_eq!(svg, Chart::of(&flow, None).svg(), "{path}: drawn twice, drawn alike");
        let tree = roxmltree::Document::parse(&svg).unwrap();
        assert!(!svg.contains("<script") && !svg.contains("href"), "{path}");
        let root = tree.root_element();
        let titles: Vec<&str> = root.children().filter_map(|n| n.text()).map(str::trim).collect();
        assert!(titles.contains(&format!("Flow {}", flow.name).as_str()), "{path}");
        for step in &flow.steps {
            let id = step.id.as_str();
            assert!(svg.contains(&format!("<title>{id}</title>")), "{path}: {id}");
            assert!(text.contains(id), "{path}: {id}");
        }
    }
}

#[test]
fn questions_show_who_looks_at_their_field() {
    let flow = flow(
        "<Flow name='t'><Gather field='zip' validate='us-zip'/><Set field='x' value='1'/><Route/>\
         </Flow>",
    );
    let ids = ["a".parse().unwrap(), "b".parse().unwrap()];
    let looking = BTreeMap::from([("zip".parse().unwrap(), ids.to_vec())]);
    let chart = Chart::of(&flow, Some(&Narrowing { contracts: 5, looking }));
    let text = chart.text();
    assert!(text.contains("▼ zip: 2 of 5 contracts look at it"), "{text}");
    assert!(text.contains("▽ x: no contract looks at it"), "{text}");
    assert!(chart.svg().contains("<title>a, b</title>▼ zip: 2 of 5"), "{}", chart.svg());
}

#[test]
fn a_tree_shows_each_step_once() {
    let flow = flow(
        "<Flow name='t'><Step id='a'><Gather><Say>Q</Say><Option digits='1' goto='b'/>\
         <Option digits='2' goto='c'/><Exhausted goto='c'/></Gather></Step>\
         <Step id='b'><Redirect step='a'/></Step><Step id='c'><Hangup/></Step>\
         <Step id='d'><Route/></Step></Flow>",
    );
    let wanted = "\
Flow t: 4 steps, en-US

a  (start)
│   “Q”
│   ? a choice, once
├─ 1 → b
│  └─ → a  (see there)
└─ 2 | no answer → c
       hang up

d  (no way leads here)
    route to the number’s offer
";
    assert_eq!(Chart::of(&flow, None).text(), wanted);
}

#[test]
fn a_plain_way_beside_a_conditional_one_is_drawn() {
    let flow = flow(
        "<Flow name='t'><Step id='a'><Gather field='zip' validate='us-zip' ask='when-needed'/>\
         <If field='zip' present='false' goto='b'/><Say>Hi</Say><Redirect step='b'/></Step>\
         <Step id='b'><Hangup/></Step></Flow>",
    );
    let chart = Chart::of(&flow, None);
    assert_eq!(chart.arrows.len(), 1);
    assert_eq!(chart.arrows[0].labels, ["zip is not known", "otherwise"]);
    let text = chart.text();
    assert!(text.contains("└─ zip is not known | otherwise → b"), "{text}");
    assert!(text.contains("? zip, zip code, 5 keys, once, skipped when no contract"), "{text}");
    assert!(chart.svg().contains("otherwise"));
}

#[test]
fn long_labels_wrap_and_lose_nothing() {
    let values = (0..6).map(|n| format!("a-rather-long-value-{n}")).collect::<Vec<_>>().join(",");
    let flow = flow(&format!(
        "<Flow name='t'><Step id='a'><If field='x' in='{values}' goto='b'/>\
         <Hangup/></Step><Step id='b'><Hangup/></Step></Flow>"
    ));
    let chart = Chart::of(&flow, None);
    assert_eq!(faults(&chart, &place(&chart)), [""; 0]);
    let (text, svg) = (chart.text(), chart.svg());
    assert!(text.lines().all(|line| line.chars().count() <= 90), "{text}");
    for value in 0..6 {
        let value = format!("a-rather-long-value-{value}");
        assert!(text.contains(&value), "{text}");
    }
    let picture = place(&chart);
    let label: String = picture.wires[0].label.iter().flat_map(|l| l.lines.clone()).collect();
    assert!(!label.contains('…'), "{label}");
    assert!(svg.contains("value-"), "{svg}");
}

/// Two hundred steps in a line, each with arrows to many others, and back.
#[test]
fn the_largest_flows_stay_in_bounds() {
    let mut xml = String::from("<Flow name='t'>");
    for step in 0..200 {
        xml.push_str(&format!("<Step id='s{step}'><Gather><Say>Q</Say>"));
        for (key, far) in [1, 2, 50, 100, 190].iter().enumerate() {
            xml.push_str(&format!("<Option digits='{key}' goto='s{}'/>", (step + far) % 200));
        }
        xml.push_str("<Exhausted goto='s0'/></Gather></Step>");
    }
    xml.push_str("</Flow>");
    let chart = Chart::of(&flow(&xml), None);
    assert_eq!(faults(&chart, &place(&chart)), [""; 0]);
    assert_eq!(chart.text().matches("? a choice").count(), 200);
}

/// Steps: the length of each sentence, and the targets of its options.
fn steps() -> impl Strategy<Value = Vec<(usize, Vec<usize>)>> {
    let step = (0_usize..900, proptest::collection::vec(0_usize..1_000, 0..5));
    proptest::collection::vec(step, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_flows_are_drawn_without_a_fault(steps in steps()) {
        let mut xml = String::from("<Flow name='t'>");
        let count = steps.len();
        for (nth, (length, ways)) in steps.iter().enumerate() {
            let words = "Wide Words with 12345 &amp; Ünïcode 漢字 iiii ";
            let text: String = words.repeat(20).chars().take(*length).collect();
            let text = text.rsplit_once(' ').map_or("Hm", |(text, _)| text);
            xml.push_str(&format!("<Step id='step-{nth}'><Say>{text}.</Say><Gather field='f{nth}'><Pause/>"));
            for (key, to) in ways.iter().enumerate() {
                xml.push_str(&format!("<Option digits='{key}' value='{}' goto='step-{}'/>",
                    "v".repeat(to % 60), to % count));
            }
            xml.push_str("</Gather><Hangup/></Step>");
        }
        xml.push_str("</Flow>");
        let chart = Chart::of(&flow(&xml), None);
        prop_assert_eq!(faults(&chart, &place(&chart)), Vec::<String>::new());
        prop_assert!(roxmltree::Document::parse(&chart.svg()).is_ok());
    }
}
