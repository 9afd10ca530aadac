//! Ids. Book entities have the user's own slugs; events have UUIDv7s, which sort by time.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;
use uuid::Uuid;

use super::Now;
use super::Rng;
use super::Wall;

/// Longest slug, in bytes.
pub(crate) const SLUG_BYTES_MAX: usize = 64;

/// Text that is not a slug: empty, too long, or with a character outside `A-Z a-z 0-9 . _ -`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: use 1 to {SLUG_BYTES_MAX} letters, digits, `.`, `_` or `-`")]
pub struct InvalidSlug(pub String);

fn check_slug(text: &str) -> Result<(), InvalidSlug> {
    let fits = (1..=SLUG_BYTES_MAX).contains(&text.len());
    let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if fits && clean { Ok(()) } else { Err(InvalidSlug(text.chars().take(80).collect())) }
}

macro_rules! slug_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns the slug as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidSlug;
            fn from_str(text: &str) -> Result<Self, InvalidSlug> {
                check_slug(text)?;
                Ok(Self(Arc::from(text)))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidSlug;
            fn try_from(text: String) -> Result<Self, InvalidSlug> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

slug_ids! {
    /// A party that pays for calls and leads.
    BuyerId
    /// One buyer's contract for one offer.
    ContractId
    /// Name of a trunk's credentials in the settings.
    CredentialsName
    /// Name of a flow file, without `.xml`.
    FlowName
    /// Name of a suppression list.
    ListName
    /// Unique name of a node.
    NodeName
    /// A product that is sold.
    OfferId
    /// A receiver of events.
    PostbackId
    /// An originator of traffic.
    SourceId
    /// Public id of an access token: `tok_` and 12 hexadecimal digits.
    TokenId
    /// Owner's name for an access token.
    TokenName
    /// A carrier's SIP connection.
    TrunkId
}

macro_rules! event_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates an id: UUIDv7 (RFC 9562 §5.7) of the wall clock's milliseconds and 74 random
            /// bits.
            pub fn new(now: Now, rng: &mut Rng) -> Self {
                Self(uuid_v7(now, rng))
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

event_ids! {
    /// One outbound dial (call) or one post (lead) to one buyer.
    AttemptId
    /// One call, and its record.
    CallId
    /// One routing decision.
    DecisionId
    /// One reservation of every cap of a pick.
    HoldId
    /// One call or one form lead. Ids are unique across both.
    InquiryId
    /// One node's journal: the log of facts in one directory. A new directory has a new id.
    JournalId
    /// One form lead, and its record.
    LeadId
    /// One event of the outbox. Receivers recognise repetitions by it.
    OutboxId
    /// One ping: a source's question what a lead would bring.
    PingId
}

impl From<CallId> for InquiryId {
    fn from(call: CallId) -> Self {
        Self(call.0)
    }
}

impl From<LeadId> for InquiryId {
    fn from(lead: LeadId) -> Self {
        Self(lead.0)
    }
}

/// Begins the id of a bid.
const BID: &str = "RTB";

impl PingId {
    /// Returns the id of the bid that a ping for a call was answered with, as Ringba writes it: `RTB`
    /// and 32 hexadecimal digits.
    pub fn bid_id(self) -> String {
        format!("{BID}{}", self.0.simple())
    }

    /// Reads the id of a bid; case does not matter. `None` for other texts.
    pub fn of_bid_id(text: &str) -> Option<Self> {
        let (start, digits) = text.split_at_checked(BID.len())?;
        let is_hex = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let is_bid = start.eq_ignore_ascii_case(BID) && is_hex;
        is_bid.then(|| digits.parse().ok()).flatten()
    }
}

/// The id under which buyers are asked for bids on a call that has not come yet.
impl From<PingId> for CallId {
    fn from(ping: PingId) -> Self {
        Self(ping.0)
    }
}

impl DecisionId {
    /// Returns the decision id for a seed and an instant: always the same, so that a stored
    /// decision replays with its id.
    pub fn of_seed(now: Now, seed: u64) -> Self {
        // SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014):
        // the seed is already random and is only spread over two words.
        let mix = |state: u64| {
            let state = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let state = (state ^ state >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            state ^ state >> 31
        };
        let step = 0x9E37_79B9_7F4A_7C15;
        let (first, second) = (mix(seed.wrapping_add(step)), mix(seed.wrapping_add(step << 1)));
        let mut random = [0; 10];
        for (to, from) in
            random.iter_mut().zip(first.to_be_bytes().into_iter().chain(second.to_be_bytes()))
        {
            *to = from;
        }
        Self(uuid_of(now, &random))
    }
}

impl HoldId {
    /// Returns the millisecond in which the id was made.
    pub fn made_at(self) -> Wall {
        let (seconds, nanos) = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        let micros = i64::try_from(seconds).unwrap_or(0) * 1_000_000 + i64::from(nanos / 1_000);
        Wall::from_micros(micros)
    }
}

impl AttemptId {
    /// Returns the lowest id of a millisecond: attempts are searched by time with it.
    pub fn first_at(at: Wall) -> Self {
        Self(uuid_of(Now::at(at), &[0; 10]))
    }
}

impl OutboxId {
    /// Returns the id of an event by its time, its kind, and what it happened to: always the same,
    /// so that facts applied again do not make a second event.
    pub fn of(at: Wall, kind: &str, subject: &str) -> Self {
        let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(subject);
        let hash: [u8; 32] = hash.finalize().into();
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(hash) {
            *to = from;
        }
        Self(uuid_of(Now::at(at), &random))
    }
}

fn uuid_v7(now: Now, rng: &mut Rng) -> Uuid {
    let mut random = [0; 10];
    rng.fill(&mut random);
    uuid_of(now, &random)
}

fn uuid_of(now: Now, random: &[u8; 10]) -> Uuid {
    let millis = u64::try_from(now.wall.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_checked() {
        for good in ["acme", "carrier-a", "x", "A.b_C-9", &"y".repeat(64)] {
            assert!(good.parse::<BuyerId>().is_ok(), "{good}");
        }
        for bad in ["", "two words", "naïve", "a/b", &"y".repeat(65)] {
            assert!(bad.parse::<BuyerId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn event_ids_sort_by_time() {
        let mut rng = Rng::seeded(1);
        let early = Now::at(Wall::from_micros(1_000_000));
        let later = Now::at(Wall::from_micros(9_000_000));
        assert!(CallId::new(early, &mut rng) < CallId::new(later, &mut rng));
    }

    #[test]
    fn attempts_are_found_by_the_time_of_their_hold() {
        let at = Wall::from_micros(1_763_632_800_123_000);
        let hold = HoldId::new(Now::at(at), &mut Rng::seeded(3));
        assert_eq!(hold.made_at(), at);
        let attempt = AttemptId::new(Now::at(at), &mut Rng::seeded(4));
        assert!(AttemptId::first_at(hold.made_at()).to_string() <= attempt.to_string());
    }

    #[test]
    fn event_ids_round_trip_as_text() {
        let id = HoldId::new(Now::at(Wall::from_micros(5)), &mut Rng::seeded(2));
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
