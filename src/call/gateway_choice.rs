//! Which gateway a leg is dialed through.

use crate::base::GatewayName;
use crate::base::Preference;
use crate::base::Rng;

/// A gateway that a leg may be dialed through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The gateway.
    pub name: GatewayName,
    /// Place of its entry in the trunk's `outbound`.
    pub entry: usize,
    /// Preference of that entry.
    pub of_entry: Preference,
    /// Preference among the servers of that entry, as DNS has it.
    pub of_server: Preference,
    /// Whether it is down: it is used when all others are down or failed.
    pub is_down: bool,
}

/// Returns the place of the gateway to dial through: first one that is not down, by the preference
/// of its entry, then by its own. `None` if all of them were tried.
pub fn choose(candidates: &[Candidate], tried: &[GatewayName], rng: &mut Rng) -> Option<usize> {
    let untried = || {
        let all = candidates.iter().enumerate();
        all.filter(|(_, own)| !tried.contains(&own.name))
    };
    let is_any_up = untried().any(|(_, own)| !own.is_down);
    let usable: Vec<(usize, &Candidate)> =
        untried().filter(|(_, own)| !(own.is_down && is_any_up)).collect();
    let mut entries: Vec<(usize, Preference)> =
        usable.iter().map(|(_, own)| (own.entry, own.of_entry)).collect();
    entries.sort_unstable();
    entries.dedup();
    let preferences: Vec<Preference> = entries.iter().map(|(_, own)| *own).collect();
    let (entry, _) = entries.get(Preference::choose(&preferences, rng)?)?;
    let servers: Vec<_> = usable.into_iter().filter(|(_, own)| own.entry == *entry).collect();
    let preferences: Vec<Preference> = servers.iter().map(|(_, own)| own.of_server).collect();
    servers.get(Preference::choose(&preferences, rng)?).map(|(place, _)| *place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preference((priority, weight): (u16, u16)) -> Preference {
        Preference { priority, weight }
    }

    fn candidate(
        name: &str,
        (entry, of_entry): (usize, (u16, u16)),
        of_server: (u16, u16),
    ) -> Candidate {
        Candidate {
            name: GatewayName::new("udp", name, 5060),
            entry,
            of_entry: preference(of_entry),
            of_server: preference(of_server),
            is_down: false,
        }
    }

    /// Returns the first letters of the gateways in the order in which a call tries them.
    fn order(candidates: &[Candidate], rng: &mut Rng) -> String {
        let mut tried = Vec::new();
        while let Some(next) = choose(candidates, &tried, rng) {
            tried.push(candidates[next].name.clone());
        }
        tried.iter().filter_map(|name| name.as_str().chars().nth(4)).collect()
    }

    #[test]
    fn each_gateway_is_tried_once_by_priority_and_those_that_are_down_last() {
        let one = |name, entry, priority| candidate(name, (entry, (priority, 1)), (0, 0));
        let mut candidates = [one("a", 0, 1), one("b", 1, 2), one("c", 2, 3)];
        let mut rng = Rng::seeded(1);
        for (down, expected) in
            [("", "abc"), ("a", "bca"), ("ab", "cab"), ("abc", "abc"), ("c", "abc"), ("b", "acb")]
        {
            for own in &mut candidates {
                own.is_down = own.name.as_str().chars().nth(4).is_some_and(|c| down.contains(c));
            }
            assert_eq!(order(&candidates, &mut rng), expected, "down: {down}");
        }
        assert_eq!(choose(&[], &[], &mut rng), None);
    }

    /// Entry 1 has three of four calls, however many servers DNS names for entry 0.
    #[test]
    fn an_entry_is_chosen_by_its_own_weight_and_then_a_server_of_it() {
        let candidates = [
            candidate("a", (0, (1, 1_000)), (1, 60_000)),
            candidate("b", (0, (1, 1_000)), (1, 20_000)),
            candidate("c", (0, (1, 1_000)), (2, 60_000)),
            candidate("d", (1, (1, 3_000)), (0, 0)),
        ];
        let mut rng = Rng::seeded(7);
        let mut first = [0_u32; 4];
        for _ in 0..10_000 {
            first[choose(&candidates, &[], &mut rng).unwrap()] += 1;
        }
        let [a, b, c, d] = first;
        assert_eq!(c, 0, "of a higher priority");
        assert!((7_300..7_700).contains(&d), "{first:?}");
        assert!((1_700..2_050).contains(&a) && (500..750).contains(&b), "{first:?}");
        // When the other servers of its priority have failed, the next priority of DNS has its turn.
        let tried =
            [candidates[0].name.clone(), candidates[1].name.clone(), candidates[3].name.clone()];
        assert_eq!(choose(&candidates, &tried, &mut rng), Some(2));
    }
}
