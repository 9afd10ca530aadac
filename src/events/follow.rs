//! A reader of the stream.

use std::sync::Arc;

use tokio::sync::watch;

use super::Event;
use super::EventId;
use super::Events;
use super::stream::After;
use super::stream::News;

/// Reads the stream from a given event on.
#[derive(Debug)]
pub struct Follower {
    events: Events,
    /// The number of the next event to read; 0 until a loss is reported.
    next: u64,
    news: watch::Receiver<News>,
}

/// Item that a follower reads.
#[derive(Debug, Clone)]
pub enum Followed {
    /// The next event.
    Event(Arc<Event>),
    /// Events were lost. The next event after the gap follows.
    Lost(Lost),
}

/// Events that a follower can no longer read: it was too slow, it was disconnected for too long,
/// or the switch restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// The id before the next event. A follower that resumes here reads that event next.
    pub resume: EventId,
    /// The number of lost events; `None` when it is unknown because the switch restarted.
    pub count: Option<u64>,
}

impl Follower {
    pub(super) fn at(events: Events, next: u64) -> Self {
        let news = events.watch();
        Self { events, next, news }
    }

    /// Returns a follower at an unknown position: it reads a loss, then all kept events.
    pub(super) fn lost(events: Events) -> Self {
        Self::at(events, 0)
    }

    /// Returns the next event or loss; `None` when the stream has ended. Cancel-safe: dropping the
    /// future loses no event.
    pub async fn next(&mut self) -> Option<Followed> {
        loop {
            let news = *self.news.borrow_and_update();
            if let Some(followed) = self.try_next() {
                return Some(followed);
            }
            if news == News::Closed || self.news.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Returns the next event or loss without waiting; `None` when there is none.
    pub fn try_next(&mut self) -> Option<Followed> {
        match self.events.after(self.next) {
            After::Event(event) => {
                self.next += 1;
                Some(Followed::Event(event))
            }
            After::Gap(first) => {
                let count = (self.next > 0).then(|| first - self.next);
                self.next = first;
                let resume = self.events.id(first - 1);
                Some(Followed::Lost(Lost { resume, count }))
            }
            After::Nothing => None,
        }
    }
}

impl Events {
    /// Returns a follower of the events published from now on.
    pub fn follow(&self) -> Follower {
        let next = self.end();
        Follower::at(self.clone(), next)
    }

    /// Returns a follower that continues after the event `id`. If the next event is no longer kept,
    /// or `id` is of another run, the follower first reads a [`Lost`].
    pub fn resume(&self, id: EventId) -> Follower {
        let next = id.number.saturating_add(1);
        if id.run == self.id(0).run && next <= self.end() {
            return Follower::at(self.clone(), next);
        }
        Follower::lost(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Wall;
    use crate::events::EVENTS_MAX;
    use crate::events::Subject;

    fn publish(events: &Events, versions: std::ops::RangeInclusive<u64>) {
        for version in versions {
            events.publish(Wall::default(), Subject::Book { version });
        }
    }

    fn read(follower: &mut Follower) -> Vec<String> {
        let show = |followed| match followed {
            Followed::Event(event) => match &event.subject {
                Subject::Book { version } => format!("{} v{version}", event.id),
                other => unreachable!("only books: {other:?}"),
            },
            Followed::Lost(lost) => format!("{} lost {:?}", lost.resume, lost.count),
        };
        std::iter::from_fn(|| follower.try_next()).map(show).collect()
    }

    #[test]
    fn a_follower_resumes_without_gap_or_duplicate() {
        let events = Events::new(Wall::from_micros(5_000));
        let mut first = events.follow();
        publish(&events, 1..=3);
        assert_eq!(read(&mut first), ["5-1 v1", "5-2 v2", "5-3 v3"]);
        for (id, expected) in [
            ("5-0", vec!["5-1 v1", "5-2 v2", "5-3 v3"]),
            ("5-2", vec!["5-3 v3"]),
            ("5-3", vec![]),
            // Not published yet, and of another run.
            ("5-4", vec!["5-0 lost None", "5-1 v1", "5-2 v2", "5-3 v3"]),
            ("4-2", vec!["5-0 lost None", "5-1 v1", "5-2 v2", "5-3 v3"]),
        ] {
            assert_eq!(read(&mut events.resume(id.parse().unwrap())), expected, "{id}");
        }
        let mut late = events.follow();
        publish(&events, 4..=4);
        assert_eq!(read(&mut late), ["5-4 v4"]);
    }

    #[test]
    fn a_slow_follower_reads_how_many_events_it_lost() {
        let events = Events::new(Wall::from_micros(5_000));
        let mut slow = events.follow();
        let most = u64::try_from(EVENTS_MAX).unwrap();
        publish(&events, 1..=most);
        assert_eq!(read(&mut slow).len(), EVENTS_MAX, "all kept events are read");
        publish(&events, 1..=most + 2);
        let found = read(&mut slow);
        let resume = format!("5-{}", most + 2);
        assert_eq!(found[0], format!("{resume} lost Some(2)"));
        assert_eq!(found.len(), EVENTS_MAX + 1);
        assert_eq!(read(&mut events.resume(resume.parse().unwrap()))[..], found[1..]);
    }

    #[tokio::test]
    async fn a_follower_waits_for_the_next_event_until_the_stream_ends() {
        let events = Events::default();
        let mut follower = events.follow();
        let mut next = Box::pin(follower.next());
        let waker = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(next.as_mut().poll(waker).is_pending());
        publish(&events, 1..=2);
        assert!(matches!(next.await, Some(Followed::Event(_))));
        events.close();
        assert!(
            matches!(follower.next().await, Some(Followed::Event(_))),
            "kept events are read after the end"
        );
        assert!(follower.next().await.is_none());
        publish(&events, 3..=3);
        assert!(matches!(follower.next().await, Some(Followed::Event(_))));
        assert!(follower.next().await.is_none(), "an ended stream stays ended");
    }
}
