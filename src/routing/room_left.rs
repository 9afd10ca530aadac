//! Checks whether a contract has room at a moment: its caps, and whether it bought the same person
//! before.

use super::Known;
use super::Moment;
use super::Terms;
use super::Usage;
use crate::base::Wall;
use crate::book::RepeatThen;
use crate::caps::Full;

impl Terms {
    /// Returns the first cap without a unit left: the contract's, the buyer's, the offer's.
    pub(super) fn full(&self, usage: &dyn Usage, moment: &Moment<'_>) -> Option<Full> {
        (0..self.ceilings.len()).find_map(|level| self.full_at(level, usage, moment))
    }

    /// Returns the first cap of one level without a unit left.
    pub(super) fn full_at(
        &self,
        level: usize,
        usage: &dyn Usage,
        moment: &Moment<'_>,
    ) -> Option<Full> {
        let (ceiling, zone) = self.ceilings.get(level).zip(self.ceiling_zones.get(level))?;
        if ceiling.is_unlimited() {
            return None;
        }
        usage.full(ceiling, &moment.periods(*zone)?)
    }

    /// Returns when the same person was sold, by the offer's rules or the contract's that refuse a
    /// second sale.
    pub(super) fn sold(
        &self,
        known: &Known,
        usage: &dyn Usage,
        moment: &Moment<'_>,
    ) -> Option<Wall> {
        self.repeated(RepeatThen::Refuse, known, usage, moment)
    }

    /// Returns when the same person was sold, by the rules with this consequence.
    pub(super) fn repeated(
        &self,
        then: RepeatThen,
        known: &Known,
        usage: &dyn Usage,
        moment: &Moment<'_>,
    ) -> Option<Wall> {
        let mut marks = self.marks(then, known);
        marks.find_map(|mark| usage.sold(mark, moment.wall()))
    }
}
