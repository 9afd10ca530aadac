//! Form leads.

use std::collections::BTreeMap;

use crate::base::AttemptId;
use crate::base::FieldName;
use crate::base::InquiryId;
use crate::base::LeadId;
use crate::base::NodeName;
use crate::base::Phone;
use crate::base::PingId;
use crate::base::SourceId;
use crate::base::Wall;
use crate::lead::LeadQuery;
use crate::lead::LeadRecord;
use crate::lead::PingRecord;
use crate::lead::Refusal;
use crate::nodes::Takeover;
use crate::sale::DecisionRecord;
use crate::store::BidCursor;
use crate::store::BidPage;
use crate::store::BidQuery;
use crate::store::LeadChange;
use crate::store::LeadCursor;
use crate::store::LeadOpened;
use crate::store::LeadOpening;
use crate::store::LeadPage;
use crate::store::OpenLead;
use crate::store::Pending;
use crate::store::PingCount;
use crate::store::PingQuery;
use crate::store::SamePerson;
use crate::store::StatusDue;
use crate::store::StatusTerms;

/// Form leads.
pub trait Leads: Send + Sync {
    /// Stores a lead that came in at a node, and the key of its request. Of two leads with one
    /// certificate that may not have it both, the second ends, even if they come at one moment.
    fn lead_open(&self, opening: LeadOpening) -> Pending<'_, LeadOpened>;

    /// Returns why a lead of a source with these fields may not have its certificates; `None` if it
    /// may. Stores nothing.
    fn certificate_refusal(
        &self,
        source: SourceId,
        fields: BTreeMap<FieldName, String>,
        certificates: Vec<FieldName>,
    ) -> Pending<'_, Option<Refusal>>;

    /// Stores a change of a lead of a node: record, attempts, decisions, sales with the usage of
    /// their holds and, once it has ended, its postings. An unknown or ended lead does not change.
    /// Repeating a change has no effect. Returns false if another node has taken the lead over: then
    /// nothing changes, and nothing may follow from the change. `node` is as for
    /// [`crate::store::Calls::calls_left_open`].
    ///
    /// # Errors
    /// [`crate::store::StoreError::TooLarge`]: an amount does not fit.
    fn lead_save(&self, node: &NodeName, change: LeadChange) -> Pending<'_, bool>;

    /// Gives the open leads of a node that is gone to another, and returns them, oldest first.
    /// Returns none if the node has begun another run, which goes on with them itself.
    fn leads_move(&self, takeover: Takeover, to: NodeName) -> Pending<'_, Vec<OpenLead>>;

    /// Returns all leads that an earlier run left open, oldest first. `node` is as for
    /// [`crate::store::Calls::calls_left_open`].
    fn leads_left_open(&self, node: &NodeName) -> Pending<'_, Vec<OpenLead>>;

    /// Returns a lead; `None` if it is unknown.
    fn lead_fetch(&self, id: LeadId) -> Pending<'_, Option<LeadRecord>>;

    /// Returns all decisions of a lead, in the order in which they were made.
    fn lead_decisions(&self, id: LeadId) -> Pending<'_, Vec<DecisionRecord>>;

    /// Returns matching leads, newest first, starting at `cursor`; at most `limit`, and at most
    /// [`crate::store::PAGE_LEADS_MAX`].
    fn lead_list(
        &self,
        query: LeadQuery,
        cursor: Option<LeadCursor>,
        limit: usize,
    ) -> Pending<'_, LeadPage>;

    /// Returns the other calls and leads of a phone number, latest first; at most
    /// [`crate::store::SAME_PERSON_MAX`]. One whose person was removed has no number any more.
    fn same_person(&self, phone: Phone, except: InquiryId) -> Pending<'_, Vec<SamePerson>>;

    /// Returns matching bids on leads, latest first, starting at `cursor`; at most `limit`, and at
    /// most [`crate::store::PAGE_BIDS_MAX`].
    fn bid_list(
        &self,
        query: BidQuery,
        cursor: Option<BidCursor>,
        limit: usize,
    ) -> Pending<'_, BidPage>;

    /// Stores a ping of a source, and deletes a few that are older than
    /// [`crate::store::PINGS_KEPT`]. Repeating it has no effect.
    fn ping_open(&self, record: PingRecord) -> Pending<'_, ()>;

    /// Returns a ping, with the lead that was posted to it; `None` if it is unknown.
    fn ping_fetch(&self, id: PingId) -> Pending<'_, Option<PingRecord>>;

    /// Returns the pings for calls whose bids have not ended and were not used, tests not included.
    fn pings_open(&self, now: Wall) -> Pending<'_, Vec<PingRecord>>;

    /// Returns the number of a source's pings since a time, tests included.
    fn ping_count(&self, source: SourceId, since: Wall) -> Pending<'_, u64>;

    /// Returns pings, latest first, tests included; with an id, that one. At most `limit`, and at most
    /// [`crate::store::PINGS_LISTED_MAX`].
    fn ping_list(
        &self,
        query: PingQuery,
        id: Option<PingId>,
        limit: usize,
    ) -> Pending<'_, Vec<PingRecord>>;

    /// Returns what became of pings, by source and offer.
    fn ping_sums(&self, query: PingQuery) -> Pending<'_, Vec<PingCount>>;

    /// Notes the sales of these contracts whose buyers are to be asked what became of them: those
    /// within the contract's time that are not noted, were not reported as sold, and have no return.
    /// Removes what is over. Repeating it has no effect.
    fn status_find(&self, contracts: Vec<StatusTerms>, now: Wall) -> Pending<'_, ()>;

    /// Notes sales whose buyers are to be asked, and removes what is over. Repeating it has no effect.
    fn status_add(&self, sales: Vec<StatusDue>, now: Wall) -> Pending<'_, ()>;

    /// Returns sales whose buyers are to be asked now, those due longest first; at most
    /// [`crate::store::STATUS_DUE_MAX`].
    fn status_due(&self, now: Wall) -> Pending<'_, Vec<StatusDue>>;

    /// Returns when the next buyer is to be asked; `None` if none is.
    fn status_next(&self) -> Pending<'_, Option<Wall>>;

    /// Notes when the buyer of a sale is asked next; `None`: no more.
    fn status_asked(&self, sale: AttemptId, due_at: Option<Wall>) -> Pending<'_, ()>;

    /// Returns the ids of leads that begin with `start`, newest first; at most `limit`.
    fn lead_ids(&self, start: String, limit: usize) -> Pending<'_, Vec<LeadId>>;
}
