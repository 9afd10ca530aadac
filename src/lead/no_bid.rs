//! Why a ping for a call gets no bid, with the codes of Ringba's bidders.

use crate::base::End;
use crate::base::Skip;

/// Why a ping for a call gets no bid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoBid {
    /// The source is not paid for the offer, or no number of the book is of both.
    Disabled,
    /// A field is missing or wrong, or no contract takes such a call. Holds what is wrong.
    Fields(String),
    /// Every contract that takes such a call is full, closed, or paused.
    Capacity,
    /// The caller may not be routed, was sold before, or its number is none.
    Caller(CallerFault),
    /// No bidder made a bid that counts.
    Bidders,
    /// The source sends too many pings.
    TooMany,
    /// The caller's number is not told, and is needed.
    CallerMissing,
    /// Too many bids wait for their calls.
    Full,
}

/// What is wrong with a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerFault {
    /// It is on a suppression list.
    Suppressed,
    /// It was sold before.
    Duplicate,
    /// What was given is no phone number.
    NoNumber,
}

impl NoBid {
    /// Returns the reason that the contracts of a decision without a pick give: what would have to
    /// change for one of them to take the call.
    pub fn of_skips(skips: impl Iterator<Item = Skip>) -> Self {
        let mut reason = NoBid::Fields("no contract takes such a call".to_owned());
        let rank = |reason: &NoBid| match reason {
            NoBid::Bidders => 3,
            NoBid::Caller(_) => 2,
            NoBid::Capacity => 1,
            NoBid::Disabled | NoBid::Fields(_) | NoBid::TooMany => 0,
            NoBid::CallerMissing | NoBid::Full => 0,
        };
        for skip in skips {
            let own = of_skip(skip);
            if own.as_ref().is_some_and(|own| rank(own) > rank(&reason)) {
                reason = own.unwrap_or(reason);
            }
        }
        reason
    }

    /// Returns the code of Ringba's bidders.
    pub const fn code(&self) -> u16 {
        match self {
            NoBid::Disabled => 1001,
            NoBid::Fields(_) => 1002,
            NoBid::Capacity => 1003,
            NoBid::Caller(_) => 1004,
            NoBid::Bidders => 1006,
            NoBid::TooMany => 1024,
            NoBid::Full => 1026,
            NoBid::CallerMissing => 1100,
        }
    }

    /// Returns the reason as it is told, with its code.
    pub fn sentence(&self) -> String {
        let why = match self {
            NoBid::Disabled => "The source has no number or no payout for this offer.",
            NoBid::Fields(why) => return format!("{why} (Code: {})", self.code()),
            NoBid::Capacity => "Every buyer of such calls is full or closed.",
            NoBid::Caller(CallerFault::Suppressed) => "The caller is blocked.",
            NoBid::Caller(CallerFault::Duplicate) => "The caller is a duplicate.",
            NoBid::Caller(CallerFault::NoNumber) => "The caller id is no phone number.",
            NoBid::Bidders => "No buyer made a bid.",
            NoBid::TooMany => "Too many pings.",
            NoBid::Full => "Too many bids wait for their calls.",
            NoBid::CallerMissing => "The caller id is required.",
        };
        format!("{why} (Code: {})", self.code())
    }

    /// Returns the reason as it is stored.
    pub const fn end(&self) -> End {
        match self {
            NoBid::Fields(_) | NoBid::CallerMissing => End::InvalidLead,
            NoBid::Caller(CallerFault::Suppressed) => End::SuppressedCaller,
            NoBid::Caller(CallerFault::Duplicate) => End::DuplicateLead,
            NoBid::Caller(CallerFault::NoNumber) => End::InvalidLead,
            NoBid::Bidders => End::NoBuyer,
            NoBid::Disabled | NoBid::Capacity => End::NoContract,
            NoBid::TooMany | NoBid::Full => End::Overload,
        }
    }
}

/// Returns what a contract's reason means to a source; `None` if it is the contract's own affair.
const fn of_skip(skip: Skip) -> Option<NoBid> {
    match skip {
        Skip::Disabled
        | Skip::Channel
        | Skip::GeoMismatch
        | Skip::SourceDenied
        | Skip::FieldMismatch
        | Skip::QualityFailed
        | Skip::RequiredMissing
        | Skip::ScoreLow
        | Skip::NotInTier
        | Skip::Outranked => None,
        Skip::Duplicate => Some(NoBid::Caller(CallerFault::Duplicate)),
        Skip::Suppressed => Some(NoBid::Caller(CallerFault::Suppressed)),
        Skip::CapHour
        | Skip::CapDay
        | Skip::CapWeek
        | Skip::CapMonth
        | Skip::CapTotal
        | Skip::CapConcurrent
        | Skip::CapPaced
        | Skip::CapBudget
        | Skip::BalanceLow
        | Skip::QuotaUnavailable
        | Skip::Paused
        | Skip::BuyerDown
        | Skip::Closed
        | Skip::Holiday => Some(NoBid::Capacity),
        Skip::BidLow | Skip::BidLate | Skip::BidDeclined | Skip::BidInvalid | Skip::BidFailed => {
            Some(NoBid::Bidders)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_reason_is_told() {
        for (skips, code) in [
            (&[][..], 1002),
            (&[Skip::GeoMismatch, Skip::Channel], 1002),
            (&[Skip::GeoMismatch, Skip::CapDay], 1003),
            (&[Skip::Closed, Skip::Duplicate, Skip::Disabled], 1004),
            (&[Skip::BidLate, Skip::CapDay], 1006),
        ] {
            let reason = NoBid::of_skips(skips.iter().copied());
            assert_eq!(reason.code(), code, "{skips:?}");
            assert!(reason.sentence().ends_with(&format!("(Code: {code})")), "{reason:?}");
        }
    }
}
