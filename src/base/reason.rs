//! The closed catalogue of reasons: one code and one sentence each, everywhere the same: in
//! records, API, terminal and documents.

use serde::Deserialize;
use serde::Serialize;

macro_rules! catalogue {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $code:literal $sentence:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $(#[doc = $sentence] #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Every member, in the catalogue's order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }

            /// One sentence for the operator.
            pub const fn sentence(self) -> &'static str {
                match self { $($name::$variant => $sentence),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|r| r.code() == text)
                    .ok_or_else(|| format!("`{text}` is not a known {}", stringify!($name)))
            }
        }
    };
}

catalogue! {
    /// Why a contract was passed over, in the order in which the reasons are looked for.
    Skip {
        Disabled "disabled" "The contract or its buyer is switched off."
        Channel "channel" "The contract does not take this channel."
        GeoMismatch "geo_mismatch" "The inquiry comes from outside the contract's area."
        SourceDenied "source_denied" "The contract does not take this source."
        FieldMismatch "field_mismatch" "A field has a value that the contract does not take."
        QualityFailed "quality_failed" "The inquiry fails the contract's quality rule."
        RequiredMissing "required_missing" "A field that the contract needs is not known."
        ScoreLow "score_low" "The score is below the contract's minimum."
        Duplicate "duplicate" "The same person was already sold within the duplicate window."
        Suppressed "suppressed" "The number or e-mail is on a suppression list."
        CapHour "cap_hour" "The cap of the hour is used up."
        CapDay "cap_day" "The cap of the day is used up."
        CapWeek "cap_week" "The cap of the week is used up."
        CapMonth "cap_month" "The cap of the month is used up."
        CapTotal "cap_total" "The cap over all time is used up."
        CapConcurrent "cap_concurrent" "As many calls as allowed are under way."
        CapPaced "cap_paced" "The day's cap is spread over the open hours, and what is due by now is used up."
        CapBudget "cap_budget" "The budget is used up."
        BalanceLow "balance_low" "The buyer's prepaid balance does not cover the price."
        Paused "paused" "The contract rests after calls that nobody answered."
        Closed "closed" "The contract's hours do not include this moment."
        Holiday "holiday" "The contract is closed for a holiday."
        NotInTier "not_in_tier" "An earlier tier still has capacity."
        BidLow "bid_low" "The bid was below another's."
        BidLate "bid_late" "The bid came after the window."
        BidDeclined "bid_declined" "The bidder declined."
        Outranked "outranked" "Another contract ranks first."
    }
}

catalogue! {
    /// How one attempt ended.
    Outcome {
        Won "won" "Answered first and was bridged."
        LostRace "lost_race" "Answered, but another had answered first."
        Busy "busy" "The buyer was busy."
        NoAnswer "no_answer" "Nobody answered within the ring timeout."
        Declined "declined" "The buyer declined."
        Failed "failed" "The call could not be delivered."
        Unreachable "unreachable" "The destination did not respond at all."
        NotAccepted "not_accepted" "Somebody answered but did not accept."
        Machine "machine" "A machine answered."
        Canceled "canceled" "The ring was called off before an answer."
    }
}

catalogue! {
    /// Why an attempt was canceled: it ended without an answer of its own.
    CanceledBecause {
        AnotherWon "another_won" "Another buyer took it."
        CallerLeft "caller_left" "The caller hung up."
        CallLimit "call_limit" "The call reached its longest duration."
        Switch "switch" "The switch ended the call: it stopped, or the call could not go on."
    }
}

catalogue! {
    /// How a call or lead ended.
    End {
        Bridged "bridged" "Caller and buyer talked."
        Transferred "transferred" "The flow connected the caller to a fixed destination."
        NoContract "no_contract" "No contract could take it."
        Abandoned "abandoned" "The caller hung up before a buyer was bridged."
        RejectedCaller "rejected_caller" "The flow or the offer turned the caller away."
        SuppressedCaller "suppressed_caller" "The caller is on a suppression list."
        SwitchRestart "switch_restart" "The switch stopped while the call was up."
        Overload "overload" "The switch had no room for it."
        Parked "parked" "It waits for a window to open."
        Delivered "delivered" "The lead was delivered."
        Returned "returned" "The buyer returned it."
    }
}

impl Outcome {
    /// What a SIP final response below 200 or above 299 says of the attempt (RFC 3261 §21).
    pub const fn of_status(status: u16) -> Outcome {
        match status {
            486 | 600 => Outcome::Busy,
            408 | 480 => Outcome::NoAnswer,
            403 | 603 | 607 => Outcome::Declined,
            487 => Outcome::Canceled,
            _ => Outcome::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_are_unique() {
        let mut codes: Vec<&str> = Skip::ALL.iter().map(|r| r.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Skip::ALL.len());
        for skip in Skip::ALL {
            assert_eq!(skip.code().parse(), Ok(*skip));
            assert_eq!(serde_json::to_string(skip).unwrap(), format!("\"{}\"", skip.code()));
        }
    }
}
