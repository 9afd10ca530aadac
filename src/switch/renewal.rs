//! When a registration is sent again.

use std::time::Duration;

use crate::base::Rng;
use crate::sip::RegistrationOutcome;

/// A registration is renewed this long before it ends, but not before three quarters of its time.
const BEFORE_END: Duration = Duration::from_secs(60);
/// Shortest time until it is renewed, whatever the registrar grants.
const RENEWAL_MIN: Duration = Duration::from_secs(5);
/// Delay after the first failure; doubles up to [`AGAIN_MAX`].
const AGAIN: Duration = Duration::from_secs(10);
/// Longest delay after failures.
const AGAIN_MAX: Duration = Duration::from_secs(300);
/// Delay after the first refusal of the account itself, which a carrier may count as an attack;
/// doubles up to [`REFUSED_MAX`].
const REFUSED: Duration = Duration::from_secs(60);
/// Longest delay after such refusals.
const REFUSED_MAX: Duration = Duration::from_secs(1_800);
/// Longest Retry-After that is kept to.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// The failures of a registration since its last success.
#[derive(Debug, Default)]
pub(super) struct Renewal {
    failures: u32,
}

impl Renewal {
    /// Returns how long to wait after an outcome. Delays after failures double, and are cut by up to
    /// half at random, so that many accounts do not come back at once (as RFC 5626 §4.5 has it).
    pub(super) fn after(&mut self, outcome: &RegistrationOutcome, rng: &mut Rng) -> Duration {
        let (first, longest, at_least) = match outcome {
            RegistrationOutcome::Bound(granted) if *granted > Duration::ZERO => {
                self.failures = 0;
                return renewed_after(*granted);
            }
            RegistrationOutcome::Refused(401 | 403 | 404 | 407, after) => {
                (REFUSED, REFUSED_MAX, *after)
            }
            RegistrationOutcome::Refused(_, after) => (AGAIN, AGAIN_MAX, *after),
            RegistrationOutcome::Bound(_) | RegistrationOutcome::Unanswered => {
                (AGAIN, AGAIN_MAX, None)
            }
        };
        let doubled = first.saturating_mul(2_u32.saturating_pow(self.failures)).min(longest);
        self.failures = self.failures.saturating_add(1);
        let half = doubled / 2;
        let millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
        let delay = half + Duration::from_millis(rng.below(millis.saturating_add(1)));
        delay.max(at_least.unwrap_or_default().min(RETRY_AFTER_MAX))
    }
}

fn renewed_after(granted: Duration) -> Duration {
    granted.saturating_sub(BEFORE_END.min(granted / 4)).max(RENEWAL_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_renewed_before_it_ends() {
        let (mut renewal, mut rng) = (Renewal::default(), Rng::seeded(1));
        for (granted, expected) in
            [(3_600, 3_540), (240, 180), (60, 45), (8, 6), (1, 5), (86_400, 86_340)]
        {
            let outcome = RegistrationOutcome::Bound(seconds(granted));
            assert_eq!(renewal.after(&outcome, &mut rng), seconds(expected), "{granted}");
        }
    }

    #[test]
    fn failures_double_the_delay_up_to_a_bound() {
        let mut rng = Rng::seeded(1);
        for (outcome, ends) in [
            (RegistrationOutcome::Unanswered, [10, 20, 40, 80, 160, 300, 300]),
            (RegistrationOutcome::Refused(503, None), [10, 20, 40, 80, 160, 300, 300]),
            (RegistrationOutcome::Bound(Duration::ZERO), [10, 20, 40, 80, 160, 300, 300]),
            (RegistrationOutcome::Refused(403, None), [60, 120, 240, 480, 960, 1_800, 1_800]),
        ] {
            let mut renewal = Renewal::default();
            for end in ends {
                let delay = renewal.after(&outcome, &mut rng);
                assert!(
                    delay >= seconds(end) / 2 && delay <= seconds(end),
                    "{outcome:?} {delay:?}"
                );
            }
            renewal.after(&RegistrationOutcome::Bound(seconds(60)), &mut rng);
            assert!(
                renewal.after(&outcome, &mut rng) <= seconds(ends[0]),
                "a success ends the row"
            );
        }
        let mut after = |after| {
            let outcome = RegistrationOutcome::Refused(503, Some(seconds(after)));
            Renewal::default().after(&outcome, &mut rng)
        };
        assert_eq!(after(120), seconds(120));
        assert_eq!(after(1_000_000), RETRY_AFTER_MAX);
        assert!(after(1) >= seconds(5));
    }
}
