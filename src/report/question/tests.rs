//! Tests of questions.

use super::*;

fn now() -> Wall {
    "2026-05-04T15:10:00Z".parse().unwrap()
}

fn ask(topic: Topic, who: &Scope, wanted: Wanted<'_>) -> Result<Question, Vec<String>> {
    Question::new(topic, who.clone(), wanted, now(), Currency::USD)
}

fn by(group_by: &str) -> Wanted<'_> {
    Wanted { group_by: Some(group_by), ..Wanted::default() }
}

#[test]
fn a_period_is_read_in_the_zone() {
    for (zone, since, until, from, end) in [
        (None, None, None, "2026-04-05T00:00:00Z", "2026-05-04T15:15:00Z"),
        (Some("America/New_York"), None, None, "2026-04-05T04:00:00Z", "2026-05-04T15:15:00Z"),
        (
            Some("Asia/Kolkata"),
            Some("2026-05-01"),
            Some("2026-05-02"),
            "2026-04-30T18:30:00Z",
            "2026-05-01T18:30:00Z",
        ),
        (None, Some("1d"), None, "2026-05-03T00:00:00Z", "2026-05-04T15:15:00Z"),
        (None, Some("12h"), Some("1h"), "2026-05-04T03:00:00Z", "2026-05-04T14:15:00Z"),
        (
            None,
            Some("2026-05-04T10:14:00-04:00"),
            Some("2026-05-04T15:00:00Z"),
            "2026-05-04T14:00:00Z",
            "2026-05-04T15:00:00Z",
        ),
        (None, Some("99999d"), None, "1970-01-01T00:00:00Z", "2026-05-04T15:15:00Z"),
    ] {
        let wanted = Wanted { zone, since, until, ..by("offer") };
        let span = ask(Topic::Pnl, &Scope::All, wanted).unwrap().span();
        let case = format!("{zone:?} {since:?} {until:?}");
        assert_eq!(span.from.start(), from.parse().unwrap(), "{case}");
        assert_eq!(span.until.start(), end.parse().unwrap(), "{case}");
    }
}

#[test]
fn sums_of_pairs_answer_where_they_can_and_the_cube_where_they_must() {
    let buyer = Scope::Buyer("acme".parse().unwrap());
    let source = Scope::Source("ads".parse().unwrap());
    for (topic, who, group_by, expected) in [
        (Topic::Pnl, &Scope::All, "", "Calls(All)"),
        (Topic::Pnl, &Scope::All, "day", "Calls(All)"),
        (Topic::Pnl, &Scope::All, "hour, buyer", "Calls(OfferBuyer)"),
        (Topic::Pnl, &Scope::All, "number,source", "Calls(NumberSource)"),
        (Topic::Pnl, &Scope::All, "tag,day", "Calls(TagOffer)"),
        (Topic::Pnl, &Scope::All, "trunk", "Cube"),
        (Topic::Pnl, &Scope::All, "offer,buyer,source", "Cube"),
        (Topic::Pnl, &buyer, "day", "Calls(OfferBuyer) of acme"),
        (Topic::Pnl, &buyer, "number", "Cube of acme"),
        (Topic::Pnl, &source, "number", "Calls(NumberSource) of ads"),
        (Topic::Pnl, &source, "offer", "Calls(SourceOffer) of ads"),
        (Topic::Answer, &Scope::All, "buyer", "Calls(OfferBuyer), Attempts"),
        (Topic::Answer, &Scope::All, "tier", "Attempts"),
        (Topic::Answer, &Scope::All, "number", "Calls(NumberSource)"),
        (Topic::Answer, &source, "offer", "Calls(SourceOffer) of ads"),
        (Topic::Missed, &buyer, "offer", "Attempts of acme"),
        (Topic::Latency, &Scope::All, "tier,buyer", "Attempts"),
        (Topic::Latency, &source, "contract", ""),
        (Topic::Rejections, &Scope::All, "reason", "Reasons([Call, Lead, Attempt, Contract])"),
        (Topic::Rejections, &Scope::All, "reason,contract", "Reasons([Contract])"),
        (Topic::Rejections, &buyer, "reason", "Reasons([Attempt]) of acme"),
        (Topic::Rejections, &source, "reason", "Reasons([Call, Lead]) of ads"),
        (Topic::Fallbacks, &Scope::All, "day,offer", "Reasons([Fallback])"),
    ] {
        let question = ask(topic, who, by(group_by)).unwrap();
        let parts = question.parts().into_iter().map(|part| {
            let only = part.only.map_or(String::new(), |(_, value)| format!(" of {value}"));
            format!("{:?}{only}", part.from)
        });
        let parts: Vec<String> = parts.collect();
        assert_eq!(parts.join(", "), expected, "{topic} by {group_by} for {who:?}");
        assert!(!question.columns().is_empty() || parts.is_empty(), "{topic} by {group_by}");
    }
}

#[test]
fn every_fault_of_a_question_is_reported() {
    let buyer = Scope::Buyer("acme".parse().unwrap());
    let source = Scope::Source("ads".parse().unwrap());
    let all = Scope::All;
    let long = |group_by| Wanted { since: Some("2025-01-01"), ..by(group_by) };
    for (topic, who, wanted, expected) in [
        (Topic::Pnl, &all, by("ofer"), "Did you mean `offer`?"),
        (Topic::Pnl, &all, by("day,hour"), "Group by one of `hour` and `day`."),
        (Topic::Pnl, &all, by("buyer,buyer"), "`buyer` is given twice"),
        (Topic::Pnl, &all, by("tier"), "for `group_by`: expected one of `hour`, `day`, `offer`"),
        (Topic::Pnl, &all, by("offer,buyer,source,number"), "at most 3 dimensions"),
        (Topic::Pnl, &all, by("tag,buyer"), "Group `tag` alone"),
        (Topic::Pnl, &all, long("trunk"), "by `trunk` may span at most 31 days"),
        (Topic::Pnl, &all, long("hour"), "by hour may span at most 31 days"),
        (Topic::Pnl, &all, long("day"), "by day may span at most 366 days"),
        (Topic::Answer, &all, by("tier,source"), "no groups by `tier,source` together"),
        (Topic::Rejections, &all, by("buyer,contract"), "one of `contract`, `buyer` and"),
        (Topic::Pnl, &buyer, by("source"), "Invalid value `source` for `group_by`"),
        (Topic::Pnl, &source, by("buyer"), "Invalid value `buyer` for `group_by`"),
        (Topic::Missed, &source, by("tag"), "Invalid value `tag` for `group_by`"),
        (Topic::Rejections, &source, by("contract"), "Invalid value `contract`"),
        (
            Topic::Pnl,
            &all,
            Wanted { zone: Some("Mars"), ..Wanted::default() },
            "Invalid value `Mars` for `zone`",
        ),
        (
            Topic::Pnl,
            &all,
            Wanted { currency: Some("$"), ..Wanted::default() },
            "Invalid value `$` for `currency`",
        ),
        (
            Topic::Pnl,
            &all,
            Wanted { since: Some("soon"), ..Wanted::default() },
            "Invalid value `soon` for `since`",
        ),
        (
            Topic::Pnl,
            &all,
            Wanted { since: Some("1h"), until: Some("2h"), ..Wanted::default() },
            "`until` is not after `since`.",
        ),
    ] {
        let faults = ask(topic, who, wanted).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(expected), "{faults:?}, expected {expected}");
    }
    let wanted = Wanted {
        group_by: Some("x"),
        since: Some("y"),
        until: Some("z"),
        zone: Some("w"),
        currency: Some("v"),
    };
    assert_eq!(ask(Topic::Pnl, &all, wanted).unwrap_err().len(), 5);
}

#[test]
fn the_longest_periods_are_allowed() {
    for (group_by, since) in
        [("trunk", "2026-04-03"), ("hour", "2026-04-03"), ("day", "2025-05-03")]
    {
        let wanted = Wanted { since: Some(since), until: Some("2026-05-04"), ..by(group_by) };
        assert!(ask(Topic::Pnl, &Scope::All, wanted).is_ok(), "{group_by}");
        let day = since.replace("-03", "-02");
        let wanted = Wanted { since: Some(&day), until: Some("2026-05-04"), ..by(group_by) };
        assert!(ask(Topic::Pnl, &Scope::All, wanted).is_err(), "{group_by}");
    }
    // 31 local days with an hour more, as clocks were set back.
    let zone = Some("America/New_York");
    let wanted =
        Wanted { since: Some("2026-10-02"), until: Some("2026-11-02"), zone, ..by("trunk") };
    assert!(ask(Topic::Pnl, &Scope::All, wanted).is_ok());
}
