//! Differences between the carriers' `<Dial>` verbs.

use std::time::Duration;

use super::Ring;
use super::Target;
use crate::base::Carrier;

/// Most nouns in one `<Dial>`, at every carrier.
pub const NOUNS_MAX: usize = 10;
/// Time reserved within a carrier's limit for our own work: a step is stored within it.
const OWN_WORK: Duration = Duration::from_millis(500);
/// Suffix of the hosts of Plivo endpoints, the only SIP addresses that Plivo dials from XML.
const PLIVO_ENDPOINTS: &str = ".plivo.com";

impl Carrier {
    /// Returns how long a request is worked on before the carrier is sent back to the same step:
    /// less than the carrier waits, by its way to us and back. Twilio gives up after 15 s (its
    /// errors 11200 and 31408), Telnyx asks again after 2 s; SignalWire and Plivo state no figure,
    /// and are taken to wait as long as Twilio.
    pub const fn answer_within(self) -> Duration {
        match self {
            Carrier::Telnyx => Duration::from_millis(1_500),
            Carrier::Twilio | Carrier::SignalWire | Carrier::Plivo => Duration::from_secs(12),
        }
    }

    /// Returns how long one step may wait for other servers, over all its requests to them:
    /// `<Lookup>`s, the carrier's API, the time of the caller's last call.
    pub const fn waits_max(self) -> Duration {
        self.answer_within().saturating_sub(OWN_WORK)
    }

    /// Returns whether the carrier's `<Dial>` can ring this target. Of SIP addresses, Plivo rings
    /// only its own endpoints.
    pub fn takes(self, target: &Target) -> bool {
        match (self, target) {
            (Carrier::Twilio | Carrier::Telnyx | Carrier::SignalWire, _) => true,
            (Carrier::Plivo, Target::Phone(_)) => true,
            (Carrier::Plivo, Target::Sip(uri)) => is_plivo_endpoint(uri),
        }
    }

    /// Returns how many of the targets, from the first, go into one `<Dial>`. The rest go into
    /// another one, which the answer at the action URL contains. Returns 0 if the carrier does not
    /// [take](Self::takes) the first target.
    pub fn wave(self, targets: &[Target], ring: Ring) -> usize {
        let Some(first) = targets.first() else { return 0 };
        let most = match (ring, self) {
            (Ring::Together, _) | (Ring::Sequential, Carrier::Twilio) => NOUNS_MAX,
            (Ring::Sequential, Carrier::Telnyx | Carrier::SignalWire | Carrier::Plivo) => 1,
        };
        let fits =
            |target: &&Target| self.takes(target) && (self.mixes_nouns() || first.is_like(target));
        targets.iter().take(most).take_while(fits).count()
    }

    /// Returns whether one `<Dial>` may hold both phone numbers and SIP addresses.
    pub const fn mixes_nouns(self) -> bool {
        match self {
            Carrier::Twilio | Carrier::Telnyx | Carrier::Plivo => true,
            Carrier::SignalWire => false,
        }
    }

    /// Returns whether the caller can hear ringing until a buyer takes the call. Plivo answers the
    /// call as soon as a document has a verb.
    pub const fn answers_on_bridge(self) -> bool {
        match self {
            Carrier::Twilio | Carrier::Telnyx | Carrier::SignalWire => true,
            Carrier::Plivo => false,
        }
    }

    /// Returns whether each noun has its own whisper and status URL. At Plivo, those of the first
    /// noun apply to the whole `<Dial>`.
    pub const fn whispers_by_noun(self) -> bool {
        match self {
            Carrier::Twilio | Carrier::Telnyx | Carrier::SignalWire => true,
            Carrier::Plivo => false,
        }
    }
}

fn is_plivo_endpoint(uri: &str) -> bool {
    let Some((_, after)) = uri.split_once('@') else { return false };
    let host = after.split([':', ';', '?', '>']).next().unwrap_or_default();
    host.to_ascii_lowercase().ends_with(PLIVO_ENDPOINTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(text: &str) -> Vec<Target> {
        text.split_whitespace()
            .map(|word| match word.parse() {
                Ok(phone) => Target::Phone(phone),
                Err(_) => Target::Sip(word.into()),
            })
            .collect()
    }

    #[test]
    fn a_step_waits_for_others_less_than_its_carrier_waits_for_us() {
        for (carrier, limit, waits) in [
            (Carrier::Twilio, 15_000, 11_500),
            (Carrier::Telnyx, 2_000, 1_000),
            (Carrier::SignalWire, 15_000, 11_500),
            (Carrier::Plivo, 15_000, 11_500),
        ] {
            assert!(carrier.answer_within() < Duration::from_millis(limit), "{carrier}");
            assert_eq!(carrier.waits_max(), Duration::from_millis(waits), "{carrier}");
        }
    }

    #[test]
    fn waves() {
        use Carrier::*;
        const PHONES: &str = "+13055550101 +13055550102";
        const MIXED: &str = "+13055550101 sip:a@x.example +13055550102";
        const ENDPOINT: &str = "sip:a@phone.plivo.com +13055550101";
        let twelve = "+13055550101 ".repeat(12);
        for (carrier, ring, list, expected) in [
            (Twilio, Ring::Together, "", 0),
            (Twilio, Ring::Together, twelve.as_str(), 10),
            (Twilio, Ring::Sequential, &twelve, 10),
            (Telnyx, Ring::Sequential, PHONES, 1),
            (Telnyx, Ring::Together, MIXED, 3),
            (SignalWire, Ring::Together, MIXED, 1),
            (SignalWire, Ring::Together, PHONES, 2),
            (Plivo, Ring::Together, MIXED, 1),
            (Plivo, Ring::Together, ENDPOINT, 2),
            (Plivo, Ring::Together, "sip:a@plivo.com.evil.example", 0),
        ] {
            assert_eq!(carrier.wave(&targets(list), ring), expected, "{carrier} {list}");
        }
    }
}
