//! Changes that others follow: of the book, of balances.

use tokio::sync::watch;

/// Something has changed, by this program or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A book was applied.
    Book {
        /// The newest version.
        version: u64,
    },
    /// Entries were added to balances.
    Balances {
        /// The newest entry.
        sequence: u64,
    },
}

/// How far everything that is followed has come. Each number only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Heads {
    /// The book's version; 0 before the first.
    pub(super) book: u64,
    /// The newest entry of the balances; 0 before the first.
    pub(super) balances: u64,
}

impl Heads {
    /// Goes up to `other` where that is further; says whether it was anywhere.
    pub(super) fn raise(&mut self, other: Heads) -> bool {
        let Heads { book, balances } = other;
        let raised = book > self.book || balances > self.balances;
        self.book = self.book.max(book);
        self.balances = self.balances.max(balances);
        raised
    }
}

/// The changes that one follower has not seen. A follower who is slow sees the newest of each kind
/// and none in between: nothing queues.
#[derive(Debug)]
pub struct ChangeStream {
    heads: watch::Receiver<Heads>,
    seen: Heads,
}

impl ChangeStream {
    /// From nothing on: what is there already comes first.
    pub(super) fn new(heads: watch::Receiver<Heads>) -> Self {
        Self { heads, seen: Heads::default() }
    }

    /// The next change; `None` when the store is closed. Cancelling it loses none.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            let Heads { book, balances } = *self.heads.borrow_and_update();
            if book > self.seen.book {
                self.seen.book = book;
                return Some(Change::Book { version: book });
            }
            if balances > self.seen.balances {
                self.seen.balances = balances;
                return Some(Change::Balances { sequence: balances });
            }
            self.heads.changed().await.ok()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_follower_sees_the_newest_of_each_kind_once() {
        let (told, heads) = watch::channel(Heads { book: 1, balances: 0 });
        let mut slow = ChangeStream::new(heads.clone());
        for version in 2..=9 {
            told.send_if_modified(|known| known.raise(Heads { book: version, balances: version }));
        }
        // What comes late and is older changes nothing.
        let late = Heads { book: 3, balances: 0 };
        assert!(!told.send_if_modified(|known| known.raise(late)));
        assert_eq!(slow.next().await, Some(Change::Book { version: 9 }));
        assert_eq!(slow.next().await, Some(Change::Balances { sequence: 9 }));
        drop(told);
        assert_eq!(slow.next().await, None);
        assert_eq!(ChangeStream::new(heads).next().await, Some(Change::Book { version: 9 }));
    }
}
