//! The readings of one inquiry's features.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::Feature;
use super::Quality;
use crate::base::Fields;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::Channel;
use crate::book::FormField;
use crate::geo::AreaCode;
use crate::geo::UsState;
use crate::geo::Zip;

/// Field of a form lead with the number of inquiries, calls and leads, that the same phone number
/// made in the [`WINDOW`] before.
pub const EARLIER: &str = "earlier_inquiries";
/// Adds the number of earlier inquiries to the fields; there is no room in 64 others.
pub fn set_earlier(fields: &mut Fields, earlier: u64) {
    if let Ok(name) = EARLIER.parse() {
        let _fits = fields.set(name, &earlier.to_string(), Origin::History);
    }
}

/// How far back a score looks: 30 days.
pub const WINDOW: Duration = Duration::from_secs(30 * 86_400);
/// Names of the fields with a consent certificate.
const CERTIFICATES: [&str; 4] =
    ["trustedform_cert_url", "trusted_form", "jornaya_leadid", "jornaya"];

/// Readings of all features, in their order; NaN where one is missing.
#[derive(Debug, Clone, Copy)]
pub struct Readings([f64; Feature::COUNT]);

impl Readings {
    /// Reads the features of an inquiry that came in at `at`. `form` are the fields of its offer,
    /// `source` is what its source has sent before.
    pub fn of(
        channel: Channel,
        fields: &Fields,
        caller: Option<&Phone>,
        form: &[FormField],
        source: Quality,
        at: Wall,
    ) -> Self {
        let given = |name: &str| fields.value(name).filter(|value| !value.is_empty());
        let number = |name: &str| {
            let value: f64 = given(name)?.parse().ok()?;
            value.is_finite().then_some(value)
        };
        let of_form = |yes: bool| (channel == Channel::Form).then(|| truth(yes));
        let own: Option<Phone> = given("phone").and_then(|text| text.parse().ok());
        let phone = own.as_ref().or(caller);
        let local = at.timestamp().to_zoned(TimeZone::UTC);
        let reading = |feature: Feature| match feature {
            Feature::Call => Some(truth(channel == Channel::Call)),
            Feature::Completeness => {
                let has = form.iter().filter(|field| given(field.name.as_str()).is_some()).count();
                let share = has as f64 / form.len() as f64;
                (channel == Channel::Form && !form.is_empty()).then_some(share)
            }
            Feature::Phone => Some(truth(phone.is_some())),
            Feature::Email => of_form(given("email").is_some()),
            Feature::Consent => {
                let certified = form.iter().filter(|field| field.kind.is_certificate());
                let mut names = certified.map(|field| field.name.as_str()).chain(CERTIFICATES);
                of_form(names.any(|name| given(name).is_some()))
            }
            Feature::AreaCodeAgrees => agrees(phone, fields).map(truth),
            Feature::TimeOnPage => number("time_on_page").filter(|value| *value >= 0.0),
            Feature::Keystrokes => number("keystrokes").filter(|value| *value >= 0.0),
            Feature::Engagement => number("engagement").map(|value| value.clamp(0.0, 100.0)),
            Feature::EarlierInquiries => number(EARLIER).filter(|value| *value >= 0.0),
            Feature::SourceBillable => Some(source.billable_share()),
            Feature::SourceReturned => Some(source.returned_share()),
            Feature::Hour => Some(f64::from(local.hour())),
            Feature::Weekday => Some(f64::from(local.weekday().to_monday_one_offset())),
        };
        Self(Feature::ALL.map(|feature| reading(feature).unwrap_or(f64::NAN)))
    }

    /// Returns the reading of a feature; `None` if it is missing.
    pub fn get(&self, feature: Feature) -> Option<f64> {
        let all = Feature::ALL.into_iter().zip(self.0);
        let found = all.into_iter().find_map(|(one, value)| (one == feature).then_some(value));
        found.filter(|value| !value.is_nan())
    }

    /// Returns the readings in the order of the features; NaN where one is missing.
    pub(super) fn row(&self) -> &[f64; Feature::COUNT] {
        &self.0
    }
}

fn truth(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// Returns whether the area code of a number is assigned to the state that the fields name.
fn agrees(phone: Option<&Phone>, fields: &Fields) -> Option<bool> {
    let code: AreaCode = phone?.area_code()?.parse().ok()?;
    let of_zip = || fields.value("zip")?.parse::<Zip>().ok()?.state();
    let state: UsState = of_zip().or_else(|| fields.value("state")?.parse().ok())?;
    Some(code.state()? == state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::FormKind;

    const MONDAY: &str = "2026-11-02T15:30:00Z";

    fn fields(given: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in given {
            fields.set(name.parse().unwrap(), value, Origin::Form);
        }
        fields
    }

    fn form(names: &[(&str, FormKind)]) -> Vec<FormField> {
        let field = |(name, kind): &(&str, FormKind)| FormField {
            name: name.parse().unwrap(),
            also: Vec::new(),
            kind: kind.clone(),
            required: false,
        };
        names.iter().map(field).collect()
    }

    fn read(channel: Channel, given: &[(&str, &str)], caller: Option<&str>) -> Readings {
        let form = form(&[
            ("phone", FormKind::Phone),
            ("zip", FormKind::Zip),
            ("email", FormKind::Email),
            ("cert", FormKind::TrustedForm),
        ]);
        let caller: Option<Phone> = caller.map(|caller| caller.parse().unwrap());
        let at = MONDAY.parse().unwrap();
        Readings::of(channel, &fields(given), caller.as_ref(), &form, Quality::default(), at)
    }

    #[test]
    fn a_lead_is_read_from_its_fields() {
        let lead = read(
            Channel::Form,
            &[
                ("phone", "+13055550123"),
                ("zip", "33101"),
                ("email", ""),
                ("cert", "https://cert.example/1"),
                ("time_on_page", "12.5"),
                ("keystrokes", "-1"),
                ("engagement", "250"),
                ("earlier_inquiries", "many"),
            ],
            None,
        );
        for (feature, expected) in [
            (Feature::Call, Some(0.0)),
            (Feature::Completeness, Some(0.75)),
            (Feature::Phone, Some(1.0)),
            (Feature::Email, Some(0.0)),
            (Feature::Consent, Some(1.0)),
            (Feature::AreaCodeAgrees, Some(1.0)),
            (Feature::TimeOnPage, Some(12.5)),
            (Feature::Keystrokes, None),
            (Feature::Engagement, Some(100.0)),
            (Feature::EarlierInquiries, None),
            (Feature::SourceBillable, Some(0.5)),
            (Feature::SourceReturned, Some(0.0)),
            (Feature::Hour, Some(15.0)),
            (Feature::Weekday, Some(1.0)),
        ] {
            assert_eq!(lead.get(feature), expected, "{feature}");
        }
    }

    #[test]
    fn a_call_has_no_readings_of_a_form() {
        let call =
            read(Channel::Call, &[("zip", "90210"), ("time_on_page", "NaN")], Some("+13055550123"));
        assert_eq!(call.get(Feature::Call), Some(1.0));
        assert_eq!(call.get(Feature::Phone), Some(1.0));
        assert_eq!(call.get(Feature::AreaCodeAgrees), Some(0.0), "Florida's number, California");
        for missing in
            [Feature::Completeness, Feature::Email, Feature::Consent, Feature::TimeOnPage]
        {
            assert_eq!(call.get(missing), None, "{missing}");
        }
        assert_eq!(read(Channel::Call, &[], None).get(Feature::Phone), Some(0.0), "hidden");
    }

    #[test]
    fn a_source_is_judged_by_what_it_sent() {
        let quality = Quality { inquiries: 96, billable: 48, returned: 12 };
        assert_eq!(quality.billable_share(), 0.5);
        assert_eq!(quality.returned_share(), 12.0 / 64.0);
        // A sale may be shared: more sales than inquiries.
        let shared = Quality { inquiries: 1, billable: 50, returned: 0 };
        assert_eq!(shared.billable_share(), 1.0);
    }
}
