//! The bid in a buyer's answer to a ping.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::book::ResponseRule;

use super::Answer;
use super::AnsweredPrice;
use super::Trouble;
use super::Verdict;
use super::answer::Document;
use super::answer::read;
use super::part;
use super::verdict;

/// Longest life of a bid that counts; a longer one is cut to it.
const LIFE_MAX: Duration = Duration::from_secs(86_400);

/// What a buyer answers to a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BidAnswered {
    /// It offers an amount above zero.
    Bid(Offered),
    /// It does not want the lead, or names no price.
    Declined {
        /// The reason.
        reason: Option<String>,
    },
    /// Its price cannot be read.
    Unreadable {
        /// The text that is no price.
        price: String,
    },
    /// Its answer cannot be used.
    Trouble(Trouble),
}

/// A buyer's bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// The amount, above zero.
    pub amount: Money,
    /// The buyer's id of the bid.
    pub ping_id: Option<String>,
    /// When the bid ends, as the buyer says; `None` if it says nothing.
    pub expires_at: Option<Wall>,
    /// Where a call would go, as the buyer writes it: SIP addresses before numbers. Empty for a
    /// lead.
    #[serde(default)]
    pub destinations: Vec<String>,
    /// Connected time from which a call would be billable; `None` for that of the contract.
    #[serde(default)]
    pub buffer: Option<Duration>,
    /// Whether the buyer repeats an earlier bid.
    #[serde(default)]
    pub repeat: Repeat,
}

/// Whether a buyer repeats an earlier bid that is still valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// The bid is new.
    #[default]
    New,
    /// The buyer says that it is an earlier bid.
    Earlier,
}

impl Offered {
    /// Creates a bid of which only the amount is known.
    pub fn of(amount: Money) -> Self {
        Self {
            amount,
            ping_id: None,
            expires_at: None,
            destinations: Vec::new(),
            buffer: None,
            repeat: Repeat::New,
        }
    }
}

/// Returns what an answer to a ping means by a rule. Amounts are in the currency of the contract.
///
/// Without marks, a price above zero is a bid, unless the answer says no: bidders for calls answer
/// without a verdict.
pub fn bid(rule: &ResponseRule, money: Currency, answer: Answer<'_>, at: Wall) -> BidAnswered {
    let judged = verdict(rule, money, answer);
    let declined = |reason| BidAnswered::Declined { reason };
    match judged {
        Verdict::Rejected { reason } | Verdict::Duplicate { reason } => return declined(reason),
        Verdict::Trouble(Trouble::Unclear) | Verdict::Accepted(_) | Verdict::Delivered(_) => {}
        Verdict::Trouble(trouble) => return BidAnswered::Trouble(trouble),
    }
    let Ok(document) = read(answer.body, rule.format) else {
        return declined(None);
    };
    match part::price(rule, &document, money) {
        AnsweredPrice::Amount(amount) if amount.micros() > 0 => BidAnswered::Bid(Offered {
            amount,
            ping_id: part::ping_id(rule, &document),
            expires_at: expiry(rule, &document, at),
            destinations: Vec::new(),
            buffer: None,
            repeat: if part::is_cached(&document) { Repeat::Earlier } else { Repeat::New },
        }),
        AnsweredPrice::Unreadable(price) => BidAnswered::Unreadable { price },
        AnsweredPrice::Unsaid if judged == Verdict::Trouble(Trouble::Unclear) => {
            BidAnswered::Trouble(Trouble::Unclear)
        }
        AnsweredPrice::Amount(_) | AnsweredPrice::Unsaid => declined(part::reason(rule, &document)),
    }
}

/// Returns what an answer about a call means by a rule, as [`bid`] does: with where the call goes, and
/// from which connected time it is billable.
pub fn call_bid(rule: &ResponseRule, money: Currency, answer: Answer<'_>, at: Wall) -> BidAnswered {
    match (bid(rule, money, answer, at), read(answer.body, rule.format)) {
        (BidAnswered::Bid(offered), Ok(document)) => BidAnswered::Bid(Offered {
            destinations: part::destinations(rule, &document),
            buffer: part::buffer(rule, &document),
            ..offered
        }),
        (answered, _) => answered,
    }
}

/// Returns the destinations that an answer to a request names; none if it cannot be read.
pub fn named_destinations(rule: &ResponseRule, answer: Answer<'_>) -> Vec<String> {
    read(answer.body, rule.format)
        .map(|document| part::destinations(rule, &document))
        .unwrap_or_default()
}

/// Returns when a bid ends: RFC 3339, seconds or milliseconds since 1970, or seconds from now, of
/// which decimals are dropped. Any other text says nothing.
fn expiry(rule: &ResponseRule, document: &Document, at: Wall) -> Option<Wall> {
    /// Smaller numbers are seconds from now: nine years, and the year 1979.
    const EPOCH_SECONDS_MIN: i64 = 300_000_000;
    /// Larger numbers are milliseconds: the year 5138, and 1973.
    const EPOCH_MILLIS_MIN: i64 = 100_000_000_000;
    let text = part::expires(rule, document)?;
    let number = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    let micros = match number.parse::<i64>() {
        Ok(millis) if millis >= EPOCH_MILLIS_MIN => millis.saturating_mul(1_000),
        Ok(seconds) if seconds >= EPOCH_SECONDS_MIN => seconds.saturating_mul(1_000_000),
        Ok(seconds) => at.micros().saturating_add(seconds.saturating_mul(1_000_000)),
        Err(_) => text.parse::<Wall>().ok()?.micros(),
    };
    Some(Wall::from_micros(micros).min(at + LIFE_MAX))
}

#[cfg(test)]
mod tests;
