use std::collections::BTreeMap;

use super::*;
use crate::base::Fields;
use crate::base::Origin;
use crate::base::Rng;
use crate::book;
use crate::book::Channel;
use crate::dispatch::door::tests::ready;
use crate::quota::Quota;
use crate::score::Quality;

const BOOK: &str = r#"
[[source]]
id = "good"
[[source]]
id = "bad"
[[buyer]]
id = "acme"
timezone = "UTC"
[[offer]]
id = "auto"
fields = [{ name = "email", type = "email" }, { name = "zip", type = "zip" }]
[[contract]]
id = "choosy"
buyer = "acme"
offer = "auto"
channels = ["call", "form"]
price = { amount = "5.00", currency = "USD" }
filters = { fields = [{ field = "score", min = 60 }] }
destination = { sip = "sip:a@198.51.100.7" }
delivery = { post = "https://acme.example/" }
"#;

fn dispatch() -> Dispatch {
    let (book, faults) = book::parse("book", BOOK);
    let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:?}")));
    let dispatch = Dispatch::new(Snapshot::compile(book, 1), Quota::memory());
    let quality = |billable| Quality { inquiries: 100, billable, returned: 0 };
    let sources = [("good", quality(95)), ("bad", quality(2))];
    let sources = sources.map(|(id, quality)| (id.parse().unwrap(), quality));
    dispatch.score_by(Scorer { model: None, sources: BTreeMap::from(sources) });
    dispatch
}

fn inquiry(channel: Channel, source: &str, given: &[(&str, &str)]) -> Inquiry {
    let mut fields = Fields::default();
    for (name, value) in given {
        fields.set(name.parse().unwrap(), value, Origin::Form);
    }
    let source = Some(source.parse().unwrap());
    Inquiry { offer: "auto".parse().unwrap(), channel, source, caller: None, fields }
}

/// Filters see the score of calls and of leads, and the decision records it.
#[test]
fn a_filter_asks_for_a_score() {
    let dispatch = dispatch();
    let now = Now::at("2026-01-06T15:00:00Z".parse().unwrap());
    let whole = [("email", "ann@example.com"), ("zip", "33101"), ("phone", "+13055550123")];
    let spoofed = [("score", "99"), ("zip", "33101")];
    for (channel, source, given, score, sold) in [
        (Channel::Form, "good", &whole[..], 87, true),
        (Channel::Form, "bad", &whole, 52, false),
        (Channel::Call, "good", &[("phone", "+13055550123")], 67, true),
        (Channel::Call, "bad", &[("phone", "+13055550123")], 32, false),
        (Channel::Call, "good", &[], 52, false),
        // What a flow has set is kept; the intake of leads sets its own.
        (Channel::Call, "bad", &spoofed, 99, true),
    ] {
        let inquiry = inquiry(channel, source, given);
        let mut rng = Rng::seeded(1);
        let decision = ready(dispatch.decide(&dispatch.snapshot(), &inquiry, now, &mut rng));
        let recorded = decision.fields();
        let found = recorded.value(SCORE).unwrap();
        assert_eq!(found, score.to_string(), "{channel:?} {source} {given:?}");
        assert_eq!(decision.picks().next().is_some(), sold, "{channel:?} {source} {given:?}");
        let reasons: Vec<_> = decision.reasons().flatten().collect();
        assert_eq!(reasons.is_empty(), sold, "{reasons:?}");
    }
}
