//! The turns and performance that a decision used.

use super::Performance;
use super::Roster;
use super::Standing;
use super::turn::Turn;

/// The inputs that ordered a decision's picks, in slot order.
#[derive(Debug, Clone, Default)]
pub(super) struct OrderInputs {
    pub(super) turns: Vec<(u32, Turn)>,
    pub(super) performances: Vec<(u32, Performance)>,
}

impl OrderInputs {
    pub(super) fn clear(&mut self) {
        self.turns.clear();
        self.performances.clear();
    }

    /// Reads the inputs of the roster's strategy for picks in rank order.
    pub(super) fn listen(&mut self, roster: &Roster, picks: &[u32], standing: &dyn Standing) {
        self.clear();
        let contracts = picks.iter().filter_map(|slot| Some((*slot, &roster.at(*slot)?.contract)));
        if roster.takes_turns() {
            self.turns.extend(contracts.map(|(slot, id)| (slot, standing.turn(id))));
        } else if roster.learns() {
            self.performances.extend(contracts.map(|(slot, id)| (slot, standing.performance(id))));
        }
    }

    pub(super) fn turn(&self, slot: u32) -> Turn {
        of(&self.turns, slot)
    }

    pub(super) fn performance(&self, slot: u32) -> Performance {
        of(&self.performances, slot)
    }
}

fn of<T: Copy + Default>(all: &[(u32, T)], slot: u32) -> T {
    let place = all.binary_search_by_key(&slot, |(slot, _)| *slot).ok();
    place.and_then(|place| all.get(place)).map_or_else(T::default, |(_, found)| *found)
}
