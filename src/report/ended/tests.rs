//! Tests of what calls and postings add.

use super::*;
use crate::base::End;
use crate::store::conformance::leads::sold;
use crate::store::sample::decision;
use crate::store::sample::finished;
use crate::store::sample::usd;

fn document(offer: &str, passed: &str) -> DecisionRecord {
    let document = format!("{{\"offer\":\"{offer}\",\"passed\":{{{passed}}}}}");
    DecisionRecord { document, ..decision(1) }
}

/// Returns the sums over all calls, which are those of the cube.
fn total(additions: &Additions) -> Sums {
    let (mut pair, mut cube) = (Sums::default(), Sums::default());
    for (_, sums) in additions.calls.iter().filter(|(group, _)| group.pair == Pair::All) {
        pair.absorb(sums);
    }
    additions.cube.values().for_each(|sums| cube.absorb(sums));
    assert_eq!(pair, cube);
    pair
}

/// Returns the sums of one call.
fn sums_of(record: &CallRecord, decisions: &[DecisionRecord]) -> Sums {
    let mut additions = Additions::default();
    additions.end(record, decisions);
    total(&additions)
}

#[test]
fn a_buyer_who_hangs_up_just_before_the_buffer_is_found() {
    // The buffer is 90 s.
    for (ended_by, talk, early) in [
        (EndedBy::Buyer, 79_999, false),
        (EndedBy::Buyer, 80_000, true),
        (EndedBy::Buyer, 89_999, true),
        (EndedBy::Buyer, 90_000, false),
        (EndedBy::Caller, 89_999, false),
        (EndedBy::Switch, 89_999, false),
    ] {
        let mut record = finished(1);
        record.ended_by = Some(ended_by);
        record.talk = Duration::from_millis(talk);
        let found = sums_of(&record, &[]).of(Measure::EndedEarly);
        assert_eq!(found, i128::from(early), "{ended_by:?} {talk}");
    }
}

#[test]
fn a_call_is_missed_if_its_caller_reached_no_one() {
    let mut bridged = finished(1);
    let mut transferred = finished(2);
    (transferred.winner, transferred.reason) = (None, Some(End::Transferred));
    let mut abandoned = finished(3);
    (abandoned.winner, abandoned.bridged_at) = (None, None);
    let mut only_flow = abandoned.clone();
    only_flow.attempts.clear();
    bridged.answered_at = None;
    for (record, missed) in
        [(bridged, false), (transferred, false), (abandoned, true), (only_flow, true)]
    {
        let found = sums_of(&record, &[]).of(Measure::Missed);
        assert_eq!(found, i128::from(missed), "{:?}", record.id);
    }
}

#[test]
fn a_fallback_is_known_by_what_sold_the_call_or_was_tried_last() {
    use AttemptTier::CatchAll;
    use AttemptTier::Fallback;
    use AttemptTier::Primary;
    // Offers of the decisions, tiers of the attempts, whether the last one won, and the fallback.
    for (offers, tiers, sold, expected) in [
        ("", vec![], false, None),
        ("auto", vec![Primary], true, None),
        ("auto auto", vec![Primary, Primary], false, None),
        ("auto", vec![Primary, Fallback], true, Some("tier auto")),
        ("auto", vec![Primary, Fallback], false, Some("tier auto")),
        ("auto", vec![Primary, CatchAll], true, Some("catch_all auto")),
        ("auto other", vec![], false, Some("offer auto")),
        ("auto other", vec![Primary, Primary], true, Some("offer auto")),
        ("auto other", vec![Primary, Fallback], true, Some("offer auto")),
        ("auto other", vec![CatchAll], true, Some("catch_all auto")),
        ("auto", vec![], false, None),
    ] {
        let mut record = finished(1);
        let template = record.attempts.remove(0);
        for (place, tier) in tiers.iter().enumerate() {
            let last = place + 1 == tiers.len();
            let mut attempt = AttemptRecord { tier: Some(*tier), ..template.clone() };
            let won = sold && last;
            attempt.outcome = Some(if won { Outcome::Won } else { Outcome::NoAnswer });
            attempt.contract = if last { template.contract.clone() } else { "x".parse().unwrap() };
            record.attempts.push(attempt);
        }
        if !sold {
            record.winner = None;
        }
        let decisions: Vec<DecisionRecord> =
            offers.split_whitespace().map(|offer| document(offer, "")).collect();
        let mut additions = Additions::default();
        additions.end(&record, &decisions);
        let found: Vec<String> = additions
            .reasons
            .iter()
            .filter(|(group, _)| group.about == About::Fallback)
            .map(|(group, sums)| {
                assert_eq!(sums.of(Measure::Sold), i128::from(sold));
                format!("{} {}", group.reason, group.offer)
            })
            .collect();
        assert_eq!(found, Vec::from_iter(expected), "{offers:?} {tiers:?} {sold}");
    }
}

#[test]
fn a_contract_counts_once_per_call_and_reason() {
    let passed = "\"geo_mismatch\":[\"a\",\"b\"],\"duplicate\":[\"c\"]";
    let mut damaged = document("auto", "");
    damaged.document = "{".to_owned();
    let decisions = [document("auto", passed), document("auto", passed), damaged];
    let mut additions = Additions::default();
    additions.end(&finished(1), &decisions);
    assert_eq!(total(&additions).of(Measure::Duplicates), 1);
    let of_contracts: Vec<(String, i128)> = additions
        .reasons
        .iter()
        .filter(|(group, _)| group.about == About::Contract)
        .map(|(group, sums)| (format!("{} {}", group.reason, group.party), sums.of(Measure::Calls)))
        .collect();
    let expected = ["duplicate c", "geo_mismatch a", "geo_mismatch b"];
    assert_eq!(of_contracts, expected.map(|name| (name.to_owned(), 1)));
}

/// The reasons of a lead are counted as those of a call are, under a kind of their own; its posts
/// are no attempts of phones.
#[test]
fn a_lead_counts_its_end_its_lost_posts_and_its_fallback() {
    let mut lead = sold(1).record;
    let template = finished(1).attempts.remove(0);
    let posted = |buyer: &str, tier, outcome| AttemptRecord {
        buyer: buyer.parse().unwrap(),
        tier: Some(tier),
        outcome: Some(outcome),
        ..template.clone()
    };
    lead.attempts = vec![
        posted("blue", AttemptTier::Primary, Outcome::Declined),
        posted("blue", AttemptTier::Primary, Outcome::Declined),
        posted("acme", AttemptTier::Fallback, Outcome::Won),
    ];
    let decisions = [document("auto-quote", "\"duplicate\":[\"c\"]")];
    let mut additions = Additions::default();
    additions.end_lead(&lead, &decisions);
    let is_sold = i128::from(!lead.sales.is_empty());
    let found: Vec<String> = additions
        .reasons
        .iter()
        .map(|(group, sums)| {
            assert_eq!((sums.of(Measure::Calls), sums.of(Measure::Sold)), (1, is_sold));
            let ReasonGroup { about, reason, offer, party, .. } = group;
            format!("{} {reason} {offer} {party}", about.name())
        })
        .collect();
    assert_eq!(
        found,
        [
            "lead delivered auto-quote search-ads",
            "attempt declined auto-quote blue",
            "contract duplicate auto-quote c",
            "fallback tier auto-quote ",
        ]
    );
    assert!(additions.attempts.is_empty());
    let all = total(&additions);
    assert_eq!((all.of(Measure::Leads), all.of(Measure::Duplicates)), (1, 1));
}

#[test]
fn a_sale_is_billable_while_its_revenue_stands() {
    let facets = Facets::of(&finished(1));
    for (amounts, billable, returned) in [
        (&["45.00"][..], 1, 0),
        (&["45.00", "-45.00"], 0, 1),
        (&["45.00", "-45.00", "45.00"], 1, 0),
        (&["45.00", "-5.00"], 1, 0),
        (&["0.00"], 1, 0),
        (&["0.00", "0.00"], 1, 0),
        (&[], 0, 0),
    ] {
        let (mut additions, mut billed) = (Additions::default(), Billed::default());
        for amount in amounts {
            let amount = usd(amount);
            let taker = Taker { buyer: &"acme".parse().unwrap(), contract: &"a".parse().unwrap() };
            additions.post(&facets, taker, Posted::Revenue(billed), amount);
            billed = billed.with(amount.micros());
        }
        let sums = total(&additions);
        let found = (sums.of(Measure::Billable), sums.of(Measure::Returned));
        assert_eq!(found, (billable, returned), "{amounts:?}");
        assert_eq!(sums.of(Measure::Revenue), billed.micros, "{amounts:?}");
    }
}

#[test]
fn tags_are_bounded() {
    let mut record = finished(1);
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
        record.tags.insert(name.parse().unwrap(), "é".repeat(80));
    }
    let mut additions = Additions::default();
    additions.end(&record, &[]);
    let tags: Vec<&String> = additions
        .calls
        .keys()
        .filter(|group| group.pair == Pair::TagOffer)
        .map(|group| &group.values[0])
        .collect();
    assert_eq!(tags.len(), TAGS_MAX);
    assert!(tags.iter().all(|tag| tag.len() <= TAG_BYTES_MAX && tag.ends_with('é')), "{tags:?}");
}
