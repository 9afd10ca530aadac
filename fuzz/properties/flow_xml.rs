//! Any text as a flow file: its faults have places in the text, and a flow without errors can be
//! drawn and asked for everything.

use strowger::base::Severity;
use strowger::flow::Chart;
use strowger::flow::parse;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (flow, faults) = parse("t.xml", text);
    let lines = text.lines().count().max(1);
    for fault in &faults {
        let line = usize::try_from(fault.place.line).expect("a line");
        assert!((1..=lines + 1).contains(&line), "{fault}");
    }
    let refused = faults.iter().any(|fault| fault.severity == Severity::Error);
    assert_eq!(flow.is_none(), refused, "{faults:?}");
    if let Some(flow) = flow {
        let chart = Chart::of(&flow, None);
        assert!(!chart.text().is_empty() && chart.svg().ends_with("</svg>\n"));
        let _ = (flow.references(), flow.sounds(), flow.answers());
    }
}
