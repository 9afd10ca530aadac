//! Dead deliveries.

use super::count;
use super::event_id;
use super::field;
use super::keys::entry;
use super::moment;
use super::nullable;
use super::slug;
use super::text;
use super::word;
use crate::book::EventKind;
use crate::store::DeadDelivery;

schemas! {
    DeadDelivery => entry(&[
        field("delivery", count(), "Number of the delivery; later ones have higher numbers."),
        field("event", event_id(), "Id of the event: the `webhook-id` of its requests."),
        field("kind", word(EventKind::ALL.map(EventKind::name)), "Kind of the event."),
        field("at", moment(), "Time of the event."),
        field("attempts", count(), "Attempts that were made."),
        field("dead_at", moment(), "When it was given up."),
        field("fault", text(), "Why the last attempt failed."),
        field("inquiry", nullable(event_id()), "The call or lead of the event."),
    ], vec![
        field("postback", slug(), "The postback that does not have it."),
        field("contract", slug(), "The contract that bought the lead and does not have it."),
    ]);
}
