//! The fields of an inquiry, and the values derived from them.

use crate::base::Fields;
use crate::base::Origin;
use crate::base::Phone;
use crate::geo::AreaCode;
use crate::geo::CityName;
use crate::geo::Country;
use crate::geo::County;
use crate::geo::UsState;
use crate::geo::Zone;

/// A derived value, and its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Traced<T> {
    pub(super) value: T,
    pub(super) from: Origin,
}

impl<T> Traced<T> {
    /// Returns a closure that adds the origin: `zip.map(Traced::by(Origin::Zip))`.
    pub(super) fn by(from: Origin) -> impl FnOnce(T) -> Self {
        move |value| Self { value, from }
    }
}

/// Values derived from the given fields. Given values are not repeated here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Derived {
    pub(super) phone: Option<Phone>,
    pub(super) area_code: Option<Traced<AreaCode>>,
    pub(super) city: Option<Traced<CityName>>,
    pub(super) county: Option<Traced<County>>,
    pub(super) state: Option<Traced<UsState>>,
    pub(super) country: Option<Traced<Country>>,
    pub(super) time_zone: Option<Traced<Zone>>,
}

/// Names of the fields that may be derived, sorted.
const NAMES: [&str; 7] = ["area_code", "city", "country", "county", "phone", "state", "time_zone"];

impl Derived {
    fn field(&self, name: &str) -> Option<(&str, Origin)> {
        match name {
            "phone" => self.phone.as_ref().map(|phone| (phone.e164(), Origin::Caller)),
            "area_code" => self.area_code.as_ref().map(|code| (code.value.as_str(), code.from)),
            "city" => self.city.as_ref().map(|city| (city.value.as_str(), city.from)),
            "county" => self.county.as_ref().map(|county| (county.value.name(), county.from)),
            "state" => self.state.as_ref().map(|state| (state.value.as_str(), state.from)),
            "country" => self.country.as_ref().map(|found| (found.value.as_str(), found.from)),
            "time_zone" => self.time_zone.as_ref().map(|zone| (zone.value.name(), zone.from)),
            _ => None,
        }
    }
}

/// The fields that rules see: the given value, else the derived one. Rules read without a copy;
/// [`Facts::all`] is for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) given: Fields,
    pub(super) derived: Derived,
}

impl Facts {
    /// Returns a field's value. An empty given value counts only when none is derived.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let given = self.given.value(name);
        if given.is_some_and(|given| !given.is_empty()) {
            return given;
        }
        self.derived.field(name).map(|(value, _)| value).or(given)
    }

    /// Returns every field with its origin. Omits some derived fields if the given ones fill the
    /// inquiry.
    pub(super) fn all(&self) -> Fields {
        let mut fields = self.given.clone();
        for name in NAMES {
            let is_given = fields.value(name).is_some_and(|given| !given.is_empty());
            if !is_given
                && let Some((value, from)) = self.derived.field(name)
                && let Ok(name) = name.parse()
            {
                fields.set(name, value, from);
            }
        }
        fields
    }
}
