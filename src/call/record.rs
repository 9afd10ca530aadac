//! The call record: what is kept of a call, and how a call that the switch left open is closed.
//!
//! Its JSON is the one of the API. What is not known is `null`; nothing is left out.

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
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::seconds;
use crate::billing::Bill;
use crate::billing::bill;
use crate::billing::whole_millis;
use crate::book::Channel;
use crate::flow::Driver;
use crate::routing::Inquiry;
use crate::sale;
use crate::sale::AttemptRecord;
use crate::sale::Reach;
use crate::sale::Row;
use crate::sale::Winner;

use super::Ingress;

/// One call. Its JSON also holds `"channel": "call"`, which distinguishes it from a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "channel", rename = "call")]
pub struct CallRecord {
    /// The call, and this record.
    pub id: CallId,
    /// Whether it is still up.
    pub state: CallState,
    /// The number that was dialled.
    pub number: Phone,
    /// The caller's number; `None` when it was withheld.
    pub caller: Option<Phone>,
    /// Where it came from.
    #[serde(flatten)]
    pub ingress: Ingress,
    /// The offer it was last routed for.
    pub offer: OfferId,
    /// Who sent it.
    pub source: SourceId,
    /// The flow it entered by.
    pub flow: FlowName,
    /// The version of the book that it was routed by.
    pub book_version: u64,
    /// What is known of the caller, by name.
    pub fields: BTreeMap<FieldName, String>,
    /// When its INVITE came.
    pub started_at: Wall,
    /// When the caller was answered.
    pub answered_at: Option<Wall>,
    /// When caller and buyer could hear each other first.
    pub bridged_at: Option<Wall>,
    /// When it ended; `None` while it is live.
    pub ended_at: Option<Wall>,
    /// Who ended it; `None` while it is live.
    pub ended_by: Option<EndedBy>,
    /// How it ended; `None` while it is live.
    pub reason: Option<End>,
    /// The final SIP status that the caller got, when the call was never answered.
    pub sip_status: Option<u16>,
    /// Every buyer's leg, in the order in which they were rung.
    pub attempts: Vec<AttemptRecord>,
    /// Every fixed destination that the flow dialled, in order. They are not billed.
    #[serde(default)]
    pub dials: Vec<DialRecord>,
    /// What the flow kept for reports, by name.
    #[serde(default)]
    pub tags: BTreeMap<FieldName, String>,
    /// Who got the call; `None` until it is bridged.
    pub winner: Option<Winner>,
    /// The connected time of caller and buyer, to the millisecond; zero until the call ended.
    #[serde(rename = "talk_seconds", with = "seconds")]
    pub talk: Duration,
    /// Whether the connected time reaches the buyer's buffer.
    pub billable: bool,
    /// What the buyer owes; `None` until it is worked out.
    pub revenue: Option<Money>,
    /// What the source is owed; `None` until it is worked out, and when the source is not paid.
    pub payout: Option<Money>,
    /// The last routing decision; `None` when the call never came to one.
    pub decision_id: Option<DecisionId>,
}

/// Whether a call is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// It is up.
    Live,
    /// It is over, and its record is final.
    Ended,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The caller hung up.
    Caller,
    /// The buyer hung up.
    Buyer,
    /// The switch did: its flow was over, a timer fired, a party vanished, or it was stopped.
    Switch,
}

/// A fixed destination that a flow dialled, past all contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialRecord {
    /// The attempt.
    pub id: AttemptId,
    /// Its phone number in E.164, or its SIP address.
    pub to: String,
    /// How it ended; `None` while it rings.
    pub outcome: Option<Outcome>,
    /// The final SIP status; `None` when there was none.
    pub sip_status: Option<u16>,
    /// When its INVITE was sent.
    pub started_at: Wall,
    /// Time from the INVITE to the answer or to the attempt's end, in milliseconds.
    pub ring_ms: u64,
    /// Time from the INVITE to the first sign of ringing, in milliseconds; `None` without one.
    pub post_dial_delay_ms: Option<u64>,
}

/// What is known of a call when its INVITE comes.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The call.
    pub id: CallId,
    /// The number that was dialled.
    pub number: Phone,
    /// The caller's number; `None` when it was withheld.
    pub caller: Option<Phone>,
    /// Where it comes from.
    pub ingress: Ingress,
    /// The number's offer.
    pub offer: OfferId,
    /// Who sent it.
    pub source: SourceId,
    /// The number's flow.
    pub flow: FlowName,
    /// The version of the book that it is routed by.
    pub book_version: u64,
    /// When its INVITE came.
    pub at: Wall,
}

impl CallRecord {
    /// The record of a call that has just come: live, and nothing has happened yet.
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
            fields: BTreeMap::new(),
            started_at: at,
            answered_at: None,
            bridged_at: None,
            ended_at: None,
            ended_by: None,
            reason: None,
            sip_status: None,
            attempts: Vec::new(),
            dials: Vec::new(),
            tags: BTreeMap::new(),
            winner: None,
            talk: Duration::ZERO,
            billable: false,
            revenue: None,
            payout: None,
            decision_id: None,
        }
    }

    /// Closes a call that was live when the switch stopped: it ends where it was seen alive last,
    /// and is billed no further. Does nothing to a call that has ended.
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
    }

    /// What the routing core is asked about an offer: everything known of the call.
    pub(crate) fn inquiry(&self, offer: OfferId, fields: &Fields) -> Inquiry {
        Inquiry {
            offer,
            channel: Channel::Call,
            source: Some(self.source.clone()),
            caller: self.caller.clone(),
            fields: fields.clone(),
        }
    }

    /// The record with all that the call's flow and its sale have come to.
    pub(crate) fn with<R: Reach>(&self, flow: &Driver, sale: &sale::Machine<R>) -> Self {
        Self {
            offer: self.offer_of(sale).clone(),
            fields: flow.plain_fields(),
            tags: flow.tags().clone(),
            attempts: sale.rows().to_vec(),
            decision_id: sale.decision_id(),
            ..self.clone()
        }
    }

    /// Returns the offer that was for sale last, or else the number's own.
    pub(crate) fn offer_of<'a, R: Reach>(&'a self, sale: &'a sale::Machine<R>) -> &'a OfferId {
        sale.offer().unwrap_or(&self.offer)
    }

    /// The call is over.
    pub(crate) fn end(&mut self, by: EndedBy, reason: End, at: Wall) {
        self.state = CallState::Ended;
        self.ended_at = Some(at);
        self.ended_by = Some(by);
        self.reason = Some(reason);
    }

    /// Stores the connected time, in whole milliseconds, as the record keeps them: what is
    /// billed can be read there. Works out what the winner owes for it, if there is one.
    pub(crate) fn bill(&mut self, talk: Duration) -> Option<Bill> {
        self.talk = whole_millis(talk);
        let winner = self.winner.as_ref()?;
        let bill = bill(winner.price, winner.buffer, winner.payout, Some(self.talk));
        self.billable = bill.billable;
        self.revenue = Some(bill.revenue);
        self.payout = bill.payout;
        Some(bill)
    }

    /// The bill, once the call has ended; `None` without a winner.
    pub fn billed(&self) -> Option<Bill> {
        let Self { billable, payout, .. } = *self;
        self.revenue.map(|revenue| Bill { billable, revenue, payout })
    }

    /// The attempt that got the call.
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
    /// A fixed destination that is about to be rung.
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

    /// How its leg fared.
    pub(crate) fn row(&mut self) -> Row<'_> {
        Row {
            outcome: &mut self.outcome,
            sip_status: &mut self.sip_status,
            ring_ms: &mut self.ring_ms,
            post_dial_delay_ms: &mut self.post_dial_delay_ms,
        }
    }
}

/// Returns why a call ends that its flow or the switch hangs up unsold: `NoContract` when a buyer
/// was looked for or no contract was left, `RejectedCaller` when its answers were refused.
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
            fields: BTreeMap::from([("zip".parse().unwrap(), "90210".to_owned())]),
            started_at: now.wall,
            answered_at: Some(now.wall),
            bridged_at: bridged.then_some(now.wall + Duration::from_secs(10)),
            ended_at: None,
            ended_by: None,
            reason: None,
            sip_status: None,
            dials: Vec::new(),
            tags: BTreeMap::new(),
            attempts: vec![
                attempt(&"blue-tx".parse().unwrap(), &mut rng),
                attempt(&contract, &mut rng),
            ],
            winner: bridged.then(|| Winner {
                contract,
                buyer: buyer.clone(),
                price: usd("45.00"),
                buffer: Duration::from_secs(90),
                payout: Some(usd("20.00")),
            }),
            talk: Duration::ZERO,
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
