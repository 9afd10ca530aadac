//! An estimate of how speech sounded, from what is known of its packets.
//!
//! The E-model of ITU-T G.107, simplified as by Cole and Rosenbluth ("Voice over IP performance
//! monitoring", 2001): R = 93.2 − Id − Ie,eff.
//! - Id = 0.024 d + 0.11 (d − 177.3) where d > 177.3: the delay d in milliseconds, one way.
//! - Ie,eff = 95 × p ÷ (p + 25.1): the loss p in percent, for G.711 with concealment (G.113 Appendix I).
//!
//! G.107 Annex B turns R into a mean opinion score. It says nothing of noise, echo, and level.

use std::time::Duration;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

/// R of a call without any impairment but the defaults of G.107.
const R_BEST: f64 = 93.2;
/// Robustness of G.711 with concealment against random loss.
const LOSS_ROBUSTNESS: f64 = 25.1;
/// Impairment at total loss.
const LOSS_IMPAIRMENT: f64 = 95.0;
/// Delay of a packet of 20 ms, before it is sent.
const PACKET_MS: f64 = 20.0;

/// A mean opinion score, in hundredths: 1.00 (bad) to 4.50 (as good as it gets). In JSON, a number with
/// two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mos(u16);

impl Mos {
    /// Estimates the score of a stream; `None` for one without packets. A receiver waits for twice the
    /// jitter; `round_trip` is the network's delay both ways, if it is known.
    pub fn estimate(
        packets: u64,
        lost: u64,
        jitter: Duration,
        round_trip: Option<Duration>,
    ) -> Option<Self> {
        if packets == 0 {
            return None;
        }
        let loss = 100.0 * lost as f64 / (packets.saturating_add(lost)) as f64;
        let network = round_trip.unwrap_or_default().as_secs_f64() * 1e3 / 2.0;
        let delay = PACKET_MS + 2.0 * jitter.as_secs_f64() * 1e3 + network;
        let by_delay = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
        let by_loss = LOSS_IMPAIRMENT * loss / (loss + LOSS_ROBUSTNESS);
        let r = (R_BEST - by_delay - by_loss).clamp(0.0, 100.0);
        // Below 1 for an R under 6.5, which Annex B leaves out.
        let score = (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0);
        Some(Self((score * 100.0).round() as u16))
    }

    /// Returns the score.
    pub fn score(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl Serialize for Mos {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.score())
    }
}

impl<'de> Deserialize<'de> for Mos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let score = f64::deserialize(deserializer)?;
        Ok(Self((score.clamp(1.0, 4.5) * 100.0).round() as u16))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(packets: u64, lost: u64, jitter_ms: u64, round_trip_ms: u64) -> Option<f64> {
        let ms = Duration::from_millis;
        let round_trip = (round_trip_ms > 0).then(|| ms(round_trip_ms));
        Mos::estimate(packets, lost, ms(jitter_ms), round_trip).map(Mos::score)
    }

    /// Computed by hand from the formulas of G.107.
    #[test]
    fn scores_are_those_of_the_e_model() {
        for (packets, lost, jitter_ms, round_trip_ms, expected) in [
            // R = 93.2 − 0.48 = 92.72.
            (1_000, 0, 0, 0, Some(4.4)),
            // 1 % lost: R = 92.72 − 95 ÷ 26.1 = 89.08.
            (990, 10, 0, 0, Some(4.32)),
            // 5 % lost: R = 92.72 − 475 ÷ 30.1 = 76.94.
            (950, 50, 0, 0, Some(3.9)),
            // 20 % lost: R = 92.72 − 1,900 ÷ 45.1 = 50.59.
            (800, 200, 0, 0, Some(2.61)),
            // d = 20 + 40 + 200 = 260 ms: R = 93.2 − 6.24 − 9.10 = 77.86.
            (1_000, 0, 20, 400, Some(3.94)),
            // All lost: R = 92.72 − 9,500 ÷ 125.1 = 16.78.
            (1, 1_000_000, 0, 0, Some(1.16)),
            (1, 0, 100_000, 0, Some(1.0)),
            (0, 0, 0, 0, None),
        ] {
            let found = score(packets, lost, jitter_ms, round_trip_ms);
            assert_eq!(found, expected, "{packets} {lost} {jitter_ms} {round_trip_ms}");
        }
    }

    proptest! {
        /// More loss, jitter, or delay is never better; and the score comes back from JSON.
        #[test]
        fn worse_is_worse(
            packets in 1u64..100_000, lost in 0u64..100_000, jitter in 0u64..500, trip in 1u64..2_000,
        ) {
            let first = score(packets, lost, jitter, trip).unwrap();
            prop_assert!((1.0..=4.5).contains(&first));
            for (lost, jitter, trip) in
                [(lost + 50, jitter, trip), (lost, jitter + 5, trip), (lost, jitter, trip + 5)]
            {
                prop_assert!(score(packets, lost, jitter, trip).unwrap() <= first);
            }
            let mos = Mos::estimate(packets, lost, Duration::from_millis(jitter), None).unwrap();
            let read: Mos = serde_json::from_str(&serde_json::to_string(&mos).unwrap()).unwrap();
            prop_assert_eq!(read, mos);
        }
    }
}
