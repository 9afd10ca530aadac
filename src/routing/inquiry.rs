//! What is being routed, and what is known of it.

use crate::base::Fields;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::SourceId;
use crate::book::AreaCode;
use crate::book::Channel;
use crate::book::State;
use crate::book::Zip;

/// Most offers that one inquiry is handed on to by `dq`, after its own.
pub const DQ_HOPS_MAX: usize = 5;

/// A call or a form lead that looks for a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// What is sold.
    pub offer: OfferId,
    /// How it came.
    pub channel: Channel,
    /// Who sent it.
    pub source: Option<SourceId>,
    /// Who calls; absent when the caller hides it.
    pub caller: Option<Phone>,
    /// What was asked or sent.
    pub fields: Fields,
}

impl Inquiry {
    /// The same inquiry for another offer: the next hop of a `dq`.
    #[must_use]
    pub fn for_offer(&self, offer: OfferId) -> Self {
        Self { offer, ..self.clone() }
    }
}

/// An inquiry as the filters see it: what was told, and what follows from it.
///
/// | field | when it is not told | from |
/// |---|---|---|
/// | `phone` | the caller's number | `caller` |
/// | `area_code` | the first three digits of a North American `phone` | `derived` |
/// | `state` | the state that `zip` lies in | `derived` |
///
/// What was told is never replaced. A told value that is no state, zip or area code at all stays
/// among the fields, and geography goes by what follows from the others, as if it were not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub(super) channel: Channel,
    pub(super) source: Option<SourceId>,
    pub(super) state: Option<State>,
    pub(super) zip: Option<Zip>,
    pub(super) area_code: Option<AreaCode>,
    pub(super) fields: Fields,
}

impl Known {
    /// What is known of an inquiry.
    pub fn of(inquiry: &Inquiry) -> Self {
        let mut fields = inquiry.fields.clone();
        if let Some(caller) = &inquiry.caller {
            add(&mut fields, "phone", caller.e164(), Origin::Caller);
        }
        let told: Option<Phone> = parsed(&fields, "phone");
        let phone = told.as_ref().or(inquiry.caller.as_ref());
        let of_phone: Option<AreaCode> = phone.and_then(|p| p.area_code()?.parse().ok());
        let zip: Option<Zip> = parsed(&fields, "zip");
        let of_zip = zip.and_then(Zip::state);
        if let Some(code) = of_phone {
            add(&mut fields, "area_code", code.as_str(), Origin::Derived);
        }
        if let Some(state) = of_zip {
            add(&mut fields, "state", state.as_str(), Origin::Derived);
        }
        Self {
            channel: inquiry.channel,
            source: inquiry.source.clone(),
            state: parsed(&fields, "state").or(of_zip),
            zip,
            area_code: parsed(&fields, "area_code").or(of_phone),
            fields,
        }
    }

    /// A field's value; an empty one is not known.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.fields.value(name).filter(|value| !value.is_empty())
    }
}

/// Adds a field unless it was told; an inquiry that is full of fields goes without.
fn add(fields: &mut Fields, name: &str, value: &str, from: Origin) {
    if fields.value(name).is_none_or(str::is_empty)
        && let Ok(name) = name.parse()
    {
        fields.set(name, value, from);
    }
}

fn parsed<T: std::str::FromStr>(fields: &Fields, name: &str) -> Option<T> {
    fields.value(name)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name=value` pairs, then the caller after `@`.
    fn known(text: &str) -> Known {
        let (told, caller) = text.split_once('@').unwrap_or((text, ""));
        let mut fields = Fields::default();
        for pair in told.split_whitespace() {
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
        for (name, field) in known.fields.iter() {
            words.push(format!("{name}={}:{:?}", field.value, field.from).to_lowercase());
        }
        let geo = [
            known.state.map(|s| s.to_string()),
            known.zip.map(|z| z.to_string()),
            known.area_code.map(|a| a.to_string()),
        ];
        let geo: Vec<String> = geo.into_iter().map(|place| place.unwrap_or("-".into())).collect();
        format!("{} | {}", geo.join(" "), words.join(" "))
    }

    #[test]
    fn what_follows_from_what() {
        #[rustfmt::skip]
        let table = [
            ("",                       "- - - | "),
            ("zip=90210",              "CA 90210 - | state=ca:derived zip=90210:ivr"),
            ("zip=90210 state=NV",     "NV 90210 - | state=nv:ivr zip=90210:ivr"),
            ("zip=90210 state=Nevada", "CA 90210 - | state=nevada:ivr zip=90210:ivr"),
            ("zip=9021",               "- - - | zip=9021:ivr"),
            ("zip=90210-1234",         "CA 90210 - | state=ca:derived zip=90210-1234:ivr"),
            ("state=tx",               "TX - - | state=tx:ivr"),
            ("@+13055550123",          "- - 305 | area_code=305:derived phone=+13055550123:caller"),
            ("phone=+12125550100 @+13055550123",
                                       "- - 212 | area_code=212:derived phone=+12125550100:ivr"),
            ("area_code=786 @+13055550123",
                                       "- - 786 | area_code=786:ivr phone=+13055550123:caller"),
            ("@+442071838750",         "- - - | phone=+442071838750:caller"),
        ];
        for (told, expected) in table {
            assert_eq!(say(&known(told)), expected, "{told}");
        }
    }

    #[test]
    fn an_inquiry_full_of_fields_still_has_its_geography() {
        let told: Vec<String> = (0..63).map(|n| format!("f{n}=x")).collect();
        let known = known(&format!("{} zip=90210 @+13055550123", told.join(" ")));
        assert_eq!(known.state, "CA".parse().ok());
        assert_eq!(known.area_code, "305".parse().ok());
        assert_eq!(known.fields.iter().count(), 64);
    }
}
