//! A call, its attempts and its dials.

use super::Field;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::boolean;
use super::closed;
use super::count;
use super::event_id;
use super::field;
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
use crate::call::BuyerAttempt;
use crate::call::BuyerCall;
use crate::call::BuyerTerms;
use crate::call::CallMedia;
use crate::call::CallRecord;
use crate::call::CallView;
use crate::call::DialRecord;
use crate::call::Phase;
use crate::call::Silent;
use crate::call::SourceCall;
use crate::call::Standing;
use crate::call::Traffic;
use crate::sale::AttemptRecord;
use crate::sale::Winner;

/// What buyer and source both see of a call, and what else one of them sees.
fn call_with(more: &[Field<'_>]) -> RefOr<Schema> {
    let mut fields = vec![
        field("channel", word(["call"]), "Tells it from a lead."),
        field("id", event_id(), "The call."),
        field("state", word(["live", "ended"]), "`ended`: nothing of it changes any more."),
        field("number", phone(), "The number that was dialled."),
        field("caller", nullable(phone()), "Null when withheld or no phone number."),
        field("offer", slug(), "The offer it was last routed for."),
        field("fields", map(text()), "What is known of the caller, by name."),
        field("started_at", moment(), "When its INVITE came."),
        field("answered_at", nullable(moment()), "When the caller was answered."),
        field(
            "bridged_at",
            nullable(moment()),
            "When caller and buyer could hear each other first.",
        ),
        field("ended_at", nullable(moment()), "When it ended."),
        field("ended_by", nullable(word(["caller", "buyer", "switch"])), "Who ended it."),
        field("reason", nullable(word(End::ALL.iter().map(|end| end.code()))), "How it ended."),
        field("talk_seconds", seconds(), "How long caller and buyer were connected."),
        field("billable", boolean(), "Whether `talk_seconds` reached the contract's buffer."),
    ];
    fields.extend_from_slice(more);
    object(&fields)
}

schemas! {
    CallView => one_of([
        refer::<CallRecord>(),
        refer::<BuyerCall>(),
        refer::<SourceCall>(),
    ]), needs CallRecord, BuyerCall, SourceCall;
    BuyerCall => call_with(&[
        field("attempts", list(refer::<BuyerAttempt>()), "The buyer's own legs, in their order."),
        field("winner", refer::<BuyerTerms>(), "The contract that it came by."),
        field("revenue", nullable(refer::<Money>()), "What the buyer owes."),
    ]), needs BuyerAttempt, BuyerTerms, Money;
    BuyerAttempt => object(&[
        field("id", event_id(), "The attempt."),
        field("contract", slug(), "The contract that was tried."),
        field("outcome", nullable(word(Outcome::ALL.iter().map(|one| one.code()))), "How it ended."),
        field("sip_status", nullable(whole(100, 699)), "The final SIP status."),
        field("started_at", moment(), "When its INVITE was sent."),
        field("ring_ms", count(), "From INVITE to answer, or to the attempt's end, in milliseconds."),
        field("post_dial_delay_ms", nullable(count()), "From INVITE to the first sign of ringing."),
    ]);
    BuyerTerms => object(&[
        field("contract", slug(), "The contract."),
        field("buyer", slug(), "The buyer."),
        field("price", refer::<Money>(), "What the buyer pays for a billable call."),
        field("buffer_seconds", seconds(), "How long a call has to last to be billable."),
    ]), needs Money;
    SourceCall => call_with(&[
        field("source", slug(), "The source."),
        field("payout", nullable(refer::<Money>()), "What the source is owed."),
    ]), needs Money;
    CallRecord => closed(&[
        field("channel", word(["call"]), "Tells it from a lead."),
        field("id", event_id(), "The call."),
        field("state", word(["live", "ended"]), "`ended`: nothing of it changes any more."),
        field("number", phone(), "The number that was dialled."),
        field("caller", nullable(phone()), "Null when withheld or no phone number."),
        field("ingress", word(["trunk", "webhook"]), "Where it comes from."),
        field("trunk", slug(), "The trunk's id, or the webhook carrier's name."),
        field("offer", slug(), "The offer it was last routed for."),
        field("source", slug(), "Who sent it."),
        field("flow", slug(), "The flow it entered by."),
        field("book_version", count(), "The version of the book that it was routed by."),
        field("fields", map(text()), "What is known of the caller, by name."),
        field("started_at", moment(), "When its INVITE came."),
        field("answered_at", nullable(moment()), "When the caller was answered."),
        field("bridged_at", nullable(moment()), "When caller and buyer could hear each other first."),
        field("ended_at", nullable(moment()), "When it ended."),
        field("ended_by", nullable(word(["caller", "buyer", "switch"])), "Who ended it."),
        field("reason", nullable(word(End::ALL.iter().map(|end| end.code()))), "How it ended."),
        field("sip_status", nullable(whole(100, 699)), "The refusal that the caller got."),
        field("attempts", list(refer::<AttemptRecord>()), "Every buyer's leg, in the order of ringing."),
        field("dials", list(refer::<DialRecord>()), "Every fixed destination that the flow dialled."),
        field("tags", map(text()), "What the flow kept for reports, by name."),
        field("media", nullable(refer::<CallMedia>()), "Its media, if it was a bridged SIP call."),
        field("winner", nullable(refer::<Winner>()), "Who got the call."),
        field("talk_seconds", seconds(), "How long caller and buyer were connected."),
        field("billable", boolean(), "Whether `talk_seconds` reached the contract's buffer."),
        field("revenue", nullable(refer::<Money>()), "What the buyer owes."),
        field("payout", nullable(refer::<Money>()), "What the source is owed."),
        field("decision_id", nullable(event_id()), "The last routing decision."),
    ], &[
        field("live", refer::<Standing>(), "What it is doing, of a call that is live on this switch."),
    ]), needs AttemptRecord, CallMedia, DialRecord, Standing, Winner, Money;
    CallMedia => object(&[
        field("caller", nullable(refer::<Traffic>()), "What came from the caller."),
        field("buyer", nullable(refer::<Traffic>()), "What came from the buyer."),
        field(
            "silent",
            nullable(word(Silent::ALL.iter().map(|silent| silent.name()))),
            "Who was never heard while the two were connected.",
        ),
    ]), needs Traffic;
    Traffic => object(&[
        field("packets", count(), "Packets of audio and telephone events."),
        field("bytes", count(), "Their payload."),
        field("lost", count(), "Packets that were lost on the way."),
        field("jitter_ms", count(), "Interarrival jitter at the end."),
        field("from_elsewhere", count(), "Datagrams from other addresses, which were ignored."),
    ]);
    Standing => object(&[
        field("phase", word(Phase::ALL.iter().map(|phase| phase.name())), "What it is doing."),
        field("since", moment(), "Since when."),
        field("step", nullable(text()), "The flow's latest step."),
    ]);
    AttemptRecord => object(&[
        field("id", event_id(), "The attempt."),
        field("contract", slug(), "The contract that was tried."),
        field("buyer", slug(), "Its buyer."),
        field("wave", count(), "The round of ringing, from 1; buyers of one wave ring together."),
        field("outcome", nullable(word(Outcome::ALL.iter().map(|one| one.code()))), "How it ended."),
        field(
            "canceled_because",
            nullable(word(CanceledBecause::ALL.iter().map(|one| one.code()))),
            "Why it ended without an answer of its own.",
        ),
        field("sip_status", nullable(whole(100, 699)), "The final SIP status of the buyer's side."),
        field("started_at", moment(), "When its INVITE was sent."),
        field("ring_ms", count(), "From INVITE to answer, or to the attempt's end, in milliseconds."),
        field("post_dial_delay_ms", nullable(count()), "From INVITE to the first sign of ringing."),
    ]);
    DialRecord => object(&[
        field("id", event_id(), "The attempt."),
        field("to", text(), "Its phone number, or its SIP address."),
        field("outcome", nullable(word(Outcome::ALL.iter().map(|one| one.code()))), "How it ended."),
        field("sip_status", nullable(whole(100, 699)), "The final SIP status."),
        field("started_at", moment(), "When its INVITE was sent."),
        field("ring_ms", count(), "From INVITE to answer, or to the attempt's end, in milliseconds."),
        field("post_dial_delay_ms", nullable(count()), "From INVITE to the first sign of ringing."),
    ]);
    Winner => object(&[
        field("contract", slug(), "The contract."),
        field("buyer", slug(), "Its buyer."),
        field("price", refer::<Money>(), "What the buyer pays for a billable call."),
        field("buffer_seconds", seconds(), "How long a call has to last to be billable."),
        field("payout", nullable(refer::<Money>()), "What the source gets for a billable call."),
    ]), needs Money;
}
