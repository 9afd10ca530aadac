//! The holds of one call: reserved, renewed and settled while the call continues.
//!
//! Requests about different holds run concurrently. A hold moves into its request and comes back
//! with the answer, so requests about one hold stay in order: reservation, commitment, end.

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

/// Most settlements of one hold that wait for a request in progress: a commitment and an end.
const WAITING_MAX: usize = 2;

/// The request in progress about one hold, and what follows it.
#[derive(Default)]
struct Place {
    /// The hold; `None` while a request owns it.
    hold: Option<Hold>,
    waiting: Vec<Settle>,
}

/// An answer.
pub(super) enum Answered {
    Reserved {
        hold: HoldId,
        result: Result<Reserved, Skip>,
    },
    /// The hold was renewed or settled.
    Back(Hold),
}

/// A granted hold.
pub(super) struct Reserved {
    hold: Hold,
    sale: Sale,
}

/// Result of a reservation: what the hold has taken, or why the buyer may not be dialled.
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
            let result = held.map(|hold| Reserved { hold, sale: Sale::of(&pick, id, now.wall) });
            let result = result.map_err(|refused| refused.skip());
            Answered::Reserved { hold: id, result }
        });
    }

    /// Settles a hold, after all earlier requests about it.
    pub(super) fn settle(&mut self, id: HoldId, how: Settle) {
        let Some(place) = self.places.get_mut(&id) else {
            return tracing::error!(hold = %id, ?how, "unknown hold settled");
        };
        match place.hold.take() {
            Some(hold) => self.ask_to_settle(hold, how),
            None if place.waiting.len() < WAITING_MAX => place.waiting.push(how),
            // The hold expires by itself.
            None => tracing::error!(hold = %id, ?how, "hold settled too often"),
        }
    }

    /// Renews the holds of a live call. A hold with a request in progress is renewed at the next
    /// heartbeat.
    pub(super) fn renew(&mut self, ids: &[HoldId]) {
        let now = self.clock.now();
        for id in ids {
            let Some(hold) = self.places.get_mut(id).and_then(|place| place.hold.take()) else {
                continue;
            };
            let dispatch = self.dispatch.clone();
            self.asking.ask(async move {
                // The dispatch reserves a lost hold again, and reports that.
                let _known = dispatch.renew(&hold, now).await;
                Answered::Back(hold)
            });
        }
    }

    /// Waits for the next answer, for [`Holds::take_in`].
    pub(super) async fn answer(&mut self) -> Option<Answered> {
        self.asking.answer().await
    }

    /// Processes an answer, starts the settlement that waited for it, and returns the result of a
    /// reservation for the call.
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

    /// Returns whether no request is in progress.
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
            // The dispatch repairs and reports faults.
            let _known = dispatch.settle(&mut hold, how, now).await;
            Answered::Back(hold)
        });
    }
}

#[cfg(test)]
mod tests;
