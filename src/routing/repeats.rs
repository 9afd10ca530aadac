//! What a decision knows of a person who was sold before, beyond the contracts that refuse them.

use crate::base::Wall;
use crate::book::RepeatThen;

use super::Known;
use super::Moment;
use super::Roster;
use super::Usage;
use super::snapshot::LastResort;

/// Earlier sales of the person that change a decision, of contracts that may take the inquiry.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeats {
    /// The contract that comes first because it had the person, the latest one if several had, and
    /// when it had.
    pub(super) same: Option<(u32, Wall)>,
    /// Contracts that are owed nothing, in rank order, and when the person was sold.
    pub(super) unbilled: Vec<(u32, Wall)>,
    /// The same for the catch-all buyer.
    pub(super) resort: Option<Wall>,
}

impl Repeats {
    /// Finds the earlier sales of a person, for contracts in rank order that may take the inquiry.
    pub(super) fn find(
        &mut self,
        roster: &Roster,
        eligible: impl Iterator<Item = usize>,
        known: &Known,
        usage: &dyn Usage,
        moment: &Moment<'_>,
    ) {
        for slot in eligible {
            let Some(terms) = roster.contracts.get(slot) else { continue };
            let Ok(place) = u32::try_from(slot) else { continue };
            let repeated = |then| terms.repeated(then, known, usage, moment);
            if let Some(at) = repeated(RepeatThen::NotBilled) {
                self.unbilled.push((place, at));
            }
            if let Some(at) = repeated(RepeatThen::SameBuyer)
                && self.same.is_none_or(|(_, latest)| latest < at)
            {
                self.same = Some((place, at));
            }
        }
        if let LastResort::Buyer(terms) = &roster.last_resort {
            self.resort = terms.repeated(RepeatThen::NotBilled, known, usage, moment);
        }
    }

    pub(super) fn clear(&mut self) {
        (self.same, self.resort) = (None, None);
        self.unbilled.clear();
    }

    /// Returns the place of the contract that comes first.
    pub(super) fn first(&self) -> Option<usize> {
        self.same.and_then(|(slot, _)| usize::try_from(slot).ok())
    }

    /// Returns when a contract had the person, if it comes first for that.
    pub(super) fn had(&self, place: u32) -> Option<Wall> {
        self.same.filter(|(same, _)| *same == place).map(|(_, at)| at)
    }

    /// Returns when the person was sold, if a contract is owed nothing for that.
    pub(super) fn unbilled(&self, place: u32) -> Option<Wall> {
        let found = self.unbilled.binary_search_by_key(&place, |(slot, _)| *slot).ok()?;
        self.unbilled.get(found).map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::base::HoldId;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::book;
    use crate::caps::Settle;
    use crate::caps::Settled;
    use crate::routing::Decision;
    use crate::routing::Disqualified;
    use crate::routing::Inquiry;
    use crate::routing::Sequence;
    use crate::routing::Simulation;
    use crate::routing::Snapshot;
    use crate::routing::Trace;
    use crate::routing::explain;

    /// Three contracts, one in each of the first two tiers and an overflow, and a catch-all buyer.
    fn compiled(offer: &str) -> Snapshot {
        let mut text = format!("[[offer]]\nid = \"auto\"\ndq = {{ buyer = \"b-a\" }}\n{offer}\n");
        for (id, more) in [
            (
                "a",
                "tier = \"primary\"\ncaps = { day = 2, budget = { day = { amount = \"20.00\", currency = \"USD\" } } }",
            ),
            ("b", "tier = \"primary\""),
            ("c", "tier = \"secondary\""),
        ] {
            text += &format!(
                "[[buyer]]\nid = \"b-{id}\"\ntimezone = \"America/New_York\"\n\
                 [[contract]]\nid = \"{id}\"\nbuyer = \"b-{id}\"\noffer = \"auto\"\n{more}\n\
                 price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
                 destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
            );
        }
        let (book, faults) = book::parse("b", &text);
        Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}"))), 7)
    }

    fn day(day: u64) -> Now {
        Now::at("2026-01-06T15:00:00Z".parse::<Wall>().unwrap() + Duration::from_secs(day * 86_400))
    }

    struct Bench {
        simulation: Simulation,
        rng: Rng,
    }

    impl Bench {
        fn of(offer: &str) -> Self {
            Self { simulation: Simulation::new(compiled(offer)), rng: Rng::seeded(5) }
        }

        fn decide(&mut self, caller: &str, at: Now) -> Decision {
            let inquiry = Inquiry {
                offer: "auto".parse().unwrap(),
                channel: crate::book::Channel::Call,
                source: None,
                caller: caller.parse().ok(),
                fields: crate::base::Fields::default(),
            };
            self.simulation.decide(&inquiry, at, &mut self.rng)
        }

        /// Sells a caller to a contract; `end` says whether the call is billable.
        fn sell(&mut self, caller: &str, contract: &str, end: Settle, at: Now) {
            let decision = self.decide(caller, at);
            let pick = decision.picks().find(|pick| pick.contract.as_str() == contract).unwrap();
            let id = HoldId::new(at, &mut self.rng);
            self.simulation.hold(&pick, id, at).unwrap();
            for how in [Settle::Commit, end] {
                assert_eq!(self.simulation.settle(id, how, at), Settled::Done, "{how:?}");
            }
        }
    }

    /// `a 10.00, b 10.00 | c 0.00 free`, in the order of the waves.
    fn picks(decision: &Decision) -> String {
        let shown = decision.picks().map(|pick| {
            let mut shown = format!("{}:{}", pick.wave, pick.contract);
            if pick.had_at.is_some() {
                shown += "=";
            }
            if pick.unbilled().is_some() {
                assert_eq!(pick.price.micros(), 0, "{pick:?}");
                shown += "~";
            }
            shown
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    const ANN: &str = "+13055550123";
    const BOB: &str = "+13055550124";

    #[test]
    fn the_policies_of_an_offer() {
        // rule; earlier sale: contract, billable; then after days: picks of the same caller
        for (rule, contract, billable, after, expected) in [
            ("", "a", true, 1, "1:a 2:b 3:c"),
            ("then = \"refuse\"", "a", true, 1, ""),
            ("then = \"refuse\"", "a", true, 31, "1:a 2:b 3:c"),
            ("after = \"converted\"", "a", true, 1, ""),
            ("after = \"converted\"", "a", false, 1, "1:a 2:b 3:c"),
            ("then = \"not_billed\"", "a", true, 1, "1:a~ 2:b~ 3:c~"),
            ("then = \"not_billed\"", "a", false, 1, "1:a~ 2:b~ 3:c~"),
            ("then = \"not_billed\"", "a", false, 30, "1:a 2:b 3:c"),
            ("then = \"not_billed\", after = \"converted\"", "a", false, 1, "1:a 2:b 3:c"),
            ("then = \"not_billed\", after = \"converted\"", "a", true, 1, "1:a~ 2:b~ 3:c~"),
            ("then = \"same_buyer\"", "b", false, 1, "1:b= 2:a 3:c"),
            ("then = \"same_buyer\"", "c", false, 1, "1:c= 2:a 3:b"),
            ("then = \"same_buyer\"", "a", false, 1, "1:a= 2:b 3:c"),
            ("then = \"same_buyer\"", "c", false, 31, "1:a 2:b 3:c"),
            ("then = \"same_buyer\", after = \"converted\"", "c", false, 1, "1:a 2:b 3:c"),
            ("then = \"same_buyer\", after = \"converted\"", "c", true, 1, "1:c= 2:a 3:b"),
        ] {
            let rule = match rule {
                "" => String::new(),
                rule => format!("duplicate = {{ fields = [\"phone\"], window = \"30d\", {rule} }}"),
            };
            let mut bench = Bench::of(&rule);
            bench.sell(
                ANN,
                contract,
                if billable { Settle::End } else { Settle::Unbilled },
                day(0),
            );
            let decision = bench.decide(ANN, day(after));
            assert_eq!(picks(&decision), expected, "{rule} {contract} {billable} {after}");
            // Others, and callers who hide their number, are never repeated callers.
            for other in [BOB, "anonymous"] {
                assert_eq!(picks(&bench.decide(other, day(after))), "1:a 2:b 3:c", "{rule}");
            }
            // What was decided is decided again from what is stored.
            let stored = serde_json::to_string(&Trace::of(&decision)).unwrap();
            let stored: Trace = serde_json::from_str(&stored).unwrap();
            let again = stored.replay(&compiled(&rule));
            assert_eq!(picks(&again), expected, "{stored:?}");
            assert!(stored.agrees(&again), "{stored:?}");
        }
    }

    #[test]
    fn the_latest_buyer_comes_first_and_takes_no_turn() {
        let rule = "strategy = \"round_robin\"\nring = \"simultaneous\"\nring_width = 2\n\
             duplicate = { fields = [\"phone\"], then = \"same_buyer\" }";
        let mut bench = Bench::of(rule);
        bench.sell(ANN, "b", Settle::End, day(0));
        bench.sell(ANN, "c", Settle::End, day(1));
        let decision = bench.decide(ANN, day(2));
        assert_eq!(picks(&decision), "1:c= 2:a 2:b");
        let mut turns = Sequence::new();
        turns.take(&mut bench.decide(ANN, day(2)));
        assert_eq!(
            turns.turns_of(&bench.decide(BOB, day(2))).filter(|(_, turn)| turn.latest > 0).count(),
            0
        );
        let text = explain(&decision);
        assert!(text.contains("c is first: it had the person at 2026-01-07T15:00:00Z."), "{text}");
        let json = serde_json::to_value(&decision).unwrap();
        assert_eq!(json["picks"][0]["same_buyer"], "2026-01-07T15:00:00Z");
        assert_eq!(
            Trace::of(&decision).as_json()["picks"][0]["same_buyer"],
            "2026-01-07T15:00:00Z"
        );
    }

    /// A buyer with two calls a day and a budget of two has a repeated caller beyond them.
    #[test]
    fn a_call_that_is_not_billed_uses_nothing_up() {
        let rule = "duplicate = { fields = [\"phone\"], then = \"not_billed\" }";
        let mut bench = Bench::of(rule);
        bench.sell(ANN, "a", Settle::End, day(0));
        for _ in 0..3 {
            bench.sell(ANN, "a", Settle::Unbilled, day(0).later(Duration::from_secs(60)));
        }
        bench.sell(BOB, "a", Settle::End, day(0).later(Duration::from_secs(120)));
        let decision = bench.decide("+13055550125", day(0).later(Duration::from_secs(180)));
        let full: Vec<_> = decision.passed_over().map(|over| over.detail.to_string()).collect();
        assert_eq!(full, ["day cap 2 of 2 used"]);
        assert_eq!(bench.simulation.live(), 0);
        let decision = bench.decide(ANN, day(1));
        let Disqualified::Buyer(pick) = decision.dq() else { panic!("{decision:?}") };
        assert!(pick.unbilled().is_some(), "{pick:?}");
        let text = explain(&decision);
        assert!(text.contains("a is owed nothing: sold at 2026-01-06T15:"), "{text}");
        assert!(serde_json::to_value(&decision).unwrap()["picks"][0]["not_billed"].is_string());
    }
}
