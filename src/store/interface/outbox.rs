//! Events and their deliveries.

use crate::base::PostbackId;
use crate::base::Wall;
use crate::outbox::Event;
use crate::outbox::Key;
use crate::outbox::Recipient;
use crate::outbox::Recipients;
use crate::store::Attempted;
use crate::store::DeadDelivery;
use crate::store::Delivery;
use crate::store::Mutation;
use crate::store::OutboxEvent;
use crate::store::OutboxFigures;
use crate::store::Pending;
use crate::store::Planned;
use crate::store::Resend;

/// Events and their deliveries. Events of calls are written by [`crate::store::Facts`], in the
/// transaction of their facts. Each new event wakes the followers of [`crate::store::Changes`].
pub trait Outbox: Send + Sync {
    /// Writes events that no fact causes, each once.
    fn events_write(&self, events: Vec<Event>) -> Pending<'_, ()>;

    /// Returns the oldest events that are not planned yet, in order; at most
    /// [`crate::store::OUTBOX_PAGE_MAX`].
    fn events_unplanned(&self) -> Pending<'_, Vec<OutboxEvent>>;

    /// Plans the deliveries of events, due at `at`. The events are all of those up to the last that
    /// were not planned. Removes events that nobody gets.
    fn deliveries_plan(&self, planned: Vec<Planned>, at: Wall) -> Pending<'_, ()>;

    /// Returns the deliveries that are due at `at`, the earliest first: for each recipient as many
    /// as it says, and at most [`crate::store::OUTBOX_PAGE_MAX`].
    fn deliveries_due(
        &self,
        wanted: Vec<(Recipient, usize)>,
        at: Wall,
    ) -> Pending<'_, Vec<Delivery>>;

    /// Returns when the first delivery after `at` is due.
    fn deliveries_next(&self, at: Wall) -> Pending<'_, Option<Wall>>;

    /// Stores the ends of attempts.
    fn deliveries_attempted(&self, attempts: Vec<Attempted>) -> Pending<'_, ()>;

    /// Returns dead deliveries with numbers below `before` (`None`: any), newest first; at most
    /// `limit`, and at most [`crate::store::OUTBOX_PAGE_MAX`].
    fn deliveries_dead(
        &self,
        of: Recipients,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<DeadDelivery>>;

    /// Makes dead deliveries due again, with a new day of attempts. Returns their number.
    fn deliveries_resend(&self, resend: Resend, by: Mutation) -> Pending<'_, u64>;

    /// Gives up deliveries that have waited too long or whose recipient is not among `known`.
    /// Returns their number.
    fn outbox_tidy(&self, known: Vec<Recipient>, at: Wall) -> Pending<'_, u64>;

    /// Returns the key that was made for a postback.
    fn postback_key(&self, postback: PostbackId) -> Pending<'_, Option<Key>>;

    /// Stores a new key for a postback, in place of an earlier one.
    fn postback_key_set(&self, postback: PostbackId, key: Key, by: Mutation) -> Pending<'_, ()>;

    /// Returns the state of the outbox.
    fn outbox_figures(&self) -> Pending<'_, OutboxFigures>;
}
