//! A pick of an earlier run of the program, made again.

use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::Money;
use crate::base::Wall;
use crate::book::RepeatThen;
use crate::caps::Ceiling;
use crate::caps::Mark;

use super::Inquiry;
use super::Known;
use super::Pick;
use super::Seat;
use super::Snapshot;
use super::decision::picked;

impl Snapshot {
    /// Returns the pick of a contract for an inquiry that was decided before, at the price of that
    /// decision; `None` if the book has no such contract any more. Caps and terms are those of the
    /// live book. A price of nothing stays so if the contract has a rule that bills nothing for a
    /// person who was sold before; `sold` returns when a mark was sold.
    pub fn pick_again(
        &self,
        contract: &ContractId,
        inquiry: &Inquiry,
        (price, held_at): (Money, Wall),
        decision: DecisionId,
        sold: impl Fn(Mark) -> Option<Wall>,
    ) -> Option<Pick> {
        let known = Known::of(inquiry);
        let mut found = self.rosters().iter().filter_map(|roster| {
            let slot = roster.contracts.iter().position(|terms| terms.contract == *contract)?;
            Some((roster, slot))
        });
        let (roster, slot) = found.next()?;
        let terms = roster.contracts.get(slot)?;
        let seat = Seat { roster: roster.clone(), slot: u32::try_from(slot).ok()? };
        let mut pick = picked(terms, 1, &known, Some(seat), decision);
        if price != pick.price {
            pick.price = price;
            let priced = |ceiling: &Ceiling| ceiling.clone().priced(price.micros());
            pick.caps = terms.ceilings.iter().map(priced).collect();
        }
        if price.micros() == 0 && terms.repeats(RepeatThen::NotBilled) {
            let at = terms.marks(RepeatThen::NotBilled, &known).find_map(sold);
            pick.bill_nothing(at.unwrap_or(held_at));
        }
        Some(pick)
    }
}
