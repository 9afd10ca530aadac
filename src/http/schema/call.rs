//! A call, its attempts and its dials.

use super::Field;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::any;
use super::boolean;
use super::closed;
use super::count;
use super::entry::payout;
use super::entry::payout_caps;
use super::event_id;
use super::field;
use super::list;
use super::map;
use super::moment;
use super::nullable;
use super::number;
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
use crate::base::Reported;
use crate::base::ReturnState;
use crate::base::Returned;
use crate::book::Conversion;
use crate::book::Returns;
use crate::call::BuyerAttempt;
use crate::call::BuyerCall;
use crate::call::BuyerTerms;
use crate::call::CallMedia;
use crate::call::CallRecord;
use crate::call::CallView;
use crate::call::CalledFor;
use crate::call::DialRecord;
use crate::call::FarEnd;
use crate::call::GatewayReport;
use crate::call::GatewayState;
use crate::call::Phase;
use crate::call::RECORDINGS_MAX;
use crate::call::Recording;
use crate::call::RecordingKind;
use crate::call::RefusedCalls;
use crate::call::RegisteredState;
use crate::call::RegistrationReport;
use crate::call::Silent;
use crate::call::SourceCall;
use crate::call::Standing;
use crate::call::Traffic;
use crate::sale::AttemptRecord;
use crate::sale::AttemptTier;
use crate::sale::BidRecord;
use crate::sale::Winner;
use crate::store::SaleReturn;

/// Returns the schema of a call: the fields that buyer and source both see, and `more` for one of
/// them.
fn call_with(more: &[Field<'_>]) -> RefOr<Schema> {
    let mut fields = vec![
        field("channel", word(["call"]), "`call`, as opposed to a form lead."),
        field("id", event_id(), "The call."),
        field("state", word(["live", "ended"]), "`live`, or `ended`: the record is final."),
        field("number", phone(), "The dialled number."),
        field(
            "caller",
            nullable(phone()),
            "Caller's number; null if withheld or not a phone number.",
        ),
        field("offer", slug(), "Offer for which it was last routed."),
        field("fields", map(text()), "Known fields of the caller, by name."),
        field("started_at", moment(), "Time of arrival."),
        field("answered_at", nullable(moment()), "Time at which the switch answered the caller."),
        field("bridged_at", nullable(moment()), "Time of the bridge between caller and buyer."),
        field("ended_at", nullable(moment()), "When it ended."),
        field("ended_by", nullable(word(["caller", "buyer", "switch"])), "Who ended it."),
        field("reason", nullable(word(End::ALL.iter().map(|end| end.code()))), "How it ended."),
        field("talk_seconds", seconds(), "Connected time of caller and buyer."),
        field("billable", boolean(), "True if the sale converted by the contract's rule."),
    ];
    fields.extend_from_slice(more);
    object(&fields)
}

schemas! {
    RefusedCalls => object(&[
        field("reason", word(RefusalReason::ALL.iter().map(|one| one.code())), "Why."),
        field("from", text(), "A trunk, `webhook:` and the carrier, or an IP address."),
        field("called", nullable(text()), "What the latest of them dialled, as it was sent."),
        field("caller", nullable(phone()), "The latest caller; null when withheld or unknown."),
        field("count", count(), "How many they are, repetitions included."),
        field("first_at", moment(), "When the first of them came."),
        field("last_at", moment(), "When the latest of them came."),
        field("remedy", text(), "What happened, and what to do about it."),
    ]);
    GatewayReport => object(&[
        field("trunk", slug(), "The trunk."),
        field("gateway", text(), "Transport, host, and port: `udp:sbc1.carrier.example:5060`."),
        field(
            "state",
            word(GatewayState::ALL.iter().map(|state| state.name())),
            "`up`; `unknown`: it ignores OPTIONS, and calls try it; `down`: calls try it last.",
        ),
    ]);
    RegistrationReport => object(&[
        field("trunk", slug(), "The trunk."),
        field("registrar", text(), "The registrar, as the book names it."),
        field(
            "state",
            word(RegisteredState::ALL.iter().map(|state| state.name())),
            "What became of the latest REGISTER.",
        ),
        field("status", nullable(whole(300, 699)), "Status of a refusal."),
        field("at", moment(), "When that was."),
        field("until", nullable(moment()), "When the registrar has our contact until."),
    ]);
    CallView => one_of([
        refer::<CallRecord>(),
        refer::<BuyerCall>(),
        refer::<SourceCall>(),
    ]), needs CallRecord, BuyerCall, SourceCall;
    BuyerCall => call_with(&[
        field("attempts", list(refer::<BuyerAttempt>()), "The buyer's own attempts, in order."),
        field("winner", refer::<BuyerTerms>(), "The winning contract."),
        field("conversion", nullable(refer::<Reported>()), "The buyer's latest report."),
        field("returned", nullable(refer::<Returned>()), "The return of the sale."),
        field("revenue", nullable(refer::<Money>()), "Amount that the buyer owes."),
    ]), needs BuyerAttempt, BuyerTerms, Reported, Returned, Money;
    BuyerAttempt => object(&[
        field("id", event_id(), "The attempt."),
        field("contract", slug(), "The contract that was dialled."),
        field(
            "outcome",
            nullable(word(Outcome::ALL.iter().map(|one| one.code()))),
            "How it ended.",
        ),
        field("sip_status", nullable(whole(100, 699)), "The final SIP status."),
        field("started_at", moment(), "When its INVITE was sent."),
        field(
            "ring_ms",
            count(),
            "Time from the INVITE to the answer or to the end of the attempt, in milliseconds.",
        ),
        field(
            "post_dial_delay_ms",
            nullable(count()),
            "Time from the INVITE to the first ringing response, in milliseconds.",
        ),
    ]);
    BuyerTerms => object(&[
        field("contract", slug(), "The contract."),
        field("buyer", slug(), "The buyer."),
        field("price", refer::<Money>(), "Price of a billable call."),
        field(
            "buffer_seconds",
            seconds(),
            "Connected time from which a call is billable, in seconds.",
        ),
    ]), needs Money;
    SourceCall => call_with(&[
        field("source", slug(), "The source."),
        field("payout", nullable(refer::<Money>()), "Amount owed to the source."),
    ]), needs Money;
    CallRecord => closed(&[
        field("channel", word(["call"]), "`call`, as opposed to a form lead."),
        field("id", event_id(), "The call."),
        field("state", word(["live", "ended"]), "`live`, or `ended`: the record is final."),
        field("number", phone(), "The dialled number."),
        field(
            "caller",
            nullable(phone()),
            "Caller's number; null if withheld or not a phone number.",
        ),
        field("ingress", word(["trunk", "webhook"]), "Trunk or webhook carrier of the call."),
        field("trunk", slug(), "The trunk's id, or the webhook carrier's name."),
        field("offer", slug(), "Offer for which it was last routed."),
        field("source", slug(), "Its source."),
        field("flow", slug(), "The number's flow."),
        field("book_version", count(), "Version of the book used for routing."),
        field("suppressed_by", nullable(slug()), "Suppression list of the caller."),
        field("fields", map(text()), "Known fields of the caller, by name."),
        field("started_at", moment(), "Time of arrival."),
        field("answered_at", nullable(moment()), "Time at which the switch answered the caller."),
        field("bridged_at", nullable(moment()), "Time of the bridge between caller and buyer."),
        field("ended_at", nullable(moment()), "When it ended."),
        field("ended_by", nullable(word(["caller", "buyer", "switch"])), "Who ended it."),
        field("reason", nullable(word(End::ALL.iter().map(|end| end.code()))), "How it ended."),
        field("hangup_reason", nullable(text()), "Reason header of the party that ended it."),
        field(
            "sip_status",
            nullable(whole(100, 699)),
            "Final SIP status sent to the caller, if it was never answered.",
        ),
        field(
            "attempts",
            list(refer::<AttemptRecord>()),
            "All attempts, in the order of dialling.",
        ),
        field(
            "dials",
            list(refer::<DialRecord>()),
            "Fixed destinations that the flow dialled, and those of transfers.",
        ),
        field("transferred_to", nullable(text()), "Where the buyer transferred the call to."),
        field("tags", map(text()), "Tags set by the flow, by name."),
        field("media", nullable(refer::<CallMedia>()), "Media of a bridged SIP call."),
        field("recordings", list(refer::<Recording>()), "Recordings, in order."),
        field("winner", nullable(refer::<Winner>()), "The winning buyer and contract."),
        field("talk_seconds", seconds(), "Connected time of caller and buyer."),
        field("gate_seconds", seconds(), "Time from the winner's answer to the bridge."),
        field("keyed_at", nullable(moment()), "When the buyer pressed the contract's keys."),
        field("conversion", nullable(refer::<Reported>()), "The buyer's latest report."),
        field("returned", nullable(refer::<Returned>()), "The return of the sale."),
        field("billable", boolean(), "True if the sale converted by the contract's rule."),
        field("revenue", nullable(refer::<Money>()), "Amount that the buyer owes."),
        field("payout", nullable(refer::<Money>()), "Amount owed to the source."),
        field("decision_id", nullable(event_id()), "The last routing decision."),
    ], &[
        field("live", refer::<Standing>(), "Current state, for a live call of this switch."),
        field("bids", list(refer::<BidRecord>()), "Bidders that were asked, in order."),
        field("ping", refer::<CalledFor>(), "The bid that the call came for."),
        field("same_person", list(map(any())), "Other calls and leads of the caller's number."),
    ]), needs AttemptRecord, BidRecord, CallMedia, CalledFor, DialRecord, Recording, Reported, Returned,
        Standing, Winner, Money;
    CalledFor => closed(&[
        field("result", word(["bid", "expired", "used", "other_caller"]), "What became of it."),
    ], &[
        field("ping", event_id(), "The ping."),
        field("payout", refer::<Money>(), "What the source was promised."),
        field("buffer_seconds", count(), "Connected time from which that is owed."),
    ]), needs Money;
    Reported => object(&[
        field("sold", boolean(), "True if the buyer sold to the caller."),
        field("revenue", nullable(refer::<Money>()), "The reported amount."),
        field("disposition", nullable(text()), "Outcome in the buyer's own word."),
        field("reference", nullable(text()), "The buyer's own id of the sale."),
        field("at", moment(), "When the report arrived first."),
    ]), needs Money;
    Returned => object(&[
        field("id", count(), "Number of the return."),
        field("state", word(ReturnState::ALL.iter().map(|one| one.name())), "Its state."),
        field("reason", text(), "Reason that was given."),
        field("asked_at", moment(), "Time of the request."),
        field("decided_at", nullable(moment()), "Time of the decision."),
    ]);
    SaleReturn => closed(&[
        field("id", count(), "Number of the return."),
        field("contract", slug(), "Contract of the sale."),
        field("buyer", slug(), "The buyer."),
        field("state", word(ReturnState::ALL.iter().map(|one| one.name())), "Its state."),
        field("reason", text(), "Reason that was given."),
        field("note", text(), "Note that was given."),
        field("revenue", nullable(refer::<Money>()), "What the buyer owed before."),
        field("asked_at", moment(), "Time of the request."),
        field("asked_by", text(), "Who asked."),
        field("accept_at", nullable(moment()), "When it is accepted by itself."),
        field("decided_at", nullable(moment()), "Time of the decision."),
        field("decided_by", nullable(text()), "Who decided."),
        field("decision_note", text(), "Note of the decision."),
    ], &[
        field("call", event_id(), "The call that was sold."),
        field("lead", event_id(), "The lead that was sold."),
    ]), needs Money;
    Recording => object(&[
        field("n", whole(1, RECORDINGS_MAX), "Number within the call."),
        field(
            "kind",
            word(RecordingKind::ALL.iter().map(|kind| kind.name())),
            "`message`: what the caller said before any sale.",
        ),
        field("started_at", moment(), "Start, to about a second."),
        field("seconds", nullable(seconds()), "Length; null if the carrier did not report it."),
        field("channels", nullable(count()), "Channels of the file; null at a carrier."),
        field("bytes", nullable(count()), "Size of the WAV file; null at a carrier."),
        field("url", nullable(text()), "URL at the carrier that keeps it; null if it is here."),
    ]);
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
        field("over_rate", count(), "Packets above the rate limit, which were dropped."),
        field(
            "mos",
            nullable(number()),
            "Mean opinion score, 1 to 4.5, estimated from loss, jitter, and delay (G.107).",
        ),
        field("far_end", nullable(refer::<FarEnd>()), "What the far end reported by RTCP."),
    ]), needs FarEnd;
    FarEnd => object(&[
        field("lost", count(), "Packets of the switch that were lost on the way."),
        field("jitter_ms", count(), "Interarrival jitter at the far end."),
        field("round_trip_ms", nullable(count()), "Time to the far end and back."),
    ]);
    Standing => object(&[
        field(
            "phase",
            word(Phase::ALL.iter().map(|phase| phase.name())),
            "What the call is doing.",
        ),
        field("since", moment(), "Start of the current phase."),
        field("step", nullable(text()), "The flow's latest step."),
    ]);
    AttemptRecord => object(&[
        field("id", event_id(), "The attempt."),
        field("contract", slug(), "The contract that was dialled."),
        field("buyer", slug(), "Its buyer."),
        field(
            "tier",
            nullable(word(AttemptTier::ALL.iter().map(|tier| tier.name()))),
            "Tier in which it was tried; null in records of older programs.",
        ),
        field("wave", count(), "Wave, from 1; buyers of one wave ring together."),
        field(
            "outcome",
            nullable(word(Outcome::ALL.iter().map(|one| one.code()))),
            "How it ended.",
        ),
        field(
            "canceled_because",
            nullable(word(CanceledBecause::ALL.iter().map(|one| one.code()))),
            "Why the attempt was canceled.",
        ),
        field("sip_status", nullable(whole(100, 699)), "The final SIP status of the buyer's side."),
        field("started_at", moment(), "When its INVITE was sent."),
        field(
            "ring_ms",
            count(),
            "Time from the INVITE to the answer or to the end of the attempt, in milliseconds.",
        ),
        field(
            "post_dial_delay_ms",
            nullable(count()),
            "Time from the INVITE to the first ringing response, in milliseconds.",
        ),
    ]);
    DialRecord => object(&[
        field("id", event_id(), "The attempt."),
        field("to", text(), "Its phone number, or its SIP address."),
        field(
            "outcome",
            nullable(word(Outcome::ALL.iter().map(|one| one.code()))),
            "How it ended.",
        ),
        field("sip_status", nullable(whole(100, 699)), "The final SIP status."),
        field("started_at", moment(), "When its INVITE was sent."),
        field(
            "ring_ms",
            count(),
            "Time from the INVITE to the answer or to the end of the attempt, in milliseconds.",
        ),
        field(
            "post_dial_delay_ms",
            nullable(count()),
            "Time from the INVITE to the first ringing response, in milliseconds.",
        ),
    ]);
    Winner => closed(&[
        field("contract", slug(), "The contract."),
        field("buyer", slug(), "Its buyer."),
        field("price", refer::<Money>(), "Price of a billable call."),
        field(
            "buffer_seconds",
            seconds(),
            "Connected time from which a call is billable, in seconds.",
        ),
        field("payout", nullable(payout()), "Payout to the source for a billable call."),
        field("conversion", refer::<Conversion>(), "What makes the sale billable."),
        field("returns", nullable(refer::<Returns>()), "Which sales the buyer may return."),
    ], &[
        field("payout_caps", payout_caps(), "Caps on payouts of the source, if it has any."),
        field("payout_from_seconds", count(), "Connected time from which the payout is owed, whatever the buyer owes: a bid promised it."),
    ]),
        needs Money, Conversion, Returns;
    Conversion => closed(&[
        field(
            "by",
            word(["time", "key", "report", "repeated"]),
            "The event that makes the sale billable; `repeated`: none does, as the person was sold before.",
        ),
        field("window_seconds", seconds(), "Time after the sale in which the buyer may report."),
        field("min", nullable(refer::<Money>()), "Smallest revenue that may be reported."),
        field("max", nullable(refer::<Money>()), "Largest revenue that may be reported."),
    ], &[
        field("from", word(["answer", "accept"]), "Start of the connected time."),
        field("key", text(), "The keys that the buyer presses."),
        field("sold_at", moment(), "When the person was sold before, with `repeated`."),
    ]), needs Money;
    Returns => object(&[
        field("window_seconds", seconds(), "Time after the sale in which it may be returned."),
        field("share", text(), "Largest share of the sales that may be returned."),
        field("reasons", list(text()), "Reasons that may be given; empty: any."),
        field(
            "accept_after_seconds",
            nullable(seconds()),
            "Time after which an open return is accepted by itself.",
        ),
        field("reverse_payout", boolean(), "True if the payout is reversed too."),
        field("frees_cap", boolean(), "True if a returned sale frees its unit of the caps."),
    ]);
}
