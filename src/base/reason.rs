//! The closed catalog of reasons: each has one code and one sentence, the same in records, API,
//! terminal, and documents.

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
            /// Every variant, in the catalog's order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Returns the stable code.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),* }
            }

            /// Returns one sentence for the operator.
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
    /// Why a contract was skipped, in the order in which the reasons are checked.
    Skip {
        Disabled "disabled" "The contract or its buyer is disabled, or its destination is a number that may not be dialed."
        Channel "channel" "The contract does not take this channel."
        GeoMismatch "geo_mismatch" "The inquiry is from outside the contract's area."
        SourceDenied "source_denied" "The contract does not take this source."
        FieldMismatch "field_mismatch" "A field has a value that the contract does not take."
        QualityFailed "quality_failed" "The inquiry fails the contract's quality rule."
        RequiredMissing "required_missing" "A field that the contract requires is unknown."
        ScoreLow "score_low" "The score is below the contract's minimum."
        Duplicate "duplicate" "The same person was already sold within the duplicate window."
        Suppressed "suppressed" "The number or email is on a suppression list."
        CapHour "cap_hour" "The hourly cap is used up."
        CapDay "cap_day" "The daily cap is used up."
        CapWeek "cap_week" "The weekly cap is used up."
        CapMonth "cap_month" "The monthly cap is used up."
        CapTotal "cap_total" "The total cap is used up."
        CapConcurrent "cap_concurrent" "The maximum number of concurrent calls is reached."
        CapPaced "cap_paced" "The daily cap is spread over the open hours, and the share due so far is used up."
        CapBudget "cap_budget" "The budget is used up."
        BalanceLow "balance_low" "The buyer's prepaid balance does not cover the price."
        QuotaUnavailable "quota_unavailable" "The shared counters of caps cannot be reached, and the contract has a limit."
        Paused "paused" "The contract is paused after unanswered calls."
        BuyerDown "buyer_down" "The buyer's server did not answer several posts in a row; a probe is made after each pause."
        Closed "closed" "The contract is outside its hours."
        Holiday "holiday" "The contract is closed for a holiday."
        NotInTier "not_in_tier" "An earlier tier still has capacity."
        BidLow "bid_low" "The bid was below another's."
        BidLate "bid_late" "The bid arrived after the window closed, or not at all."
        BidDeclined "bid_declined" "The bidder declined."
        BidInvalid "bid_invalid" "The bid was no amount, above the contract's limit, or expired."
        BidFailed "bid_failed" "The bidder could not be asked, or its answer could not be read."
        Outranked "outranked" "Another contract ranks first."
    }
}

catalogue! {
    /// How one attempt ended.
    Outcome {
        Won "won" "Answered first and was bridged."
        LostRace "lost_race" "Answered, but another buyer was first."
        Busy "busy" "The buyer was busy."
        NoAnswer "no_answer" "The buyer did not answer within the ring timeout."
        Declined "declined" "The buyer declined."
        Failed "failed" "The call could not be delivered."
        NoCommonCodec "no_common_codec" "The buyer takes none of the codecs offered (488, 606; not if its Warning names another cause), or answered with another."
        Unreachable "unreachable" "The destination did not respond at all."
        Barred "barred" "The destination is an emergency, premium-rate, shared-cost, or satellite number that the trunk does not allow."
        TrunkLimit "trunk_limit" "A limit of the trunk is reached: its calls at once or per second, or what it, or the number's prefix there, may have in a day."
        Loop "loop" "The call came back to a switch that had sent it on, or took too many hops."
        NotAccepted "not_accepted" "The buyer answered but did not accept."
        Gone "gone" "The buyer took the call, but was gone before the caller was connected."
        Machine "machine" "A machine answered."
        Canceled "canceled" "The attempt was canceled before an answer."
    }
}

catalogue! {
    /// Why an attempt was canceled before it had an answer of its own.
    CanceledBecause {
        AnotherWon "another_won" "Another buyer took the call."
        CallerLeft "caller_left" "The caller hung up."
        CallerUnconfirmed "caller_unconfirmed" "The caller did not acknowledge the answer in time."
        CallLimit "call_limit" "The call reached its maximum duration."
        Operator "operator" "An operator hung up the call."
        Switch "switch" "The switch ended the call: it stopped, or the call could not continue."
    }
}

catalogue! {
    /// How a call or lead ended.
    End {
        Bridged "bridged" "Caller and buyer were connected."
        Transferred "transferred" "The flow connected the caller to a fixed destination."
        Voicemail "voicemail" "The caller left a message, and no buyer took the call."
        NoContract "no_contract" "No contract could take the call."
        Abandoned "abandoned" "The caller hung up before a buyer was bridged."
        CallerUnconfirmed "caller_unconfirmed" "The caller never acknowledged the answer: its requests do not reach the switch. Behind NAT, set `advertise` in `[sip]`."
        RejectedCaller "rejected_caller" "The flow or the offer rejected the caller."
        NoCommonCodec "no_common_codec" "The caller offered no codec that the switch has."
        SuppressedCaller "suppressed_caller" "The caller is on a suppression list."
        HungUp "hung_up" "An operator hung up the call."
        SwitchRestart "switch_restart" "The switch stopped while the call was up."
        Overload "overload" "The switch had no capacity for the call."
        Parked "parked" "The inquiry waits for a window to open."
        Delivered "delivered" "The lead was delivered."
        InvalidLead "invalid_lead" "A field of the lead is missing or wrong."
        SuppressedLead "suppressed_lead" "A phone number or an e-mail address of the lead is on a suppression list."
        DuplicateLead "duplicate_lead" "The same person was already sold within the duplicate window."
        CertificateReused "certificate_reused" "Another person's lead, or another source's, came with the same consent certificate."
        TestLead "test_lead" "The lead was a test: it was checked and routed, and not sold."
        NoBuyer "no_buyer" "Every buyer to whom the lead was sent rejected it, or could not be reached."
        Returned "returned" "The buyer returned the call or lead."
    }
}

catalogue! {
    /// What became of a bid.
    BidResult {
        Pending "pending" "The bidder was asked and has not answered yet."
        Standing "standing" "The bid counts, and the inquiry is not sold yet."
        Won "won" "The inquiry was sold at the bid."
        Outbid "outbid" "Another buyer got the inquiry."
        Unused "unused" "The bid counted, but its buyer did not get its turn, and no other bought."
        Late "late" "No bid came within the window; what came later is ignored."
        BelowFloor "below_floor" "The bid was below the offer's floor."
        Refused "refused" "The bidder did not want the inquiry."
        Rejected "rejected" "The bid came first, and its buyer then did not take the inquiry."
        Invalid "invalid" "The bid was no amount, or above the contract's limit."
        Expired "expired" "The bid had ended before it could be used."
        Failed "failed" "The bidder could not be asked, or its answer could not be read."
    }
}

catalogue! {
    /// Why a call was refused before it got a record.
    RefusalReason {
        UnknownSource "unknown_source" "The INVITE came from an address of no trunk."
        WrongCredentials "wrong_credentials" "The INVITE came from an address of no trunk, with a user name or a password that no trunk has."
        UnnamedSource "unnamed_source" "One of `[sip] proxies` did not name the caller's address."
        Forged "forged" "The webhook has no valid signature."
        InvalidRequest "invalid_request" "The INVITE breaks a rule of SIP, or asks for what the switch does not support."
        NotANumber "not_a_number" "What was dialled is not a phone number."
        UnknownNumber "unknown_number" "The number is not in the book."
        Withheld "withheld" "The caller withholds the number, and `[spam] withheld` refuses such calls."
        CallerRate "caller_rate" "The caller called more often than `[spam] calls_per_minute` allows."
        Loop "loop" "The call is one that this switch sent on, and it came back."
        NoBid "no_bid" "The call came for a bid that is not known, has ended, was used, or is for another caller."
        NoFlow "no_flow" "The number's flow is not loaded."
        Stopping "stopping" "The switch is stopping."
        MaxCalls "max_calls" "The switch has as many calls as it may have."
        CallsPerSecond "calls_per_second" "New calls came faster than the switch may take them."
        TrunkFull "trunk_full" "The trunk has as many calls as it may have."
        TrunkRate "trunk_rate" "Calls of the trunk came faster than it may have them."
        JournalFull "journal_full" "The journal is three quarters full."
        JournalFailing "journal_failing" "The journal cannot be written."
        NoPorts "no_ports" "No RTP ports could be opened."
        Database "database" "The database could not be read or written."
    }
}

impl Outcome {
    /// Returns the outcome of an attempt for a final SIP status above 299 (RFC 3261 §21).
    pub const fn of_status(status: u16) -> Outcome {
        match status {
            486 | 600 => Outcome::Busy,
            408 | 480 => Outcome::NoAnswer,
            403 | 603 | 607 => Outcome::Declined,
            482 | 483 => Outcome::Loop,
            487 => Outcome::Canceled,
            488 | 606 => Outcome::NoCommonCodec,
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
        let mut codes: Vec<&str> = RefusalReason::ALL.iter().map(|r| r.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RefusalReason::ALL.len());
        for skip in Skip::ALL {
            assert_eq!(skip.code().parse(), Ok(*skip));
            assert_eq!(serde_json::to_string(skip).unwrap(), format!("\"{}\"", skip.code()));
        }
    }
}
