//! An inquiry, and the facts known about it.

use crate::base::Fields;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::SourceId;
use crate::book::Channel;
use crate::geo::AreaCode;
use crate::geo::CityName;
use crate::geo::Country;
use crate::geo::County;
use crate::geo::Named;
use crate::geo::Place;
use crate::geo::UsState;
use crate::geo::Zip;
use crate::geo::Zones;
use crate::score::Score;
use crate::score::set_score;

use super::facts::Derived;
use super::facts::Facts;
use super::facts::Traced;

/// Maximum number of offers that `dq` hands one inquiry on to, after its own.
pub const DQ_HOPS_MAX: usize = 5;

/// A call or a form lead that looks for a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// Offer that is requested.
    pub offer: OfferId,
    /// Channel of the inquiry.
    pub channel: Channel,
    /// Source that sent it.
    pub source: Option<SourceId>,
    /// The caller's number; `None` when the caller hides it.
    pub caller: Option<Phone>,
    /// Fields that were asked or sent.
    pub fields: Fields,
}

impl Inquiry {
    /// Returns the same inquiry for another offer: the next hop of a `dq`.
    #[must_use]
    pub fn for_offer(&self, offer: OfferId) -> Self {
        Self { offer, ..self.clone() }
    }
}

/// An inquiry as the filters see it: the given fields, and those derived from them.
///
/// | field | when it is not given it follows from | `from` |
/// |---|---|---|
/// | `phone` | the caller's number | `caller` |
/// | `area_code` | a North American `phone` | `phone` |
/// | `city`, `county` | `zip` | `zip` |
/// | `state` | `zip`, else the area code | `zip`, `area_code` |
/// | `time_zone` | the one zone of `zip`, `state`, area code | `zip`, `state`, `area_code` |
/// | `country` | `zip`, else `state`, else `phone` | `zip`, `state`, `phone` |
///
/// A given field is never replaced. Geography uses the best evidence: a zip outweighs a given
/// state, and a state outweighs the area code, which only shows where a number was assigned. A
/// given value that is no state, zip, city, county, country or area code at all stays among the
/// fields, but geography ignores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub(super) channel: Channel,
    pub(super) source: Option<SourceId>,
    pub(super) state: Option<UsState>,
    pub(super) zip: Option<Zip>,
    pub(super) area_code: Option<AreaCode>,
    pub(super) city: Option<CityName>,
    pub(super) county: Option<County>,
    pub(super) country: Option<Country>,
    /// Possible time zones of the person; empty if unknown.
    zones: Zones,
    state_from: Option<Origin>,
    country_from: Option<Origin>,
    pub(super) fields: Facts,
}

impl Known {
    /// Derives the facts about an inquiry.
    pub fn of(inquiry: &Inquiry) -> Self {
        let fields = &inquiry.fields;
        let phone: Option<Phone> = parsed(fields, "phone");
        let phone = phone.as_ref().or(inquiry.caller.as_ref());
        let of_phone: Option<AreaCode> = phone.and_then(|p| p.area_code()?.parse().ok());
        let area_code = parsed(fields, "area_code").or(of_phone);
        let zip: Option<Zip> = parsed(fields, "zip");
        let place = zip.and_then(Zip::place);
        let given = given_state(fields);
        let state = best([
            zip.and_then(Zip::state).map(Traced::by(Origin::Zip)),
            given,
            area_code.and_then(AreaCode::state).map(Traced::by(Origin::AreaCode)),
        ]);
        let own = state.as_ref().map(|state| state.value);
        let country = country(fields, state.as_ref(), phone);
        let (zones, zones_from) = zones(place.as_ref(), state.as_ref(), area_code);
        let in_city = place.map(|place| place.city.name);
        let in_county = place.and_then(|place| place.county);
        let derived = Derived {
            phone: inquiry.caller.clone(),
            area_code: of_phone.map(Traced::by(Origin::Phone)),
            city: in_city.map(Traced::by(Origin::Zip)),
            county: in_county.map(Traced::by(Origin::Zip)),
            state,
            country,
            time_zone: zones.certain().map(Traced::by(zones_from)),
        };
        Self {
            channel: inquiry.channel,
            source: inquiry.source.clone(),
            state: own,
            zip,
            area_code,
            city: fields.value("city").and_then(given_city).or(in_city),
            county: fields.value("county").and_then(|c| given_county(c, own)).or(in_county),
            country: country.map(|country| country.value),
            zones,
            state_from: state.map(|state| state.from),
            country_from: country.map(|country| country.from),
            fields: Facts { given: fields.clone(), derived },
        }
    }

    /// Adds the score of the inquiry to the given fields.
    #[must_use]
    pub fn scored(mut self, score: Score) -> Self {
        set_score(&mut self.fields.given, score);
        self
    }

    /// Returns every field, the derived ones included.
    pub fn all_fields(&self) -> Fields {
        self.fields.all()
    }

    /// Returns a field's value; `None` when it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.fields.value(name).filter(|value| !value.is_empty())
    }

    /// Returns what the state was derived from.
    pub(super) fn state_from(&self) -> Option<Origin> {
        self.state_from
    }

    /// Returns whether the zip contradicts the given state.
    pub(super) fn state_contradicted(&self) -> bool {
        given_state(&self.fields.given).is_some_and(|given| Some(given.value) != self.state)
    }

    /// Returns the state, unless it is known only from the area code.
    pub(super) fn certain_state(&self) -> Option<UsState> {
        self.state.filter(|_| self.state_from != Some(Origin::AreaCode))
    }

    /// Returns the country, unless it is known only from the phone number.
    pub(super) fn certain_country(&self) -> Option<Country> {
        self.country.filter(|_| self.country_from != Some(Origin::Phone))
    }

    /// Returns the possible time zones: of the zip, else of the state, else of the area code. Quiet
    /// hours must hold in all of them.
    pub fn zones(&self) -> Zones {
        self.zones
    }
}

fn best<T: Copy, const N: usize>(evidence: [Option<Traced<T>>; N]) -> Option<Traced<T>> {
    evidence.into_iter().find_map(|found| found)
}

fn given_state(fields: &Fields) -> Option<Traced<UsState>> {
    let from = fields.field("state")?.from;
    parsed(fields, "state").map(Traced::by(from))
}

/// Parses `Dallas`, or `Dallas, TX`.
fn given_city(given: &str) -> Option<CityName> {
    let name = given.split(',').next()?;
    CityName::find(name)
}

/// Parses `Dallas County, TX`, a FIPS code, or `Dallas County` in a known state.
fn given_county(given: &str, state: Option<UsState>) -> Option<County> {
    if let Ok(county) = given.trim().parse() {
        return Some(county);
    }
    match County::find(given, state?) {
        Named::One(county) => Some(county),
        Named::None | Named::Several(..) => None,
    }
}

fn country(
    fields: &Fields,
    state: Option<&Traced<UsState>>,
    phone: Option<&Phone>,
) -> Option<Traced<Country>> {
    let given: Option<Country> = parsed(fields, "country");
    let given = given.zip(fields.field("country")).map(|(value, field)| {
        let from = field.from;
        Traced { value, from }
    });
    let of_state = match state.map(|state| state.from) {
        None | Some(Origin::AreaCode) => None,
        Some(Origin::Zip) => Some(Origin::Zip),
        Some(_told) => Some(Origin::State),
    };
    let of_state = of_state.map(|from| Traced { value: Country::US, from });
    best([given, of_state, phone.and_then(Country::of).map(Traced::by(Origin::Phone))])
}

/// Returns the zones by the best evidence. An area code within the state narrows a state of two
/// zones.
fn zones(
    place: Option<&Place>,
    state: Option<&Traced<UsState>>,
    area_code: Option<AreaCode>,
) -> (Zones, Origin) {
    if let Some(zone) = place.and_then(|place| place.zone) {
        return (Zones::one(zone), Origin::Zip);
    }
    let of_code = area_code.map(AreaCode::zones).unwrap_or_default();
    match state {
        None => (of_code, Origin::AreaCode),
        Some(Traced { from: Origin::AreaCode, .. }) => (of_code, Origin::AreaCode),
        Some(Traced { value, from }) => {
            let of_state = value.zones();
            let same_state = area_code.and_then(AreaCode::state) == Some(*value);
            if of_state.certain().is_none() && same_state {
                return (of_code, Origin::AreaCode);
            }
            (of_state, if *from == Origin::Zip { Origin::Zip } else { Origin::State })
        }
    }
}

fn parsed<T: std::str::FromStr>(fields: &Fields, name: &str) -> Option<T> {
    fields.value(name)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses `name=value` pairs, then the caller after `@`.
    fn known(text: &str) -> Known {
        let (given, caller) = text.split_once('@').unwrap_or((text, ""));
        let mut fields = Fields::default();
        for pair in given.split_whitespace() {
            let (name, value) = pair.split_once('=').unwrap();
            assert!(fields.set(name.parse().unwrap(), value, Origin::Ivr));
        }
        Known::of(&Inquiry {
            offer: "auto".parse().unwrap(),
            channel: Channel::Call,
            source: None,
            caller: caller.trim().parse().ok(),
            fields,
        })
    }

    fn say(known: &Known) -> String {
        let mut words: Vec<String> = Vec::new();
        for (name, field) in known.fields.all().iter() {
            words.push(format!("{name}={}:{}", field.value, field.from.name()).to_lowercase());
        }
        let geo = [
            known.state.map(|s| s.to_string()),
            known.zip.map(|z| z.to_string()),
            known.area_code.map(|a| a.to_string()),
            known.city.map(|c| c.to_string()),
            known.county.map(|c| c.to_string()),
            known.country.map(|c| c.to_string()),
        ];
        let geo: Vec<String> = geo.into_iter().map(|place| place.unwrap_or("-".into())).collect();
        let zones: Vec<_> = known.zones().iter().collect();
        format!("{} | {zones:?} | {}", geo.join(" "), words.join(" "))
    }

    #[test]
    fn what_follows_from_what() {
        #[rustfmt::skip]
        let table = [
            ("", "- - - - - -", "[]", ""),
            ("zip=90210",
             "CA 90210 - Beverly Hills Los Angeles County, CA US", "[America/Los_Angeles]",
             "city=beverly hills:zip country=us:zip county=los angeles county:zip state=ca:zip \
              time_zone=america/los_angeles:zip zip=90210:ivr"),
            // The zip outweighs the given state; the given state stays among the fields.
            ("zip=75201 state=NV",
             "TX 75201 - Dallas Dallas County, TX US", "[America/Chicago]",
             "city=dallas:zip country=us:zip county=dallas county:zip state=nv:ivr \
              time_zone=america/chicago:zip zip=75201:ivr"),
            ("zip=9021", "- - - - - -", "[]", "zip=9021:ivr"),
            // Not in the table: the region gives the state.
            ("zip=90200", "CA 90200 - - - US", "[America/Los_Angeles]",
             "country=us:zip state=ca:zip time_zone=america/los_angeles:zip zip=90200:ivr"),
            ("state=Nevada", "- - - - - -", "[]", "state=nevada:ivr"),
            ("state=nv", "NV - - - - US", "[America/Denver, America/Los_Angeles]",
             "country=us:state state=nv:ivr"),
            // A state outweighs an area code.
            ("state=nj @+13055550123", "NJ - 305 - - US", "[America/New_York]",
             "area_code=305:phone country=us:state phone=+13055550123:caller state=nj:ivr \
              time_zone=america/new_york:state"),
            // An area code narrows a state of two zones.
            ("state=fl @+13055550123", "FL - 305 - - US", "[America/New_York]",
             "area_code=305:phone country=us:state phone=+13055550123:caller state=fl:ivr \
              time_zone=america/new_york:area_code"),
            ("@+13055550123", "FL - 305 - - US", "[America/New_York]",
             "area_code=305:phone country=us:phone phone=+13055550123:caller \
              state=fl:area_code time_zone=america/new_york:area_code"),
            ("phone=+12125550100 @+13055550123", "NY - 212 - - US", "[America/New_York]",
             "area_code=212:phone country=us:phone phone=+12125550100:ivr state=ny:area_code \
              time_zone=america/new_york:area_code"),
            ("area_code=786 @+13055550123", "FL - 786 - - US", "[America/New_York]",
             "area_code=786:ivr country=us:phone phone=+13055550123:caller state=fl:area_code \
              time_zone=america/new_york:area_code"),
            // Western Florida's area code lies in two zones.
            ("@+18505550123", "FL - 850 - - US", "[America/New_York, America/Chicago]",
             "area_code=850:phone country=us:phone phone=+18505550123:caller state=fl:area_code"),
            ("@+14165550123", "- - 416 - - CA", "[America/Toronto]",
             "area_code=416:phone country=ca:phone phone=+14165550123:caller \
              time_zone=america/toronto:area_code"),
            ("@+442071838750", "- - - - - GB", "[]",
             "country=gb:phone phone=+442071838750:caller"),
            ("country=de @+442071838750", "- - - - - DE", "[]",
             "country=de:ivr phone=+442071838750:caller"),
            ("county=dallas state=tx", "TX - - - Dallas County, TX US",
             "[America/Chicago, America/Denver]",
             "country=us:state county=dallas:ivr state=tx:ivr"),
            ("zip=09012", "AE 09012 - Apo - US", "[]",
             "city=apo:zip country=us:zip state=ae:zip zip=09012:ivr"),
        ];
        for (given, geo, zones, fields) in table {
            let expected = format!("{geo} | {zones} | {fields}");
            assert_eq!(say(&known(given)), expected, "{given}");
        }
    }

    #[test]
    fn a_nine_digit_zip_counts_by_five() {
        assert_eq!(known("zip=90210-1234").zip, "90210".parse().ok());
    }

    #[test]
    fn rules_see_what_follows() {
        let known = known("zip=75201 age=");
        assert_eq!(known.fields.value("state"), Some("TX"));
        assert_eq!(known.fields.value("time_zone"), Some("America/Chicago"));
        assert_eq!(known.fields.value("age"), Some(""));
        assert_eq!(known.value("age"), None);
        assert_eq!(known.value("phone"), None);
    }

    #[test]
    fn an_inquiry_full_of_fields_still_has_its_geography() {
        let given: Vec<String> = (0..63).map(|n| format!("f{n}=x")).collect();
        let known = known(&format!("{} zip=90210 @+13055550123", given.join(" ")));
        assert_eq!(known.state, "CA".parse().ok());
        assert_eq!(known.area_code, "305".parse().ok());
        assert_eq!(known.fields.all().iter().count(), 64);
    }
}
