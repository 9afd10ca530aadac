//! A call, its attempts and its dials.

use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::boolean;
use super::closed;
use super::count;
use super::event_id;
use super::list;
use super::map;
use super::moment;
use super::nullable;
use super::object;
use super::one_of;
use super::phone;
use super::refer;
use super::seconds;
use super::slug;
use super::text;
use super::whole;
use super::word;
use crate::base::CanceledBecause;
use crate::base::End;
use crate::base::Money;
use crate::base::Outcome;
use crate::base::RefusalReason;
use crate::call::BuyerAttempt;
use crate::call::BuyerCall;
use crate::call::BuyerTerms;
use crate::call::CallRecord;
use crate::call::CallView;
use crate::call::DialRecord;
use crate::call::Phase;
use crate::call::RefusedCalls;
use crate::call::SourceCall;
use crate::call::Standing;
use crate::sale::AttemptRecord;
use crate::sale::Winner;

/// What buyer and source both see of a call, and what else one of them sees.
fn call_with(more: &[(&str, RefOr<Schema>, &str)]) -> RefOr<Schema> {
    let mut fields = vec![
        ("channel", word(["call"]), "Tells it from a lead."),
        ("id", event_id(), "The call."),
        ("state", word(["live", "ended"]), "`ended`: nothing of it changes any more."),
        ("number", phone(), "The number that was dialled."),
        ("caller", nullable(phone()), "Null when withheld or no phone number."),
        ("offer", slug(), "The offer it was last routed for."),
        ("fields", map(text()), "What is known of the caller, by name."),
        ("started_at", moment(), "When its INVITE came."),
        ("answered_at", nullable(moment()), "When the caller was answered."),
        ("bridged_at", nullable(moment()), "When caller and buyer could hear each other first."),
        ("ended_at", nullable(moment()), "When it ended."),
        ("ended_by", nullable(word(["caller", "buyer", "switch"])), "Who ended it."),
        ("reason", nullable(word(End::ALL.iter().map(|end| end.code()))), "How it ended."),
        ("talk_seconds", seconds(), "How long caller and buyer were connected."),
        ("billable", boolean(), "Whether `talk_seconds` reached the contract's buffer."),
    ];
    fields.extend_from_slice(more);
    object(&fields)
}

schemas! {
    RefusedCalls => object(&[
        ("reason", word(RefusalReason::ALL.iter().map(|one| one.code())), "Why."),
        ("from", text(), "A trunk, `webhook:` and the carrier, or an IP address."),
        ("called", nullable(text()), "What the latest of them dialled, as it was sent."),
        ("caller", nullable(phone()), "The latest caller; null when withheld or unknown."),
        ("count", count(), "How many they are, repetitions included."),
        ("first_at", moment(), "When the first of them came."),
        ("last_at", moment(), "When the latest of them came."),
        ("remedy", text(), "What happened, and what to do about it."),
    ]);
    CallView => one_of([
        refer::<CallRecord>(),
        refer::<BuyerCall>(),
        refer::<SourceCall>(),
    ]), needs CallRecord, BuyerCall, SourceCall;
    BuyerCall => call_with(&[
        ("attempts", list(refer::<BuyerAttempt>()), "The buyer's own legs, in their order."),
        ("winner", refer::<BuyerTerms>(), "The contract that it came by."),
        ("revenue", nullable(refer::<Money>()), "What the buyer owes."),
    ]), needs BuyerAttempt, BuyerTerms, Money;
    BuyerAttempt => object(&[
        ("id", event_id(), "The attempt."),
        ("contract", slug(), "The contract that was tried."),
        ("outcome", nullable(word(Outcome::ALL.iter().map(|one| one.code()))), "How it ended."),
        ("sip_status", nullable(whole(100, 699)), "The final SIP status."),
        ("started_at", moment(), "When its INVITE was sent."),
        ("ring_ms", count(), "From INVITE to answer, or to the attempt's end, in milliseconds."),
        ("post_dial_delay_ms", nullable(count()), "From INVITE to the first sign of ringing."),
    ]);
    BuyerTerms => object(&[
        ("contract", slug(), "The contract."),
        ("buyer", slug(), "The buyer."),
        ("price", refer::<Money>(), "What the buyer pays for a billable call."),
        ("buffer_seconds", seconds(), "How long a call has to last to be billable."),
    ]), needs Money;
    SourceCall => call_with(&[
        ("source", slug(), "The source."),
        ("payout", nullable(refer::<Money>()), "What the source is owed."),
    ]), needs Money;
    CallRecord => closed(&[
        ("channel", word(["call"]), "Tells it from a lead."),
        ("id", event_id(), "The call."),
        ("state", word(["live", "ended"]), "`ended`: nothing of it changes any more."),
        ("number", phone(), "The number that was dialled."),
        ("caller", nullable(phone()), "Null when withheld or no phone number."),
        ("ingress", word(["trunk", "webhook"]), "Where it comes from."),
        ("trunk", slug(), "The trunk's id, or the webhook carrier's name."),
        ("offer", slug(), "The offer it was last routed for."),
        ("source", slug(), "Who sent it."),
        ("flow", slug(), "The flow it entered by."),
        ("book_version", count(), "The version of the book that it was routed by."),
        ("fields", map(text()), "What is known of the caller, by name."),
        ("started_at", moment(), "When its INVITE came."),
        ("answered_at", nullable(moment()), "When the caller was answered."),
        ("bridged_at", nullable(moment()), "When caller and buyer could hear each other first."),
        ("ended_at", nullable(moment()), "When it ended."),
        ("ended_by", nullable(word(["caller", "buyer", "switch"])), "Who ended it."),
        ("reason", nullable(word(End::ALL.iter().map(|end| end.code()))), "How it ended."),
        ("sip_status", nullable(whole(100, 699)), "The refusal that the caller got."),
        ("attempts", list(refer::<AttemptRecord>()), "Every buyer's leg, in the order of ringing."),
        ("dials", list(refer::<DialRecord>()), "Every fixed destination that the flow dialled."),
        ("tags", map(text()), "What the flow kept for reports, by name."),
        ("winner", nullable(refer::<Winner>()), "Who got the call."),
        ("talk_seconds", seconds(), "How long caller and buyer were connected."),
        ("billable", boolean(), "Whether `talk_seconds` reached the contract's buffer."),
        ("revenue", nullable(refer::<Money>()), "What the buyer owes."),
        ("payout", nullable(refer::<Money>()), "What the source is owed."),
        ("decision_id", nullable(event_id()), "The last routing decision."),
    ], &[
        ("live", refer::<Standing>(), "What it is doing, of a call that is live on this switch."),
    ]), needs AttemptRecord, DialRecord, Standing, Winner, Money;
    Standing => object(&[
        ("phase", word(Phase::ALL.iter().map(|phase| phase.name())), "What it is doing."),
        ("since", moment(), "Since when."),
        ("step", nullable(text()), "The flow's latest step."),
    ]);
    AttemptRecord => object(&[
        ("id", event_id(), "The attempt."),
        ("contract", slug(), "The contract that was tried."),
        ("buyer", slug(), "Its buyer."),
        ("wave", count(), "The round of ringing, from 1; buyers of one wave ring together."),
        ("outcome", nullable(word(Outcome::ALL.iter().map(|one| one.code()))), "How it ended."),
        (
            "canceled_because",
            nullable(word(CanceledBecause::ALL.iter().map(|one| one.code()))),
            "Why it ended without an answer of its own.",
        ),
        ("sip_status", nullable(whole(100, 699)), "The final SIP status of the buyer's side."),
        ("started_at", moment(), "When its INVITE was sent."),
        ("ring_ms", count(), "From INVITE to answer, or to the attempt's end, in milliseconds."),
        ("post_dial_delay_ms", nullable(count()), "From INVITE to the first sign of ringing."),
    ]);
    DialRecord => object(&[
        ("id", event_id(), "The attempt."),
        ("to", text(), "Its phone number, or its SIP address."),
        ("outcome", nullable(word(Outcome::ALL.iter().map(|one| one.code()))), "How it ended."),
        ("sip_status", nullable(whole(100, 699)), "The final SIP status."),
        ("started_at", moment(), "When its INVITE was sent."),
        ("ring_ms", count(), "From INVITE to answer, or to the attempt's end, in milliseconds."),
        ("post_dial_delay_ms", nullable(count()), "From INVITE to the first sign of ringing."),
    ]);
    Winner => object(&[
        ("contract", slug(), "The contract."),
        ("buyer", slug(), "Its buyer."),
        ("price", refer::<Money>(), "What the buyer pays for a billable call."),
        ("buffer_seconds", seconds(), "How long a call has to last to be billable."),
        ("payout", nullable(refer::<Money>()), "What the source gets for a billable call."),
    ]), needs Money;
}
