//! A form lead, its posts and its time line.

use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Field;
use super::any;
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
use super::refer;
use super::slug;
use super::text;
use super::whole;
use super::word;
use crate::base::BidResult;
use crate::base::End;
use crate::base::Money;
use crate::base::Outcome;
use crate::base::Reported;
use crate::base::Returned;
use crate::lead::BuyerLead;
use crate::lead::LeadAttempt;
use crate::lead::LeadStatus;
use crate::lead::LeadView;
use crate::lead::SourceLead;
use crate::lead::WholeLead;
use crate::sale::AttemptTier;
use crate::sale::BidRecord;

/// Returns the schema of a lead: the fields that everybody sees, and `more`.
fn lead_with(more: &[Field<'_>], optional: &[Field<'_>]) -> RefOr<Schema> {
    let mut fields = vec![
        field("channel", word(["form"]), "`form`, as opposed to a call."),
        field("id", event_id(), "The lead."),
        field(
            "status",
            word(LeadStatus::ALL.iter().map(|status| status.name())),
            "Where it stands.",
        ),
        field("offer", slug(), "Offer for which it was last routed."),
        field("fields", map(text()), "Its fields, by name."),
        field("received_at", moment(), "When it came in."),
        field("ended_at", nullable(moment()), "When it ended."),
        field("total_ms", nullable(count()), "Time from its arrival to its end, in milliseconds."),
        field("reason", nullable(word(End::ALL.iter().map(|end| end.code()))), "How it ended."),
        field("billable", boolean(), "True if a buyer owes for it."),
    ];
    fields.extend_from_slice(more);
    closed(&fields, optional)
}

schemas! {
    LeadView => one_of([
        refer::<WholeLead>(),
        refer::<BuyerLead>(),
        refer::<SourceLead>(),
    ]), needs WholeLead, BuyerLead, SourceLead;
    BuyerLead => lead_with(&[
        field("sale", event_id(), "The post that the buyer accepted."),
        field("contract", slug(), "Its contract."),
        field("price", refer::<Money>(), "Price of a billable lead."),
    ], &[]), needs Money;
    SourceLead => lead_with(&[
        field("source", slug(), "The source."),
        field("payout", nullable(refer::<Money>()), "Amount that the source is owed."),
    ], &[]), needs Money;
    WholeLead => lead_with(&[
        field("source", slug(), "Source that sent it."),
        field("book_version", count(), "Version of the book that it was sold by."),
        field("bids", list(refer::<BidRecord>()), "Bidders that were asked, in order."),
        field("attempts", list(refer::<LeadAttempt>()), "Posts to buyers, in order."),
        field("sales", list(map(any())), "Buyers who have it, with their terms."),
        field("revenue", nullable(refer::<Money>()), "Amount that the buyers owe."),
        field("payout", nullable(refer::<Money>()), "Amount that the source is owed."),
        field("conversion", nullable(refer::<Reported>()), "The latest report of a buyer."),
        field("returned", nullable(refer::<Returned>()), "The latest return."),
        field("decision_id", nullable(event_id()), "The last decision."),
        field("steps", list(map(any())), "Its time line: `at`, `step`, and what belongs to it."),
    ], &[
        field("same_person", list(map(any())), "Of one lead: others of its phone number."),
    ]), needs LeadAttempt, BidRecord, Money, Reported, Returned;
    BidRecord => object(&[
        field("offer", slug(), "The offer that was auctioned."),
        field("contract", slug(), "The contract that was asked."),
        field("buyer", slug(), "Its buyer."),
        field("asked_at", moment(), "When it was asked."),
        field("answer_ms", nullable(count()), "Time to its answer, in milliseconds."),
        field("amount", nullable(refer::<Money>()), "What it offered, whether that counted or not."),
        field("ping_id", nullable(text()), "The buyer's id of the bid."),
        field("expires_at", nullable(moment()), "When the bid ends."),
        field("destination", nullable(text()), "Where the call goes if it wins; null: contract's."),
        field("buffer_seconds", nullable(count()), "Billable duration if it wins, in seconds."),
        field("repeated", boolean(), "Whether the buyer said that it repeats an earlier bid."),
        field("result", word(BidResult::ALL.iter().map(|one| one.code())), "What became of it."),
        field("reason", nullable(text()), "What the buyer said, or what failed."),
    ]), needs Money;
    LeadAttempt => object(&[
        field("id", event_id(), "The attempt."),
        field("contract", slug(), "The contract that was tried."),
        field("buyer", slug(), "Its buyer."),
        field(
            "tier",
            nullable(word(AttemptTier::ALL.iter().map(|tier| tier.name()))),
            "Tier in which it was tried.",
        ),
        field(
            "outcome",
            nullable(word(Outcome::ALL.iter().map(|one| one.code()))),
            "How it ended; null while the answer is awaited or unknown.",
        ),
        field("http_status", nullable(whole(100, 999)), "HTTP status of the answer."),
        field("started_at", moment(), "When it was posted."),
        field("answer_ms", count(), "Time to the answer, in milliseconds."),
    ]);
}
