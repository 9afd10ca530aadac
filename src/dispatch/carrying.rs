//! What trunks with limits carry today: counted when a leg is dialed and when it ends, and restored
//! from the store.

use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use super::Dispatch;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::Trunk;
use crate::caps::Carried;
use crate::caps::DayFull;
use crate::caps::TrunkDays;
use crate::caps::day_begin;
use crate::store::CarriedTo;
use crate::store::Store;
use crate::store::StoreError;

impl Dispatch {
    /// Counts a call that is dialed through a trunk.
    ///
    /// # Errors
    /// [`DayFull`]: a limit of the trunk's day is reached; nothing is counted.
    pub fn dial(&self, trunk: &Trunk, number: &Phone, now: Wall) -> Result<(), DayFull> {
        self.days().dial(trunk, number, now)
    }

    /// Takes back a call that was counted at `at` and is not dialed after all.
    pub fn not_dialed(&self, trunk: &Trunk, number: &Phone, at: Wall) {
        self.days().not_dialed(trunk, number, at);
    }

    /// Adds the connected time and the cost of a leg that has ended.
    pub fn carried(&self, trunk: &Trunk, number: &Phone, talk: Duration, micros: i64, now: Wall) {
        self.days().ended(trunk, number, talk, micros, now);
    }

    /// Counts what is stored of the current day of each trunk with limits.
    pub(super) async fn restore_days(
        &self,
        store: &dyn Store,
        now: Wall,
    ) -> Result<(), StoreError> {
        let snapshot = self.snapshot();
        for trunk in snapshot.book().trunks.iter().filter(|trunk| trunk.is_limited()) {
            let since = day_begin(trunk, now);
            for CarriedTo { number, carried, unknown_ms } in
                store.trunk_carried(trunk.id.clone(), since).await?
            {
                let cost = trunk.cost(&number, Duration::from_millis(unknown_ms));
                let carried = Carried {
                    talk_ms: carried.talk_ms.saturating_add(unknown_ms),
                    micros: carried.micros.saturating_add(cost),
                    ..carried
                };
                self.days().restore(trunk, &number, carried, now);
            }
        }
        Ok(())
    }

    fn days(&self) -> MutexGuard<'_, TrunkDays> {
        self.trunk_days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
