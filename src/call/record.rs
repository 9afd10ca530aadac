//! The call record, and how the record of a call that was live at a crash is closed.
//!
//! Its JSON is that of the API. Unknown values are `null`; no field is omitted.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::CanceledBecause;
use crate::base::DecisionId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::FlowName;
use crate::base::ListName;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::Reported;
use crate::base::Returned;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::seconds;
use crate::billing::Bill;
use crate::billing::Evidence;
use crate::billing::whole_millis;
use crate::book::Channel;
use crate::book::ConversionBy;
use crate::book::CountedFrom;
use crate::flow::Driver;
use crate::routing::Inquiry;
use crate::sale;
use crate::sale::AttemptRecord;
use crate::sale::BidRecord;
use crate::sale::Promise;
use crate::sale::Reach;
use crate::sale::Row;
use crate::sale::Winner;
use crate::sale::end_bids_by;

use super::CallMedia;
use super::CalledFor;
use super::Ingress;
use super::RECORDINGS_MAX;
use super::Recording;

/// One call. Its JSON also holds `"channel": "call"`, which distinguishes it from a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "channel", rename = "call")]
pub struct CallRecord {
    /// Id of the call and of this record.
    pub id: CallId,
    /// Whether the call is live.
    pub state: CallState,
    /// Number that was dialled.
    pub number: Phone,
    /// Caller's number; `None` if it was withheld.
    pub caller: Option<Phone>,
    /// Origin of the call.
    #[serde(flatten)]
    pub ingress: Ingress,
    /// Offer that the call was last routed for.
    pub offer: OfferId,
    /// Source of the call.
    pub source: SourceId,
    /// Flow that the call entered first.
    pub flow: FlowName,
    /// Book version that routed the call.
    pub book_version: u64,
    /// Suppression list that the caller was on; `None` if the call entered its flow.
    #[serde(default)]
    pub suppressed_by: Option<ListName>,
    /// The bid of a ping that the call came for; `None` if its number has no bids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ping: Option<CalledFor>,
    /// Known fields of the caller, by name.
    pub fields: BTreeMap<FieldName, String>,
    /// Arrival of the INVITE.
    pub started_at: Wall,
    /// Time when the switch answered the caller.
    pub answered_at: Option<Wall>,
    /// Time when caller and buyer were bridged.
    pub bridged_at: Option<Wall>,
    /// End of the call; `None` while it is live.
    pub ended_at: Option<Wall>,
    /// Party that ended the call; `None` while it is live.
    pub ended_by: Option<EndedBy>,
    /// Reason for the end; `None` while the call is live.
    pub reason: Option<End>,
    /// Why the party that ended the call says that it did: its Reason header (RFC 3326), like
    /// `Q.850;cause=16`. `None` if it gave none.
    #[serde(default)]
    pub hangup_reason: Option<String>,
    /// Final SIP status sent to the caller, if the call was never answered.
    pub sip_status: Option<u16>,
    /// Bidders that were asked for a bid, in order: at most [`BIDS_MAX`](crate::sale::BIDS_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bids: Vec<BidRecord>,
    /// All buyers' legs, in the order in which they were rung.
    pub attempts: Vec<AttemptRecord>,
    /// All fixed destinations that the flow dialled, and those that a buyer transferred the call to, in
    /// order. They are not billed.
    #[serde(default)]
    pub dials: Vec<DialRecord>,
    /// Number or SIP address of the party that the buyer transferred the call to; `None` if it kept the
    /// call.
    #[serde(default)]
    pub transferred_to: Option<String>,
    /// Tags that the flow set, by name.
    #[serde(default)]
    pub tags: BTreeMap<FieldName, String>,
    /// Media of a bridged SIP call that has ended; `None` for calls of webhook carriers, and after a
    /// crash.
    #[serde(default)]
    pub media: Option<CallMedia>,
    /// Recordings that are kept, in the order in which they were made.
    #[serde(default)]
    pub recordings: Vec<Recording>,
    /// Winner of the call; `None` until it is bridged.
    pub winner: Option<Winner>,
    /// Connected time of caller and buyer, to the millisecond; zero until the call ended.
    #[serde(rename = "talk_seconds", with = "seconds")]
    pub talk: Duration,
    /// Time from the winner's answer to the bridge, to the millisecond: the whisper, and the wait
    /// for its key.
    #[serde(rename = "gate_seconds", with = "seconds", default)]
    pub gate: Duration,
    /// Time when the buyer pressed the contract's keys; `None` if it did not.
    #[serde(default)]
    pub keyed_at: Option<Wall>,
    /// The buyer's latest report of the sale; `None` without one.
    #[serde(default)]
    pub conversion: Option<Reported>,
    /// Return of the sale; `None` without a request for one.
    #[serde(default)]
    pub returned: Option<Returned>,
    /// Whether the sale has converted, by the rule of the contract.
    pub billable: bool,
    /// Amount that the buyer owes; `None` until it is billed.
    pub revenue: Option<Money>,
    /// Amount that the source is owed; `None` until the call is billed, and if the source is not
    /// paid.
    pub payout: Option<Money>,
    /// Id of the last routing decision; `None` if there was none.
    pub decision_id: Option<DecisionId>,
}

/// State of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// The call is live.
    Live,
    /// The call has ended, and its record is final.
    Ended,
}

/// Party that ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The caller hung up.
    Caller,
    /// The buyer hung up.
    Buyer,
    /// The switch ended it: the flow ended, a timer fired, a party vanished, or the switch stopped.
    Switch,
}

/// A fixed destination that a flow dialled, or one that a buyer transferred the call to: without a
/// contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialRecord {
    /// Id of the attempt.
    pub id: AttemptId,
    /// Phone number in E.164, or SIP address.
    pub to: String,
    /// Outcome of the attempt; `None` while it rings.
    pub outcome: Option<Outcome>,
    /// Final SIP status; `None` if there was none.
    pub sip_status: Option<u16>,
    /// Time when its INVITE was sent.
    pub started_at: Wall,
    /// Time from the INVITE to the answer or to the attempt's end, in milliseconds.
    pub ring_ms: u64,
    /// Time from the INVITE to the first ringing response, in milliseconds; `None` without one.
    pub post_dial_delay_ms: Option<u64>,
}

/// Data of a call when its INVITE arrives.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Id of the call.
    pub id: CallId,
    /// Number that was dialled.
    pub number: Phone,
    /// Caller's number; `None` if it was withheld.
    pub caller: Option<Phone>,
    /// Origin of the call.
    pub ingress: Ingress,
    /// Offer of the number.
    pub offer: OfferId,
    /// Source of the call.
    pub source: SourceId,
    /// Flow of the number.
    pub flow: FlowName,
    /// Book version that routes the call.
    pub book_version: u64,
    /// Arrival of the INVITE.
    pub at: Wall,
}

impl CallRecord {
    /// Creates the record of a call that has just arrived.
    pub fn open(opening: Opening) -> Self {
        let Opening { id, number, caller, ingress, offer, source, flow, book_version, at } =
            opening;
        Self {
            id,
            state: CallState::Live,
            number,
            caller,
            ingress,
            offer,
            source,
            flow,
            book_version,
            suppressed_by: None,
            ping: None,
            fields: BTreeMap::new(),
            started_at: at,
            answered_at: None,
            bridged_at: None,
            ended_at: None,
            ended_by: None,
            reason: None,
            hangup_reason: None,
            sip_status: None,
            bids: Vec::new(),
            attempts: Vec::new(),
            dials: Vec::new(),
            transferred_to: None,
            tags: BTreeMap::new(),
            media: None,
            recordings: Vec::new(),
            winner: None,
            talk: Duration::ZERO,
            gate: Duration::ZERO,
            keyed_at: None,
            conversion: None,
            returned: None,
            billable: false,
            revenue: None,
            payout: None,
            decision_id: None,
        }
    }

    /// Closes a call that was live when the switch crashed or was killed: it ends, and is billed,
    /// at its last heartbeat. Does nothing to a call that has ended.
    pub fn close_after_restart(&mut self, last_seen: Wall) {
        if self.state == CallState::Ended {
            return;
        }
        let known = [Some(last_seen), Some(self.started_at), self.answered_at, self.bridged_at];
        let ended_at = known.into_iter().flatten().max().unwrap_or(last_seen);
        self.end(EndedBy::Switch, End::SwitchRestart, ended_at);
        if let Some(bridged_at) = self.bridged_at {
            self.bill(ended_at.since(bridged_at));
        }
        self.close_attempts();
        self.settle_bids();
    }

    /// Takes back that the call has ended: it is live, as it was before.
    pub(crate) fn reopen(&mut self) {
        self.state = CallState::Live;
        (self.ended_at, self.ended_by, self.reason, self.sip_status) = (None, None, None, None);
        self.hangup_reason = None;
        (self.talk, self.billable) = (Duration::ZERO, false);
        (self.revenue, self.payout) = (None, None);
    }

    /// Returns the inquiry to the routing core for an offer, with everything known about the call.
    pub(crate) fn inquiry(&self, offer: OfferId, fields: &Fields) -> Inquiry {
        Inquiry {
            offer,
            channel: Channel::Call,
            source: Some(self.source.clone()),
            caller: self.caller.clone(),
            fields: fields.clone(),
        }
    }

    /// Returns the record with the current results of the call's flow and sale. The bids on a call
    /// that has ended are settled.
    pub(crate) fn with<R: Reach>(&self, flow: &Driver, sale: &sale::Machine<R>) -> Self {
        let mut record = self.with_all(flow, sale);
        record.settle_bids();
        record
    }

    fn with_all<R: Reach>(&self, flow: &Driver, sale: &sale::Machine<R>) -> Self {
        Self {
            offer: self.offer_of(sale).clone(),
            fields: flow.plain_fields(),
            tags: flow.tags().clone(),
            attempts: sale.rows().to_vec(),
            decision_id: sale.decision_id(),
            ..self.clone()
        }
    }

    /// Settles the bids on a call that has ended.
    fn settle_bids(&mut self) {
        if let Some(at) = self.ended_at {
            let winner = self.winner.as_ref().map(|winner| &winner.contract);
            end_bids_by(&mut self.bids, &self.attempts, winner, at);
        }
    }

    /// Returns the offer that was last for sale, or else the number's own.
    pub(crate) fn offer_of<'a, R: Reach>(&'a self, sale: &'a sale::Machine<R>) -> &'a OfferId {
        sale.offer().unwrap_or(&self.offer)
    }

    /// Marks the call as ended. Returns the reason, which is `Voicemail` for an unsold call whose
    /// caller left a message.
    pub(crate) fn end(&mut self, by: EndedBy, reason: End, at: Wall) -> End {
        let reason = if self.recordings.is_empty() { reason } else { with_message(reason) };
        let reason = if self.suppressed_by.is_some() { suppressed(reason) } else { reason };
        self.state = CallState::Ended;
        self.ended_at = Some(at);
        self.ended_by = Some(by);
        self.reason = Some(reason);
        reason
    }

    /// Returns the number of the next recording; `None` if no further one is kept.
    pub(crate) fn next_recording(&self) -> Option<u32> {
        let kept = self.recordings.len();
        u32::try_from(kept + 1).ok().filter(|_| kept < RECORDINGS_MAX)
    }

    /// Adds a recording. It may end after its call.
    pub(crate) fn keep(&mut self, recording: Recording) {
        self.recordings.push(recording);
        self.reason = self.reason.map(with_message);
    }

    /// Removes the recordings, and the fields and tags that name one.
    pub fn forget_recordings(&mut self) {
        let names = self.recordings.drain(..).map(|one| one.name(self.id)).collect::<Vec<_>>();
        let is_kept = |value: &String| !names.iter().any(|name| value.contains(name.as_str()));
        self.fields.retain(|_, value| is_kept(value));
        self.tags.retain(|_, value| is_kept(value));
    }

    /// Removes what may tell of a person: caller, fields, tags, recordings, and the buyer's
    /// reference. Times, amounts, attempts, and outcomes stay.
    pub fn forget_person(&mut self) {
        self.caller = None;
        self.fields.clear();
        self.tags.clear();
        self.recordings.clear();
        self.bids.iter_mut().for_each(BidRecord::forget_person);
        if let Some(Reported { report, .. }) = &mut self.conversion {
            report.reference = None;
        }
    }

    /// Stores the connected time in whole milliseconds, so that the bill matches the record.
    /// Returns the winner's bill, if there is a winner.
    pub(crate) fn bill(&mut self, talk: Duration) -> Option<Bill> {
        self.talk = whole_millis(talk);
        self.bill_as(Some(self.talk))
    }

    /// As [`CallRecord::bill`], for a call that is not billable because a party sent no audio.
    pub(crate) fn bill_silent(&mut self, talk: Duration) -> Option<Bill> {
        self.talk = whole_millis(talk);
        self.bill_as(None)
    }

    fn bill_as(&mut self, connected: Option<Duration>) -> Option<Bill> {
        let winner = self.winner.as_ref()?;
        let by = &winner.conversion.by;
        let connected = connected.map(|talk| match by {
            ConversionBy::Time { from: CountedFrom::Answer } => talk.saturating_add(self.gate),
            ConversionBy::Time { from: CountedFrom::Accept }
            | ConversionBy::Key { .. }
            | ConversionBy::Report
            | ConversionBy::Repeated { .. } => talk,
        });
        let evidence = Evidence { connected, keyed: self.keyed_at.is_some() };
        let converts = evidence.converts(by, winner.buffer);
        let payout = winner.payout.as_ref();
        let bill = Bill::of(winner.price, payout, converts);
        let bill = match winner.payout_from_seconds.map(Duration::from_secs) {
            Some(from) => bill.promised(payout, connected.is_some() && self.talk >= from),
            None => bill,
        };
        self.billable = bill.billable;
        self.revenue = Some(bill.revenue);
        self.payout = bill.payout;
        Some(bill)
    }

    /// Returns what the source was promised before the call came; `None` without a bid.
    pub fn promise(&self) -> Option<Promise> {
        match self.ping? {
            CalledFor::Bid(promise) => Some(promise),
            CalledFor::Expired { .. } | CalledFor::Used { .. } | CalledFor::OtherCaller => None,
        }
    }

    /// Returns whether the source of an ended call is owed what it was promised; `None` without a
    /// promise.
    pub fn owes_promise(&self) -> Option<bool> {
        self.winner.as_ref()?.payout_from_seconds?;
        Some(self.payout.is_some_and(|payout| payout.micros() > 0))
    }

    /// Returns whether the call ended, and neither a buyer nor a fixed destination of the flow had
    /// answered it. That the flow answered does not count.
    pub fn is_missed(&self) -> bool {
        let is_taken = self.winner.is_some() || self.bridged_at.is_some();
        let is_transferred = || self.dials.iter().any(|dial| dial.outcome == Some(Outcome::Won));
        self.state == CallState::Ended && !is_taken && !is_transferred()
    }

    /// Returns the bill of an ended call, or `None` without a winner.
    pub fn billed(&self) -> Option<Bill> {
        let Self { billable, payout, .. } = *self;
        self.revenue.map(|revenue| Bill { billable, revenue, payout })
    }

    /// Returns the attempt that won the call.
    pub fn won(&self) -> Option<&AttemptRecord> {
        let winner = self.winner.as_ref()?;
        let of_winner = |attempt: &&AttemptRecord| attempt.contract == winner.contract;
        let won = |attempt: &&AttemptRecord| attempt.outcome == Some(Outcome::Won);
        self.attempts.iter().rfind(won).or_else(|| self.attempts.iter().rfind(of_winner))
    }

    fn close_attempts(&mut self) {
        let winner = self.winner.as_ref().map(|winner| &winner.contract);
        for attempt in self.attempts.iter_mut().filter(|attempt| attempt.outcome.is_none()) {
            let won = winner == Some(&attempt.contract);
            if won {
                attempt.outcome = Some(Outcome::Won);
            } else {
                attempt.outcome = Some(Outcome::Canceled);
                attempt.canceled_because = Some(CanceledBecause::Switch);
            }
        }
        for dial in self.dials.iter_mut().filter(|dial| dial.outcome.is_none()) {
            dial.outcome = Some(Outcome::Canceled);
        }
    }
}

impl DialRecord {
    /// Creates the record of a fixed destination that is about to be dialled.
    pub(crate) fn begun(id: AttemptId, to: String, at: Wall) -> Self {
        Self {
            id,
            to,
            outcome: None,
            sip_status: None,
            started_at: at,
            ring_ms: 0,
            post_dial_delay_ms: None,
        }
    }

    /// Returns the fields that describe its leg.
    pub(crate) fn row(&mut self) -> Row<'_> {
        Row {
            outcome: &mut self.outcome,
            sip_status: &mut self.sip_status,
            ring_ms: &mut self.ring_ms,
            post_dial_delay_ms: &mut self.post_dial_delay_ms,
        }
    }
}

/// Returns the reason for the end of a call whose caller left a message.
const fn with_message(reason: End) -> End {
    match reason {
        End::NoContract | End::RejectedCaller | End::Abandoned | End::Voicemail => End::Voicemail,
        End::Bridged
        | End::Transferred
        | End::CallerUnconfirmed
        | End::NoCommonCodec
        | End::SuppressedCaller
        | End::HungUp
        | End::SwitchRestart
        | End::Overload
        | End::Parked
        | End::Delivered
        | End::InvalidLead
        | End::SuppressedLead
        | End::DuplicateLead
        | End::CertificateReused
        | End::TestLead
        | End::NoBuyer
        | End::Returned => reason,
    }
}

/// Returns the reason for the end of a call whose caller is on a suppression list. However far the
/// offer's recording was heard, the list is why the call was not sold.
const fn suppressed(reason: End) -> End {
    match reason {
        End::NoContract | End::RejectedCaller | End::Abandoned => End::SuppressedCaller,
        End::Bridged
        | End::Transferred
        | End::Voicemail
        | End::CallerUnconfirmed
        | End::NoCommonCodec
        | End::SuppressedCaller
        | End::HungUp
        | End::SwitchRestart
        | End::Overload
        | End::Parked
        | End::Delivered
        | End::InvalidLead
        | End::SuppressedLead
        | End::DuplicateLead
        | End::CertificateReused
        | End::TestLead
        | End::NoBuyer
        | End::Returned => reason,
    }
}

/// Returns the reason for hanging up an unsold call: `NoContract` if buyers were tried or no
/// contract was left, `RejectedCaller` if the flow refused the caller's answers.
pub(crate) fn hang_up_reason<R: Reach>(flow: &Driver, sale: &sale::Machine<R>) -> End {
    let is_tried = sale.decision_id().is_some() || flow.pool_size() == 0;
    if is_tried { End::NoContract } else { End::RejectedCaller }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::BuyerId;
    use crate::base::ContractId;
    use crate::base::Currency;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::book::Payout;
    use crate::book::PayoutCaps;

    const START: i64 = 1_763_632_800_000_000;

    fn usd(amount: &str) -> Money {
        Money::parse(amount, Currency::USD).unwrap()
    }

    fn live(bridged: bool) -> CallRecord {
        let mut rng = Rng::seeded(1);
        let now = Now::at(Wall::from_micros(START));
        let contract: ContractId = "acme-auto-ca".parse().unwrap();
        let buyer: BuyerId = "acme".parse().unwrap();
        let attempt = |contract: &ContractId, rng: &mut Rng| AttemptRecord {
            tier: None,
            canceled_because: None,
            id: AttemptId::new(now, rng),
            contract: contract.clone(),
            buyer: buyer.clone(),
            wave: 1,
            outcome: None,
            sip_status: None,
            started_at: now.wall,
            ring_ms: 0,
            post_dial_delay_ms: Some(80),
        };
        CallRecord {
            id: CallId::new(now, &mut rng),
            state: CallState::Live,
            number: "+18005550100".parse().unwrap(),
            caller: Some("+13055550123".parse().unwrap()),
            ingress: "carrier-a".parse().unwrap(),
            offer: "auto-quote".parse().unwrap(),
            source: "search-ads".parse().unwrap(),
            flow: "auto-quote".parse().unwrap(),
            book_version: 12,
            suppressed_by: None,
            ping: None,
            fields: BTreeMap::from([("zip".parse().unwrap(), "90210".to_owned())]),
            started_at: now.wall,
            answered_at: Some(now.wall),
            bridged_at: bridged.then_some(now.wall + Duration::from_secs(10)),
            ended_at: None,
            ended_by: None,
            reason: None,
            hangup_reason: None,
            sip_status: None,
            dials: Vec::new(),
            transferred_to: None,
            tags: BTreeMap::new(),
            media: None,
            recordings: Vec::new(),
            bids: Vec::new(),
            attempts: vec![
                attempt(&"blue-tx".parse().unwrap(), &mut rng),
                attempt(&contract, &mut rng),
            ],
            winner: bridged.then(|| Winner {
                contract,
                buyer: buyer.clone(),
                price: usd("45.00"),
                buffer: Duration::from_secs(90),
                payout: Some(Payout::Fixed(usd("20.00"))),
                payout_from_seconds: None,
                payout_caps: PayoutCaps::default(),
                conversion: crate::book::Conversion::default(),
                returns: None,
            }),
            talk: Duration::ZERO,
            gate: Duration::ZERO,
            keyed_at: None,
            conversion: None,
            returned: None,
            billable: false,
            revenue: None,
            payout: None,
            decision_id: None,
        }
    }

    #[test]
    fn the_json_is_the_one_of_the_api() {
        let mut record = live(true);
        record.talk = Duration::from_millis(95_200);
        record.revenue = Some(usd("45.00"));
        let json = serde_json::to_value(&record).unwrap();
        for (pointer, expected) in [
            ("/channel", "\"call\""),
            ("/state", "\"live\""),
            ("/number", "\"+18005550100\""),
            ("/fields/zip", "\"90210\""),
            ("/started_at", "\"2025-11-20T10:00:00Z\""),
            ("/bridged_at", "\"2025-11-20T10:00:10Z\""),
            ("/ended_by", "null"),
            ("/attempts/0/contract", "\"blue-tx\""),
            ("/attempts/0/outcome", "null"),
            ("/winner/contract", "\"acme-auto-ca\""),
            ("/winner/buffer_seconds", "90.0"),
            ("/talk_seconds", "95.2"),
            ("/revenue/amount", "\"45.00\""),
            ("/payout", "null"),
            ("/decision_id", "null"),
        ] {
            let found = json.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is missing"));
            assert_eq!(found.to_string(), expected, "{pointer}");
        }
        assert_eq!(serde_json::from_value::<CallRecord>(json).unwrap(), record);
    }

    #[test]
    fn talk_keeps_every_millisecond() {
        for millis in [0, 1, 999, 1_001, 95_200, 86_400_123, 4_294_967_295_007] {
            let mut record = live(false);
            record.talk = Duration::from_millis(millis);
            let json = serde_json::to_string(&record).unwrap();
            let read: CallRecord = serde_json::from_str(&json).unwrap();
            assert_eq!(read.talk, record.talk, "{json}");
        }
    }

    #[test]
    fn a_restart_bills_no_further_than_the_last_sign_of_life() {
        // Bridged at second 10; the buffer is 90 s.
        for (bridged, seen, ended, talk, billable) in [
            (true, 100, 100, 90, true),
            (true, 99, 99, 89, false),
            (true, 5, 10, 0, false),
            (false, 100, 100, 0, false),
            (false, -30, 0, 0, false),
        ] {
            let mut record = live(bridged);
            record.close_after_restart(Wall::from_micros(START + seen * 1_000_000));
            let case = format!("bridged {bridged}, seen {seen}");
            let ended = Wall::from_micros(START + ended * 1_000_000);
            assert_eq!(record.state, CallState::Ended, "{case}");
            assert_eq!(record.ended_at, Some(ended), "{case}");
            assert_eq!(record.ended_by, Some(EndedBy::Switch), "{case}");
            assert_eq!(record.reason, Some(End::SwitchRestart), "{case}");
            assert_eq!(record.talk, Duration::from_secs(talk), "{case}");
            assert_eq!(record.billable, billable, "{case}");
            let revenue = bridged.then(|| usd(if billable { "45.00" } else { "0.00" }));
            assert_eq!(record.revenue, revenue, "{case}");
            let won = if bridged { Outcome::Won } else { Outcome::Canceled };
            let outcomes: Vec<_> = record.attempts.iter().map(|a| a.outcome).collect();
            assert_eq!(outcomes, [Some(Outcome::Canceled), Some(won)], "{case}");
        }
    }

    #[test]
    fn a_call_that_ended_stays_as_it_is() {
        let mut record = live(true);
        record.close_after_restart(Wall::from_micros(START));
        let closed = record.clone();
        record.close_after_restart(Wall::from_micros(START + 500_000_000));
        assert_eq!(record, closed);
    }
}
