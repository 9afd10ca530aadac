//! Continues leads that an earlier run of the program left open.

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::End;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Book;
use crate::sale::AttemptRecord;
use crate::sale::Resumed;
use crate::sale::Untold;

use super::LeadRecord;
use super::LeadStatus;
use super::Machine;
use super::Rules;
use super::What;

/// A post that was not answered when the record was stored: enough to keep its units until it is
/// known what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its hold.
    pub hold: HoldId,
    /// When the hold was granted.
    pub held_at: Wall,
    /// Price that the hold took.
    pub price: Money,
}

impl Machine {
    /// Continues a lead of an earlier run. A post without a result stays unknown; `untold` are
    /// those whose hold was reserved again. Any other lead is sold like a new one, but not to
    /// buyers who got it before.
    pub fn resume(
        record: LeadRecord,
        book: &Arc<Book>,
        rules: Rules,
        untold: Vec<Untold>,
        now: Now,
        rng: &mut Rng,
    ) -> Self {
        let mut own = Self::of(record, book, rules);
        own.record.note(What::Resumed, now.wall);
        own.forget_pending();
        let rows = own.record.attempts.clone();
        if rows.iter().any(|row| is_lost(row, &untold)) {
            own.end_lost(&untold, now);
            return own;
        }
        if untold.is_empty() && !own.record.sales.is_empty() {
            own.record.end(LeadStatus::Sold, End::Delivered, now.wall);
            own.push(super::Output::Record);
            return own;
        }
        own.record.status =
            if untold.is_empty() { LeadStatus::Received } else { LeadStatus::Unknown };
        for one in &untold {
            let reason = "the switch stopped before it was answered".to_owned();
            let (attempt, contract) = (one.attempt, one.pick.contract.clone());
            own.record.note(What::Unknown { attempt, contract, reason }, now.wall);
            own.unknown.insert(attempt, now.mono + rules.unknown_after);
        }
        let terms = Box::new(own.terms(now));
        let won = u8::try_from(own.record.sales.len()).unwrap_or(u8::MAX);
        own.sale.resume(Resumed { terms, rows, won, untold }, now, rng);
        own.store();
        own.drain(now, rng);
        own
    }

    /// Ends a lead with a post whose contract is no longer in the book: nobody can be billed for
    /// it, and nobody else may get it.
    fn end_lost(&mut self, untold: &[Untold], now: Now) {
        for row in self.record.attempts.iter_mut().filter(|row| is_lost(row, untold)) {
            row.outcome = Some(Outcome::NoAnswer);
        }
        let status =
            if self.record.sales.is_empty() { LeadStatus::Rejected } else { LeadStatus::Sold };
        self.record.end(status, End::SwitchRestart, now.wall);
        self.push(super::Output::Record);
    }
}

/// Returns whether nothing is known of an attempt any more.
fn is_lost(row: &AttemptRecord, untold: &[Untold]) -> bool {
    row.outcome.is_none() && untold.iter().all(|one| one.attempt != row.id)
}
