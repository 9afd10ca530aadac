//! Form leads of the SQLite store.

use std::collections::BTreeMap;

use super::Database;
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
use crate::lead::check::Holder;
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
use crate::store::Leads;
use crate::store::Nodes as _;
use crate::store::OpenLead;
use crate::store::Pending;
use crate::store::PingCount;
use crate::store::PingQuery;
use crate::store::SamePerson;
use crate::store::StatusDue;
use crate::store::StatusTerms;
use crate::store::sql::bid;
use crate::store::sql::certificate;
use crate::store::sql::change;
use crate::store::sql::decision;
use crate::store::sql::lead;
use crate::store::sql::lead::Saved;
use crate::store::sql::lead_list;
use crate::store::sql::lead_status;
use crate::store::sql::ping;
use crate::store::sql::same_person;

impl Leads for Database {
    fn lead_open(&self, opening: LeadOpening) -> Pending<'_, LeadOpened> {
        self.writer.count(move |db, counted| lead::open(db, &opening, counted))
    }

    fn certificate_refusal(
        &self,
        source: SourceId,
        fields: BTreeMap<FieldName, String>,
        certificates: Vec<FieldName>,
    ) -> Pending<'_, Option<Refusal>> {
        self.readers.read(move |db| {
            let own = Holder { source: &source, fields: &fields };
            certificate::refusal(db, own, &certificates)
        })
    }

    fn lead_save(&self, node: &NodeName, change: LeadChange) -> Pending<'_, bool> {
        let node = (!self.nodes_exclusive()).then(|| node.clone());
        Pending::new(async move {
            let write = self.writer.count(move |db, counted| {
                let saved = lead::save(db, node.as_ref(), &change, counted)?;
                let corrected = saved == Saved::Corrected;
                Ok((saved, corrected.then(|| change::heads(db)).transpose()?))
            });
            let (saved, heads) = write.await?;
            if let Some(heads) = heads {
                self.written(heads).await;
            }
            Ok(saved != Saved::OfAnother)
        })
    }

    fn leads_move(&self, takeover: Takeover, to: NodeName) -> Pending<'_, Vec<OpenLead>> {
        self.writer.write(move |db| lead::give(db, &takeover, &to))
    }

    fn leads_left_open(&self, node: &NodeName) -> Pending<'_, Vec<OpenLead>> {
        let by = self.left_by(node);
        Pending::new(async move {
            let by = by?;
            self.readers.read(move |db| lead::left_open(db, by.as_ref())).await
        })
    }

    fn lead_fetch(&self, id: LeadId) -> Pending<'_, Option<LeadRecord>> {
        self.readers.read(move |db| lead::fetch(db, id))
    }

    fn lead_decisions(&self, id: LeadId) -> Pending<'_, Vec<DecisionRecord>> {
        self.readers.read(move |db| decision::of_inquiry(db, id))
    }

    fn lead_list(
        &self,
        query: LeadQuery,
        cursor: Option<LeadCursor>,
        limit: usize,
    ) -> Pending<'_, LeadPage> {
        self.readers.read(move |db| lead_list::page(db, &query, cursor, limit))
    }

    fn same_person(&self, phone: Phone, except: InquiryId) -> Pending<'_, Vec<SamePerson>> {
        self.readers.read(move |db| same_person::others(db, &phone, except))
    }

    fn bid_list(
        &self,
        query: BidQuery,
        cursor: Option<BidCursor>,
        limit: usize,
    ) -> Pending<'_, BidPage> {
        self.readers.read(move |db| bid::page(db, &query, cursor, limit))
    }

    fn ping_open(&self, record: PingRecord) -> Pending<'_, ()> {
        self.writer.write(move |db| ping::open(db, &record))
    }

    fn ping_fetch(&self, id: PingId) -> Pending<'_, Option<PingRecord>> {
        self.readers.read(move |db| ping::fetch(db, id))
    }

    fn pings_open(&self, now: Wall) -> Pending<'_, Vec<PingRecord>> {
        self.readers.read(move |db| ping::open_calls(db, now))
    }

    fn ping_count(&self, source: SourceId, since: Wall) -> Pending<'_, u64> {
        self.readers.read(move |db| ping::count(db, &source, since))
    }

    fn ping_list(
        &self,
        query: PingQuery,
        id: Option<PingId>,
        limit: usize,
    ) -> Pending<'_, Vec<PingRecord>> {
        self.readers.read(move |db| ping::list(db, &query, id, limit))
    }

    fn ping_sums(&self, query: PingQuery) -> Pending<'_, Vec<PingCount>> {
        self.readers.read(move |db| ping::sums(db, &query))
    }

    fn status_find(&self, contracts: Vec<StatusTerms>, now: Wall) -> Pending<'_, ()> {
        self.writer.write(move |db| lead_status::find(db, &contracts, now))
    }

    fn status_add(&self, sales: Vec<StatusDue>, now: Wall) -> Pending<'_, ()> {
        self.writer.write(move |db| lead_status::add(db, &sales, now))
    }

    fn status_due(&self, now: Wall) -> Pending<'_, Vec<StatusDue>> {
        self.readers.read(move |db| lead_status::due(db, now))
    }

    fn status_next(&self) -> Pending<'_, Option<Wall>> {
        self.readers.read(lead_status::next)
    }

    fn status_asked(&self, sale: AttemptId, due_at: Option<Wall>) -> Pending<'_, ()> {
        self.writer.write(move |db| lead_status::asked(db, sale, due_at))
    }

    fn lead_ids(&self, start: String, limit: usize) -> Pending<'_, Vec<LeadId>> {
        self.readers.read(move |db| lead_list::ids(db, &start, limit))
    }
}
