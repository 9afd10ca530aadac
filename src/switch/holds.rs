//! The holds of one call: reserved, kept alive and settled while the call goes on.
//!
//! Each answer may take a while, and questions about different holds are asked side by side. A hold
//! is handed to the question about it and comes back with the answer, so that of one hold nothing
//! overtakes anything: not a settlement its reservation, nor an end its commitment.

use std::collections::HashMap;
use std::sync::Arc;

use super::asking::Asking;
use crate::base::HoldId;
use crate::base::Skip;
use crate::caps::Settle;
use crate::dispatch::Dispatch;
use crate::net::Clock;
use crate::routing::Hold;
use crate::routing::Pick;
use crate::store::Sale;

/// Settlements of one hold that wait while it is asked about: a commitment and an end.
const WAITING_MAX: usize = 2;

/// What is asked about one hold at a time, and what follows.
#[derive(Default)]
struct Place {
    /// The hold; none while it is asked about.
    hold: Option<Hold>,
    waiting: Vec<Settle>,
}

/// An answer.
pub(super) enum Answered {
    Reserved {
        hold: HoldId,
        result: Result<Reserved, Skip>,
    },
    /// It was renewed or settled.
    Back(Hold),
}

/// A hold that was granted.
pub(super) struct Reserved {
    hold: Hold,
    sale: Sale,
}

/// What the call learns: whether a buyer may be rung, and what the hold has taken.
pub(super) struct Granted {
    pub(super) hold: HoldId,
    pub(super) result: Result<Sale, Skip>,
}

pub(super) struct Holds {
    dispatch: Arc<Dispatch>,
    clock: Clock,
    places: HashMap<HoldId, Place>,
    asking: Asking<Answered>,
}

impl Holds {
    pub(super) fn new(dispatch: Arc<Dispatch>, clock: Clock) -> Self {
        Self { dispatch, clock, places: HashMap::new(), asking: Asking::new() }
    }

    /// Requests a hold on a pick.
    pub(super) fn reserve(&mut self, id: HoldId, pick: Box<Pick>) {
        self.places.insert(id, Place::default());
        let (dispatch, now) = (self.dispatch.clone(), self.clock.now());
        self.asking.ask(async move {
            let held = dispatch.hold(&pick, id, now).await;
            let result = held.map(|hold| Reserved { hold, sale: Sale::of(&pick, now.wall) });
            let result = result.map_err(|refused| refused.skip());
            Answered::Reserved { hold: id, result }
        });
    }

    /// Ends a hold, or its call, after all that was asked about it before.
    pub(super) fn settle(&mut self, id: HoldId, how: Settle) {
        let Some(place) = self.places.get_mut(&id) else {
            return tracing::error!(hold = %id, ?how, "unknown hold settled");
        };
        match place.hold.take() {
            Some(hold) => self.ask_to_settle(hold, how),
            None if place.waiting.len() < WAITING_MAX => place.waiting.push(how),
            // It expires.
            None => tracing::error!(hold = %id, ?how, "hold settled too often"),
        }
    }

    /// The call lives: so do its holds. One that is being asked about has its turn at the next
    /// heartbeat.
    pub(super) fn renew(&mut self, ids: &[HoldId]) {
        let now = self.clock.now();
        for id in ids {
            let Some(hold) = self.places.get_mut(id).and_then(|place| place.hold.take()) else {
                continue;
            };
            let dispatch = self.dispatch.clone();
            self.asking.ask(async move {
                // What was lost is reserved again, which is reported there.
                let _known = dispatch.renew(&hold, now).await;
                Answered::Back(hold)
            });
        }
    }

    /// The next answer, for [`Holds::take_in`].
    pub(super) async fn answer(&mut self) -> Option<Answered> {
        self.asking.answer().await
    }

    /// Notes an answer, asks what waited for it, and hands on what the call has to know.
    pub(super) fn take_in(&mut self, answer: Answered) -> Option<Granted> {
        match answer {
            Answered::Reserved { hold, result } => {
                let result = result.map(|Reserved { hold, sale }| {
                    self.put_back(hold);
                    sale
                });
                if result.is_err() {
                    self.places.remove(&hold);
                }
                Some(Granted { hold, result })
            }
            Answered::Back(hold) => {
                self.put_back(hold);
                None
            }
        }
    }

    /// Whether nothing is asked.
    pub(super) fn is_idle(&self) -> bool {
        self.asking.is_empty()
    }

    fn put_back(&mut self, hold: Hold) {
        let id = hold.id;
        let Some(place) = self.places.get_mut(&id) else { return };
        if hold.is_over() {
            self.places.remove(&id);
        } else if place.waiting.is_empty() {
            place.hold = Some(hold);
        } else {
            let how = place.waiting.remove(0);
            self.ask_to_settle(hold, how);
        }
    }

    fn ask_to_settle(&mut self, mut hold: Hold, how: Settle) {
        let (dispatch, now) = (self.dispatch.clone(), self.clock.now());
        self.asking.ask(async move {
            // What is amiss was mended and reported there.
            let _known = dispatch.settle(&mut hold, how, now).await;
            Answered::Back(hold)
        });
    }
}

#[cfg(test)]
mod tests;
