//! The stream: publishes and keeps the latest events.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::watch;

use super::Event;
use super::EventId;
use super::Subject;
use crate::base::Wall;

/// Most events kept. A new event replaces the oldest; a follower that has not read the oldest then
/// reads a loss.
pub const EVENTS_MAX: usize = 4_096;

/// The stream of events. Clones share it.
#[derive(Debug, Clone)]
pub struct Events(Arc<Stream>);

#[derive(Debug)]
struct Stream {
    run: i64,
    kept: Mutex<Kept>,
    news: watch::Sender<News>,
}

#[derive(Debug)]
struct Kept {
    /// The number of the oldest kept event, or of the next event when none is kept.
    first: u64,
    events: VecDeque<Arc<Event>>,
}

/// State that followers wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Events up to this number are published.
    Number(u64),
    /// The stream has ended.
    Closed,
}

/// What follows a number in the stream.
pub(super) enum After {
    /// The next event.
    Event(Arc<Event>),
    /// The next events are no longer kept. The oldest kept event has this number.
    Gap(u64),
    /// No further event is published.
    Nothing,
}

impl Default for Events {
    fn default() -> Self {
        Self::new(Wall::default())
    }
}

impl Events {
    /// Returns an empty stream for a run of the switch that starts at `now`.
    pub fn new(now: Wall) -> Self {
        let kept = Kept { first: 1, events: VecDeque::new() };
        let news = watch::Sender::new(News::Number(0));
        Self(Arc::new(Stream { run: now.micros() / 1_000, kept: Mutex::new(kept), news }))
    }

    /// Appends an event. Never waits.
    pub fn publish(&self, at: Wall, subject: Subject) {
        let mut kept = self.kept();
        let number = kept.end();
        let id = EventId { run: self.0.run, number };
        kept.events.push_back(Arc::new(Event { id, at, subject }));
        if kept.events.len() > EVENTS_MAX {
            kept.events.pop_front();
            kept.first += 1;
        }
        drop(kept);
        self.0.news.send_if_modified(|news| match news {
            News::Number(latest) => {
                *latest = number.max(*latest);
                true
            }
            News::Closed => false,
        });
    }

    /// Ends the stream: followers read the kept events, then the end.
    pub fn close(&self) {
        self.0.news.send_replace(News::Closed);
    }

    /// Returns the number of the next event.
    pub(super) fn end(&self) -> u64 {
        self.kept().end()
    }

    pub(super) fn watch(&self) -> watch::Receiver<News> {
        self.0.news.subscribe()
    }

    pub(super) fn id(&self, number: u64) -> EventId {
        EventId { run: self.0.run, number }
    }

    /// Returns the event with the number `next`, or why there is none.
    pub(super) fn after(&self, next: u64) -> After {
        let kept = self.kept();
        let Some(place) = next.checked_sub(kept.first) else { return After::Gap(kept.first) };
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        kept.events.get(place).cloned().map_or(After::Nothing, After::Event)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is atomic under the lock; a panic elsewhere leaves the state consistent.
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Returns the number of the next event.
    fn end(&self) -> u64 {
        self.first + u64::try_from(self.events.len()).unwrap_or(u64::MAX)
    }
}
