//! Tests of the journal's part of the proof; `store/corrupted.rs` has those of stored rows.

use super::FactAbout;
use super::FactRow;
use super::Kind;
use super::LiveLimits;
use super::Proof;
use super::SipCalls;
use crate::base::CallId;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Wall;
use crate::call::CallState;

const LIVE: Option<CallState> = Some(CallState::Live);
const ENDED: Option<CallState> = Some(CallState::Ended);

/// A fact: its number, what it says, and the state of its call in the database.
struct Line(u64, &'static str, Option<CallState>);

/// Returns the differences of a journal of which `applied` facts were applied.
fn found(applied: u64, facts: &[Line]) -> Vec<(Kind, String)> {
    let call = CallId::new(Now::at(Wall::from_micros(0)), &mut Rng::seeded(1));
    let mut proof = Proof::new(LiveLimits::none(), None, SipCalls::default());
    proof.journal(applied);
    for Line(sequence, about, stored) in facts {
        let (sequence, stored) = (*sequence, *stored);
        let about = match *about {
            "opens" => Ok(FactAbout::Opens(call)),
            "changes" => Ok(FactAbout::Changes(call)),
            "ends" => Ok(FactAbout::Ends(call)),
            "beat" => Ok(FactAbout::Node),
            damaged => Err(damaged.to_owned()),
        };
        proof.fact(&FactRow { sequence, about, stored });
    }
    proof.journal_end();
    let (found, seen) = proof.finish();
    let waiting = facts.iter().filter(|line| line.0 > applied).count();
    assert_eq!(seen.waiting, u64::try_from(waiting).unwrap());
    let named = |one: &super::Difference| (one.kind, one.subject.clone());
    found.listed().iter().map(named).collect()
}

#[test]
fn a_sound_journal_has_no_difference() {
    assert_eq!(found(0, &[]), []);
    assert_eq!(
        found(0, &[Line(1, "opens", None), Line(2, "ends", None)]),
        [],
        "nothing is applied yet"
    );
    let applied = [
        Line(7, "opens", ENDED),
        Line(8, "changes", None),
        Line(9, "ends", ENDED),
        Line(10, "beat", None),
    ];
    assert_eq!(found(10, &applied), []);
    assert_eq!(found(9, &applied), [], "the last one is still to be applied");
    assert_eq!(
        found(10, &[Line(9, "cut off", None), Line(10, "beat", None)]),
        [],
        "it was skipped"
    );
}

#[test]
fn missing_facts_are_named() {
    let missing = |text: &str| vec![(Kind::FactsMissing, text.to_owned())];
    assert_eq!(found(3, &[Line(5, "beat", None)]), missing("fact 4"));
    let gap = [Line(3, "beat", None), Line(4, "beat", None), Line(7, "beat", None)];
    assert_eq!(found(3, &gap), missing("facts 5 to 6"));
    assert_eq!(found(9, &[Line(6, "beat", None)]), missing("facts 7 to 9"));
    assert_eq!(found(2, &[]), missing("facts 1 to 2"));
}

#[test]
fn facts_without_their_effect_are_named() {
    let kinds = |applied, facts: &[Line]| {
        found(applied, facts).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(1, &[Line(1, "opens", None)]), [Kind::CallWithoutRecord]);
    assert_eq!(kinds(1, &[Line(1, "ends", None)]), [Kind::CallWithoutRecord]);
    assert_eq!(kinds(1, &[Line(1, "ends", LIVE)]), [Kind::EndNotApplied]);
    assert_eq!(kinds(0, &[Line(1, "cut off", None)]), [Kind::FactUnreadable]);
}
