use super::*;
use crate::base::Wall;
use crate::sip::Proof;

fn at(seconds: u64) -> Now {
    let wall = Wall::from_micros(i64::try_from(seconds * 1_000_000).unwrap());
    Now { wall, mono: Mono::default() + Duration::from_secs(seconds) }
}

fn arrival(called: &str) -> Arrival {
    Arrival {
        ingress: Ingress::Trunk("carrier-a".parse().unwrap()),
        called: vec![called.to_owned()],
        callers: vec!["+13055550123".to_owned()],
        home: None,
        attestation: None,
        diverted_from: None,
    }
}

fn unknown(called: &str) -> Refused {
    let refusal = Refusal::UnknownNumber(called.parse().unwrap());
    Refused::unplaced(&refusal, &arrival(called))
}

fn stranger(address: [u8; 4], called: &str) -> Refused {
    let (source, called) = ((address, 5060).into(), called.to_owned());
    Refused::invite(&RefusedInvite {
        source,
        sender: Sender::Stranger,
        status: 403,
        proof: Proof::None,
        called,
    })
}

#[test]
fn refusals_that_are_alike_are_one_entry_with_a_count() {
    let refusals = Refusals::default();
    for (second, refused) in [
        (1, unknown("+18005550199")),
        (2, stranger([203, 0, 113, 9], "100")),
        (3, unknown("+18005550199")),
        (4, stranger([203, 0, 113, 9], "200\r\n\u{1b}[2J")),
        (5, unknown("+18005550198")),
    ] {
        refusals.note(refused, at(second));
    }
    let list = refusals.list();
    let found: Vec<_> =
        list.iter().map(|one| (one.from.as_str(), one.called.as_deref(), one.count)).collect();
    assert_eq!(
        found,
        [
            ("carrier-a", Some("+18005550198"), 1),
            ("203.0.113.9", Some("200\u{fffd}\u{fffd}\u{fffd}[2J"), 2),
            ("carrier-a", Some("+18005550199"), 2),
        ]
    );
    assert_eq!(
        list[1].remedy.split(';').next(),
        Some("403: 203.0.113.9 is in no trunk's accept_from")
    );
    assert!(list[2].remedy.starts_with("+18005550199 is not in the book"), "{list:?}");
    assert_eq!((list[2].first_at, list[2].last_at), (at(1).wall, at(3).wall));
    let counts = refusals.counts();
    let of = |reason| counts.iter().find(|(known, _)| *known == reason).unwrap().1;
    assert_eq!(of(RefusalReason::UnknownNumber), 3);
    assert_eq!(of(RefusalReason::UnknownSource), 2);
    assert_eq!(of(RefusalReason::NoFlow), 0);
}

#[test]
fn a_flood_of_strangers_replaces_strangers_alone_and_is_logged_within_a_bound() {
    let mut kept = Kept::default();
    let refusals = Refusals::default();
    refusals.note(unknown("+18005550199"), at(0));
    let mut lines = 0;
    for n in 0..REFUSED_MAX + 50 {
        let refused = stranger([10, 0, 0, u8::try_from(n).unwrap()], "100");
        let now = at(u64::try_from(n).unwrap() / 100);
        lines += u32::from(kept.note(&refused, now).is_some());
        refusals.note(refused, now);
    }
    assert_eq!(lines, LOG_LINES_MAX);
    assert_eq!((kept.entries.len(), refusals.list().len()), (REFUSED_MAX, REFUSED_MAX + 1));
    assert!(refusals.list().iter().any(|one| one.reason == RefusalReason::UnknownNumber));
    // After the window: again, with the number of refusals in between.
    let again = stranger([10, 0, 0, 149], "100");
    assert_eq!(kept.note(&again, at(5)), None);
    assert_eq!(kept.note(&again, at(20)), Some(1));
}

#[test]
fn each_reason_says_what_to_do() {
    for reason in RefusalReason::ALL {
        let refused = Refused::unavailable(*reason, &arrival("+18005550100"));
        assert_eq!((refused.reason, refused.from.as_str()), (*reason, "carrier-a"));
        assert!(refused.remedy.len() > 15, "{reason}: {}", refused.remedy);
    }
    let failed = Refused::unavailable(RefusalReason::NoPorts, &arrival("1")).caused_by(&"EMFILE");
    assert!(failed.remedy.ends_with(": EMFILE"), "{failed:?}");
}

#[test]
fn refused_calls_are_removed_after_their_last_one() {
    let refusals = Refusals::default();
    for (second, called) in [(1, "+18005550198"), (2, "+18005550199"), (4, "+18005550198")] {
        refusals.note(unknown(called), at(second));
    }
    for (before, oldest, left) in [(2, Some(2), 2), (3, Some(4), 1), (4, Some(4), 1), (5, None, 0)]
    {
        assert_eq!(refusals.remove(at(before).wall), oldest.map(|second| at(second).wall));
        assert_eq!(refusals.list().len(), left, "{before}");
    }
}
