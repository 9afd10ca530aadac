//! The points table: scores before there is a model.

use super::Feature;
use super::Method;
use super::Readings;
use super::Reason;
use super::Scored;

/// Points of every inquiry.
const BASE: f64 = 50.0;

/// Returns the score of the points table, which `docs/scores.md` shows.
pub fn points(readings: &Readings) -> Scored {
    let reason = |feature: Feature| {
        let reading = readings.get(feature)?;
        Some(Reason { feature, reading: Some(reading), points: of(feature, reading) })
    };
    Scored::new(Method::Points, BASE, Feature::ALL.into_iter().filter_map(reason).collect())
}

/// Returns the points of a reading.
fn of(feature: Feature, reading: f64) -> f64 {
    let if_none = |points: f64| if reading == 0.0 { points } else { 0.0 };
    match feature {
        Feature::Completeness => 20.0 * reading - 10.0,
        Feature::Phone => if_none(-15.0),
        Feature::Email => 10.0 * reading - 5.0,
        Feature::Consent => 10.0 * reading,
        Feature::AreaCodeAgrees => 10.0 * reading - 5.0,
        Feature::TimeOnPage => {
            if reading < 5.0 {
                -15.0
            } else if reading < 15.0 {
                0.0
            } else {
                5.0
            }
        }
        Feature::Keystrokes => if_none(-10.0),
        Feature::Engagement => (reading - 50.0) / 10.0,
        Feature::EarlierInquiries => -5.0 * reading.min(4.0),
        Feature::SourceBillable => 40.0 * reading - 20.0,
        Feature::SourceReturned => -40.0 * reading,
        Feature::Call | Feature::Hour | Feature::Weekday => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_bounded() {
        for feature in Feature::ALL {
            for reading in [0.0_f64, 0.5, 1.0, 5.0, 14.9, 15.0, 23.0, 100.0, 1e300] {
                let is_share = matches!(
                    feature,
                    Feature::Completeness
                        | Feature::Email
                        | Feature::Consent
                        | Feature::AreaCodeAgrees
                        | Feature::SourceBillable
                        | Feature::SourceReturned
                );
                let reading = match feature {
                    _ if is_share => reading.min(1.0),
                    Feature::Engagement => reading.min(100.0),
                    _ => reading,
                };
                let points = of(feature, reading);
                assert!((-40.0..=20.0).contains(&points), "{feature} {reading}: {points}");
            }
        }
    }
}
