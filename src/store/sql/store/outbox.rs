//! Events and deliveries of the SQLite store.

use std::time::Duration;

use super::Database;
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
use crate::store::Outbox;
use crate::store::OutboxEvent;
use crate::store::OutboxFigures;
use crate::store::Pending;
use crate::store::Planned;
use crate::store::Resend;
use crate::store::change::Heads;
use crate::store::sql::delivery;
use crate::store::sql::event;

/// How long plans and ends of deliveries may wait to share a commit. A crash during the wait sends
/// an event again.
const ATTEMPT: Duration = Duration::from_millis(20);

impl Outbox for Database {
    fn events_write(&self, events: Vec<Event>) -> Pending<'_, ()> {
        self.writer.write(move |db| events.iter().try_for_each(|one| event::write(db, one)))
    }

    fn events_unplanned(&self) -> Pending<'_, Vec<OutboxEvent>> {
        self.readers.read(event::unplanned)
    }

    fn deliveries_plan(&self, planned: Vec<Planned>, at: Wall) -> Pending<'_, ()> {
        self.writer.write_within(ATTEMPT, move |db| delivery::plan(db, &planned, at))
    }

    fn deliveries_due(
        &self,
        wanted: Vec<(Recipient, usize)>,
        at: Wall,
    ) -> Pending<'_, Vec<Delivery>> {
        self.readers.read(move |db| delivery::due(db, &wanted, at))
    }

    fn deliveries_next(&self, at: Wall) -> Pending<'_, Option<Wall>> {
        self.readers.read(move |db| delivery::next(db, at))
    }

    fn deliveries_attempted(&self, attempts: Vec<Attempted>) -> Pending<'_, ()> {
        self.writer.write_within(ATTEMPT, move |db| delivery::attempted(db, &attempts))
    }

    fn deliveries_dead(
        &self,
        of: Recipients,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<DeadDelivery>> {
        self.readers.read(move |db| delivery::dead(db, &of, before, limit))
    }

    fn deliveries_resend(&self, resend: Resend, by: Mutation) -> Pending<'_, u64> {
        Pending::new(async move {
            let count = self.writer.write(move |db| delivery::resend(db, &resend, &by)).await?;
            self.written(Heads::default()).await;
            Ok(count)
        })
    }

    fn outbox_tidy(&self, known: Vec<Recipient>, at: Wall) -> Pending<'_, u64> {
        self.writer.write(move |db| delivery::tidy(db, &known, at))
    }

    fn postback_key(&self, postback: PostbackId) -> Pending<'_, Option<Key>> {
        self.readers.read(move |db| delivery::key(db, &postback))
    }

    fn postback_key_set(&self, postback: PostbackId, key: Key, by: Mutation) -> Pending<'_, ()> {
        self.writer.write(move |db| delivery::set_key(db, &postback, &key, &by))
    }

    fn outbox_figures(&self) -> Pending<'_, OutboxFigures> {
        self.readers.read(delivery::figures)
    }
}
