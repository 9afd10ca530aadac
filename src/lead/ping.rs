//! Pings of sources: what a lead would bring, asked before anybody is told whose it is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::CallId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::PingId;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::seconds;
use crate::book::FormField;
use crate::book::is_private;

use super::check::places;
use crate::sale::BidRecord;
use crate::sale::Promise;

/// A ping of a source, and what it was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PingRecord {
    /// Id of the ping, which the post names.
    pub id: PingId,
    /// The offer.
    pub offer: OfferId,
    /// The source that sent it.
    pub source: SourceId,
    /// Version of the book by which it was answered.
    pub book_version: u64,
    /// Whether it is a test: no buyer was asked, and the post is a test too.
    pub test: bool,
    /// Its fields, except those that may tell of a person.
    pub fields: BTreeMap<FieldName, String>,
    /// Bids for the lead: those that buyers made, and the prices of contracts that are not asked.
    pub bids: Vec<BidRecord>,
    /// When it came in.
    pub at: Wall,
    /// What the source is owed if the first buyer takes the lead; `None` without an offer, or for a
    /// source that is not paid.
    pub price: Option<Money>,
    /// When the offer ends; `None` without one.
    pub expires_at: Option<Wall>,
    /// Why there is no offer.
    pub reason: Option<End>,
    /// The lead that was posted to it.
    pub lead: Option<LeadId>,
    /// What it asked for, if that is a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallTerms>,
}

/// What a ping for a call says, and was offered beside its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTerms {
    /// The caller; `None` if it was not told, and once the offer was used or has ended. Stored
    /// apart from the rest, so that it can be removed.
    #[serde(skip)]
    pub caller: Option<Phone>,
    /// The source's own id of the call.
    #[serde(default)]
    pub reference: Option<String>,
    /// Number that the call is sent to; `None` if no number of the book is of the source and offer.
    pub number: Option<Phone>,
    /// Whether the call is sent to a SIP address instead.
    pub by_sip: bool,
    /// Connected time from which the source is owed the price.
    #[serde(rename = "buffer_seconds", with = "seconds")]
    pub buffer: Duration,
    /// The call that came for the offer.
    #[serde(skip)]
    pub came: Option<CallId>,
}

/// A lead's ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinged {
    /// The ping.
    pub id: PingId,
    /// Its bids.
    pub bids: Vec<BidRecord>,
}

/// Why a post to a ping is not taken. Nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PingRefusal {
    /// The source sent no such ping, or got no offer for it.
    #[error("no offer was made for this ping")]
    Unknown,
    /// Its offer has ended.
    #[error("the offer for this ping has ended")]
    Expired,
    /// The place of the lead is not that of the ping. Holds the field.
    #[error("{0} is not that of the ping")]
    Differs(FieldName),
}

impl PingRefusal {
    /// Returns the stable code of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            PingRefusal::Unknown => "ping_unknown",
            PingRefusal::Expired => "ping_expired",
            PingRefusal::Differs(_) => "ping_mismatch",
        }
    }
}

impl PingRecord {
    /// Returns the fields of a ping that are kept: none that may tell of a person.
    pub fn kept(fields: &Fields) -> BTreeMap<FieldName, String> {
        let kept = fields.iter().filter(|(name, field)| !is_private(name.as_str(), &field.value));
        kept.map(|(name, field)| (name.clone(), field.value.clone())).collect()
    }

    /// Checks whether a post with these valid fields may be taken at a time; `offer` are the fields
    /// of the offer.
    ///
    /// # Errors
    /// [`PingRefusal`]: it may not.
    pub fn admits(
        &self,
        offer: &[FormField],
        fields: &Fields,
        now: Wall,
    ) -> Result<(), PingRefusal> {
        match self.expires_at.filter(|_| self.call.is_none()) {
            None => return Err(PingRefusal::Unknown),
            Some(end) if end <= now => return Err(PingRefusal::Expired),
            Some(_) => {}
        }
        let differs = |name: &FieldName| {
            let pair = self.fields.get(name).zip(fields.value(name.as_str()));
            pair.is_some_and(|(before, now)| before != now)
        };
        match places(offer).into_iter().find(differs) {
            Some(name) => Err(PingRefusal::Differs(name)),
            None => Ok(()),
        }
    }

    /// Returns what the source was promised for a call; `None` for a lead, and without a bid.
    pub fn promise(&self) -> Option<Promise> {
        let (call, payout) = self.call.as_ref().zip(self.price)?;
        Some(Promise { ping: self.id, payout, buffer_seconds: call.buffer.as_secs() })
    }

    /// Returns the names and values of the ping that its post leaves out.
    pub fn left_out(&self, fields: &Fields) -> impl Iterator<Item = (String, String)> {
        let own = self.fields.iter().filter(|(name, _)| fields.value(name.as_str()).is_none());
        own.map(|(name, value)| (name.to_string(), value.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Origin;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in pairs {
            fields.set(name.parse().unwrap(), value, Origin::Form);
        }
        fields
    }

    fn ping() -> PingRecord {
        let given = fields(&[("zip", "90210"), ("state", "CA"), ("phone", "+13055550123")]);
        let at = Wall::from_micros(1_763_632_800_000_000);
        PingRecord {
            id: "0190a0b0-0000-7000-8000-000000000001".parse().unwrap(),
            offer: "o".parse().unwrap(),
            source: "web".parse().unwrap(),
            book_version: 1,
            test: false,
            fields: PingRecord::kept(&given),
            bids: Vec::new(),
            at,
            price: None,
            expires_at: Some(at + Duration::from_secs(60)),
            reason: None,
            lead: None,
            call: None,
        }
    }

    #[test]
    fn a_ping_keeps_nothing_that_tells_of_a_person() {
        let names: Vec<String> = ping().fields.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["state", "zip"]);
    }

    #[test]
    fn a_post_is_of_the_place_of_its_ping_and_in_time() {
        let (ping, soon) = (ping(), Duration::from_secs(59));
        let phone = ("phone", "+13055550123");
        for (given, after, expected) in [
            (&[phone][..], soon, Ok(())),
            (&[phone, ("zip", "90210"), ("state", "CA")], soon, Ok(())),
            (&[("zip", "10001")], soon, Err("ping_mismatch")),
            (&[("state", "NY")], soon, Err("ping_mismatch")),
            (&[phone], Duration::from_secs(60), Err("ping_expired")),
        ] {
            let admitted = ping.admits(&[], &fields(given), ping.at + after);
            assert_eq!(admitted.map_err(|refusal| refusal.code()), expected, "{given:?}");
        }
        let none = PingRecord { expires_at: None, ..ping.clone() };
        let refused = none.admits(&[], &fields(&[phone]), ping.at);
        assert_eq!(refused, Err(PingRefusal::Unknown));
        let rest: Vec<(String, String)> = ping.left_out(&fields(&[("zip", "90210")])).collect();
        assert_eq!(rest, [("state".to_owned(), "CA".to_owned())]);
    }
}
