//! The order in which servers are tried that can stand in for each other (RFC 2782).

use super::Rng;

/// Preference of a server among others: of those with the lowest priority, one is chosen at random
/// by weight (RFC 2782, "Usage rules").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Preference {
    /// Servers with a lower priority are chosen before all others.
    pub priority: u16,
    /// Share of the server among those with its priority. One with weight 0 is chosen almost never
    /// beside others.
    pub weight: u16,
}

impl Preference {
    /// Returns the place of the server to use; `None` without servers.
    pub fn choose(servers: &[Preference], rng: &mut Rng) -> Option<usize> {
        let lowest = servers.iter().map(|server| server.priority).min()?;
        let among = servers.iter().enumerate().filter(|(_, server)| server.priority == lowest);
        // Weights of 0 first: they are hit by the draw of 0 alone.
        let (none, some): (Vec<_>, Vec<_>) = among.partition(|(_, server)| server.weight == 0);
        let ordered = none.into_iter().chain(some);
        let weights = ordered.map(|(place, server)| (place, u64::from(server.weight)));
        let weights: Vec<(usize, u64)> = weights.collect();
        let total: u64 = weights.iter().map(|(_, weight)| weight).sum();
        let (drawn, mut sum) = (rng.below(total + 1), 0);
        weights.into_iter().find_map(|(place, weight)| {
            sum += weight;
            (sum >= drawn).then_some(place)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::Just;
    use proptest::prelude::prop;
    use proptest::prelude::prop_assert;
    use proptest::prelude::prop_assert_eq;
    use proptest::prelude::prop_oneof;
    use proptest::prelude::proptest;

    use super::*;

    fn servers(of: &[(u16, u16)]) -> Vec<Preference> {
        of.iter()
            .map(|(priority, weight)| Preference { priority: *priority, weight: *weight })
            .collect()
    }

    #[test]
    fn the_lowest_priority_goes_first() {
        let mut rng = Rng::seeded(1);
        assert_eq!(Preference::choose(&[], &mut rng), None);
        for _ in 0..100 {
            let servers = servers(&[(20, 65_535), (10, 0), (20, 1)]);
            assert_eq!(Preference::choose(&servers, &mut rng), Some(1));
        }
    }

    proptest! {
        /// Each server of the lowest priority is chosen as often as its weight says, within five
        /// standard deviations.
        #[test]
        fn weights_are_shares(
            weights in prop::collection::vec(prop_oneof![Just(0_u16), 1_u16..=1_000], 1..8),
            seed: u64,
        ) {
            const DRAWS: u32 = 4_000;
            let mut of: Vec<_> = weights.iter().map(|weight| (1, *weight)).collect();
            of.push((2, 1_000));
            let (servers, mut rng) = (servers(&of), Rng::seeded(seed));
            let mut chosen = vec![0_u32; of.len()];
            for _ in 0..DRAWS {
                chosen[Preference::choose(&servers, &mut rng).unwrap()] += 1;
            }
            prop_assert_eq!(chosen[weights.len()], 0);
            let total: u32 = weights.iter().map(|weight| u32::from(*weight)).sum();
            // The first server of weight 0, or else the first of all, has the draw of 0 beside its own.
            let first = weights.iter().position(|weight| *weight == 0).unwrap_or(0);
            for (place, weight) in weights.iter().enumerate() {
                let own = f64::from(u32::from(*weight) + u32::from(place == first));
                let share = own / f64::from(total + 1);
                let expected = share * f64::from(DRAWS);
                let deviation = (expected * (1.0 - share)).sqrt();
                let off = (f64::from(chosen[place]) - expected).abs();
                prop_assert!(off <= 5.0 * deviation + 1.0, "{place}: {chosen:?} of {weights:?}");
            }
        }
    }
}
