//! Continues the leads that an earlier run left open, or a node that is gone.

use super::Intake;
use super::conduct::Conduct;
use super::own::Own;
use crate::lead::InFlight;
use crate::lead::LeadRecord;
use crate::lead::Machine;
use crate::nodes::Takeover;
use crate::routing::Hold;
use crate::routing::Snapshot;
use crate::sale::Untold;
use crate::store::OpenLead;
use crate::store::StoreError;

impl Intake {
    /// Continues the leads that an earlier run of this node left open. Returns their number. Units
    /// of posts without a result are taken again before the first new lead is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        let own = self.own();
        let left = own.store.leads_left_open(&own.node).await?;
        Ok(self.resume_all(left).await)
    }

    /// Goes on with the leads of a node that is gone, as it would itself after a restart. Returns
    /// their number.
    ///
    /// # Errors
    /// The database cannot be written; then that node still has them.
    pub async fn take_over(&self, takeover: &Takeover) -> Result<usize, StoreError> {
        let own = self.own();
        let left = own.store.leads_move(takeover.clone(), own.node.clone()).await?;
        Ok(self.resume_all(left).await)
    }

    async fn resume_all(&self, left: Vec<OpenLead>) -> usize {
        let count = left.len();
        for lead in left {
            self.resume_one(lead).await;
        }
        count
    }

    async fn resume_one(&self, lead: OpenLead) {
        let own = self.own();
        let (now, mut rng, snapshot) = (own.clock.now(), own.fork(), own.snapshot());
        let OpenLead { record, in_flight, .. } = lead;
        let untold = in_flight.iter().filter_map(|post| untold(own, &snapshot, &record, post));
        let untold: Vec<Untold> = untold.collect();
        let holds = untold.iter().map(|one| Hold::of(&one.pick, one.hold, one.held_at));
        let holds: Vec<Hold> = holds.collect();
        let (id, stored) = (record.id, record.clone());
        let book = snapshot.book();
        let machine = Machine::resume(record, book, own.rules, untold, now, &mut rng);
        let (mut conduct, shown) =
            Conduct::new(own.clone(), stored, machine, snapshot, rng, own.place());
        for hold in holds {
            conduct.holds.adopt(hold);
        }
        conduct.holds.renew(&own.dispatch, now).await;
        own.live.add(id, shown);
        tracing::info!(lead.id = %id, "lead continued after a restart");
        own.spawn(conduct.run());
    }
}

/// Returns a post without a result, with its pick made again; `None` if its contract is no longer
/// in the book.
fn untold(own: &Own, snapshot: &Snapshot, record: &LeadRecord, post: &InFlight) -> Option<Untold> {
    let InFlight { attempt, hold, held_at, price } = post;
    let row = record.attempts.iter().find(|row| row.id == *attempt)?;
    let (inquiry, decision) = (record.inquiry(), record.decision_id?);
    let sold = |mark| own.dispatch.quota().view.sold(mark, *held_at);
    let pick = snapshot.pick_again(&row.contract, &inquiry, (*price, *held_at), decision, sold)?;
    Some(Untold { attempt: *attempt, pick, hold: *hold, held_at: *held_at })
}
