//! Query for calls: a set of filters that a call must all match.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use super::CallRecord;
use super::CallState;
use crate::base::BuyerId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::parse_duration;

/// Filters for calls. A filter that is `None` matches every call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallQuery {
    /// Calls that the reader may see.
    pub who: Scope,
    /// Live or ended.
    pub state: Option<CallState>,
    /// Earliest arrival, inclusive.
    pub since: Option<Wall>,
    /// Latest arrival, exclusive.
    pub until: Option<Wall>,
    /// Number that was dialled.
    pub number: Option<Phone>,
    /// Source of the call.
    pub source: Option<SourceId>,
    /// Offer that the call was last routed for.
    pub offer: Option<OfferId>,
    /// Buyer who was rung, whether they took the call or not.
    pub buyer: Option<BuyerId>,
    /// Reason for the end.
    pub reason: Option<End>,
    /// Tag that the flow set.
    pub tag: Option<TagFilter>,
    /// The caller's number.
    pub caller: Option<Phone>,
}

/// Calls that a reader may see. A call outside the scope looks like one that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every call.
    #[default]
    All,
    /// Calls that this buyer won.
    Buyer(BuyerId),
    /// Calls that this source sent.
    Source(SourceId),
}

/// A tag with any value or with a given one. Its text is `name` or `name=value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagFilter {
    /// The tag's name.
    pub name: FieldName,
    /// Value of the tag; `None` for any.
    pub value: Option<String>,
}

/// A filter with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid value `{value}` for `{name}`: {expected}")]
pub struct InvalidFilter {
    /// The filter's name.
    pub name: &'static str,
    /// Its value, truncated to 80 characters.
    pub value: String,
    /// Description of a valid value.
    pub expected: String,
}

/// Format of phone numbers.
const PHONE: &str = "expected a phone number in E.164, like +13055550123";
/// Format of times.
const TIME: &str =
    "expected a time in RFC 3339, like 2026-05-04T15:00:00Z, or how long ago, like 30d or 12h";
/// Longest part of an invalid value that is shown, in characters.
const SHOWN_MAX: usize = 80;

impl CallQuery {
    /// Names of all filters, as [`CallQuery::set`] takes them.
    pub const FILTERS: &'static [&'static str] = &[
        "state", "since", "until", "number", "source", "offer", "buyer", "reason", "tag", "caller",
    ];

    /// Sets one filter from its text. Durations count back from `now`. Ignores a name that is not
    /// one of [`CallQuery::FILTERS`].
    ///
    /// # Errors
    /// [`InvalidFilter`] if the value is invalid.
    pub fn set(&mut self, name: &str, value: &str, now: Wall) -> Result<(), InvalidFilter> {
        match name {
            "state" => self.state = Some(state(value)?),
            "since" => self.since = Some(time("since", value, now)?),
            "until" => self.until = Some(time("until", value, now)?),
            "number" => self.number = Some(phone("number", value)?),
            "caller" => self.caller = Some(phone("caller", value)?),
            "source" => self.source = Some(parsed("source", value)?),
            "offer" => self.offer = Some(parsed("offer", value)?),
            "buyer" => self.buyer = Some(parsed("buyer", value)?),
            "tag" => self.tag = Some(parsed("tag", value)?),
            "reason" => self.reason = Some(reason(value)?),
            _ => {}
        }
        Ok(())
    }

    /// Returns whether a filter reads data outside the scope. Then no call matches, because the
    /// result would reveal something about others.
    pub fn asks_beyond_scope(&self) -> bool {
        let Self { buyer, source, tag, .. } = self;
        match &self.who {
            Scope::All => false,
            Scope::Buyer(own) => {
                source.is_some() || tag.is_some() || buyer.as_ref().is_some_and(|one| one != own)
            }
            Scope::Source(own) => {
                buyer.is_some() || tag.is_some() || source.as_ref().is_some_and(|one| one != own)
            }
        }
    }

    /// Returns whether a call matches. The database finds the same calls by its indexes.
    pub fn matches(&self, call: &CallRecord) -> bool {
        let won = call.winner.as_ref().map(|winner| &winner.buyer);
        let seen = match &self.who {
            Scope::All => true,
            Scope::Buyer(buyer) => won == Some(buyer),
            Scope::Source(source) => call.source == *source,
        } && !self.asks_beyond_scope();
        let rang = |buyer: &BuyerId| call.attempts.iter().any(|attempt| attempt.buyer == *buyer);
        seen && self.state.is_none_or(|state| call.state == state)
            && self.since.is_none_or(|since| call.started_at >= since)
            && self.until.is_none_or(|until| call.started_at < until)
            && self.number.as_ref().is_none_or(|number| call.number == *number)
            && self.source.as_ref().is_none_or(|source| call.source == *source)
            && self.offer.as_ref().is_none_or(|offer| call.offer == *offer)
            && self.buyer.as_ref().is_none_or(rang)
            && self.reason.is_none_or(|reason| call.reason == Some(reason))
            && self.tag.as_ref().is_none_or(|tag| tag.matches(call))
            && self.caller.as_ref().is_none_or(|caller| call.caller.as_ref() == Some(caller))
    }
}

impl TagFilter {
    fn matches(&self, call: &CallRecord) -> bool {
        let found = call.tags.get(&self.name);
        found.is_some_and(|found| self.value.as_ref().is_none_or(|value| found == value))
    }
}

impl FromStr for TagFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let name = name.parse().map_err(|_| "expected a tag's name, or name=value".to_owned())?;
        Ok(Self { name, value })
    }
}

fn invalid(name: &'static str, value: &str, expected: impl Into<String>) -> InvalidFilter {
    let value = value.chars().take(SHOWN_MAX).collect();
    InvalidFilter { name, value, expected: expected.into() }
}

fn parsed<T: FromStr<Err: fmt::Display>>(
    name: &'static str,
    value: &str,
) -> Result<T, InvalidFilter> {
    value.parse().map_err(|error: T::Err| invalid(name, value, error.to_string()))
}

fn phone(name: &'static str, value: &str) -> Result<Phone, InvalidFilter> {
    // An unescaped `+` in a query string is a space.
    Phone::from_carrier(value.trim()).map_err(|_| invalid(name, value, PHONE))
}

fn state(value: &str) -> Result<CallState, InvalidFilter> {
    match value {
        "live" => Ok(CallState::Live),
        "ended" => Ok(CallState::Ended),
        _ => Err(invalid("state", value, "expected `live` or `ended`")),
    }
}

fn reason(value: &str) -> Result<End, InvalidFilter> {
    let codes: Vec<&str> = End::ALL.iter().map(|end| end.code()).collect();
    let expected = || format!("expected one of {}", codes.join(", "));
    value.parse().map_err(|_| invalid("reason", value, expected()))
}

fn time(name: &'static str, value: &str, now: Wall) -> Result<Wall, InvalidFilter> {
    if let Ok(time) = value.parse() {
        return Ok(time);
    }
    let back = parse_duration(value).map_err(|_| invalid(name, value, TIME))?;
    Ok(now - back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_from_texts() {
        let now: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        for (name, value, expected) in [
            ("state", "live", Ok(r#"{"state":"live"}"#)),
            ("state", "up", Err("expected `live` or `ended`")),
            ("since", "2026-05-01T00:00:00Z", Ok(r#"{"since":"2026-05-01T00:00:00Z"}"#)),
            ("since", "30d", Ok(r#"{"since":"2026-04-04T15:00:00Z"}"#)),
            ("until", "12h", Ok(r#"{"until":"2026-05-04T03:00:00Z"}"#)),
            ("until", "yesterday", Err("expected a time in RFC 3339")),
            ("number", "(800) 555-0100", Ok(r#"{"number":"+18005550100"}"#)),
            ("number", " 18005550100", Ok(r#"{"number":"+18005550100"}"#)),
            ("caller", "442079460018", Ok(r#"{"caller":"+442079460018"}"#)),
            ("caller", "anonymous", Err("expected a phone number")),
            ("source", "search-ads", Ok(r#"{"source":"search-ads"}"#)),
            ("source", "", Err("is not an id")),
            ("offer", "auto quote", Err("is not an id")),
            ("buyer", "acme", Ok(r#"{"buyer":"acme"}"#)),
            ("reason", "hung_up", Ok(r#"{"reason":"hung_up"}"#)),
            ("reason", "bored", Err("expected one of bridged, transferred, ")),
            ("tag", "plan", Ok(r#"{"tag":{"name":"plan","value":null}}"#)),
            ("tag", "plan=a=b", Ok(r#"{"tag":{"name":"plan","value":"a=b"}}"#)),
            ("tag", "plan=", Ok(r#"{"tag":{"name":"plan","value":""}}"#)),
            ("tag", "=x", Err("expected a tag's name")),
        ] {
            assert!(CallQuery::FILTERS.contains(&name));
            let mut query = CallQuery::default();
            let set = query.set(name, value, now);
            match (set, expected) {
                (Ok(()), Ok(expected)) => {
                    let mut json = serde_json::to_value(&query).unwrap();
                    let map = json.as_object_mut().unwrap();
                    map.retain(|key, value| key != "who" && !value.is_null());
                    assert_eq!(json.to_string(), expected, "{name} {value}");
                }
                (Err(error), Err(expected)) => {
                    let shown = error.to_string();
                    let begins = format!("invalid value `{value}` for `{name}`: ");
                    assert!(shown.starts_with(&begins) && shown.contains(expected), "{shown}");
                }
                (set, expected) => panic!("{name} {value}: {set:?}, expected {expected:?}"),
            }
        }
    }
}
