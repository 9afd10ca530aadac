//! Changes of the book, of balances, of pauses, of the model in use, of hang-ups that other nodes
//! ask for, and of the outbox, and the streams through which followers receive them.

use tokio::sync::watch;

/// A change, made by this program or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A book was applied.
    Book {
        /// Newest version of the book.
        version: u64,
    },
    /// Entries were added to balances.
    Balances {
        /// Number of the newest entry.
        sequence: u64,
    },
    /// Budgets were corrected after the end of a sale's call.
    Budgets {
        /// Number of the newest posting of a budget.
        posting: u64,
    },
    /// A return was asked for.
    Returns {
        /// Number of the newest return.
        number: u64,
    },
    /// Pauses of contracts began, or were resumed.
    Pauses {
        /// Number of the newest change of a pause.
        sequence: u64,
    },
    /// Another model, or the points table, scores inquiries.
    Scores {
        /// Number of the newest change of the model in use.
        change: u64,
    },
    /// A node asked others to hang up a call.
    HangUps {
        /// Number of the newest hang-up.
        number: u64,
    },
    /// Events were added to the outbox, or deliveries are to be resent.
    Outbox,
}

/// Newest version of the book, balance entry, posting of a budget, return, change of a pause, change
/// of the model in use, hang-up, and event. A number that decreases changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Heads {
    /// Version of the book; 0 before the first.
    pub(super) book: u64,
    /// Number of the newest balance entry; 0 before the first.
    pub(super) balances: u64,
    /// Number of the newest posting of a budget; 0 before the first.
    pub(super) budgets: u64,
    /// Number of the newest return; 0 before the first.
    pub(super) returns: u64,
    /// Number that each event of the outbox and each request to resend raises.
    pub(super) outbox: u64,
    /// Number of the newest change of a pause; 0 before the first.
    pub(super) pauses: u64,
    /// Number of the newest change of the model in use; 0 before the first.
    pub(super) scores: u64,
    /// Number of the newest hang-up that waits for its node; 0 when none waits.
    pub(super) hang_ups: u64,
}

impl Heads {
    /// Raises each number to that of `other` if that is higher. Returns whether any changed.
    pub(super) fn raise(&mut self, other: Heads) -> bool {
        let before = *self;
        let Heads { book, balances, budgets, returns, pauses, scores, hang_ups, outbox } = other;
        self.book = self.book.max(book);
        self.balances = self.balances.max(balances);
        self.budgets = self.budgets.max(budgets);
        self.returns = self.returns.max(returns);
        self.pauses = self.pauses.max(pauses);
        self.scores = self.scores.max(scores);
        self.hang_ups = self.hang_ups.max(hang_ups);
        self.outbox = self.outbox.max(outbox);
        *self != before
    }
}

/// Changes that a follower has not read yet. A slow follower gets only the newest change of each
/// kind: changes are not queued.
#[derive(Debug)]
pub struct ChangeStream {
    heads: watch::Receiver<Heads>,
    seen: Heads,
}

impl ChangeStream {
    /// Creates a stream that begins with the current state.
    pub(super) fn new(heads: watch::Receiver<Heads>) -> Self {
        Self { heads, seen: Heads::default() }
    }

    /// Waits for the next change and returns it; `None` when the store is closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            let Heads { book, balances, budgets, returns, pauses, scores, hang_ups, outbox } =
                *self.heads.borrow_and_update();
            if book > self.seen.book {
                self.seen.book = book;
                return Some(Change::Book { version: book });
            }
            if balances > self.seen.balances {
                self.seen.balances = balances;
                return Some(Change::Balances { sequence: balances });
            }
            if budgets > self.seen.budgets {
                self.seen.budgets = budgets;
                return Some(Change::Budgets { posting: budgets });
            }
            if returns > self.seen.returns {
                self.seen.returns = returns;
                return Some(Change::Returns { number: returns });
            }
            if pauses > self.seen.pauses {
                self.seen.pauses = pauses;
                return Some(Change::Pauses { sequence: pauses });
            }
            if scores > self.seen.scores {
                self.seen.scores = scores;
                return Some(Change::Scores { change: scores });
            }
            if hang_ups > self.seen.hang_ups {
                self.seen.hang_ups = hang_ups;
                return Some(Change::HangUps { number: hang_ups });
            }
            if outbox > self.seen.outbox {
                self.seen.outbox = outbox;
                return Some(Change::Outbox);
            }
            self.heads.changed().await.ok()?;
        }
    }

    /// Waits for the next change of which `of` makes something, and returns that; `None` when the
    /// store is closed. Passes over the changes before it. Cancel-safe.
    pub async fn find<T>(&mut self, of: impl Fn(Change) -> Option<T>) -> Option<T> {
        loop {
            if let Some(found) = of(self.next().await?) {
                return Some(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(number: u64) -> Heads {
        Heads {
            book: number,
            balances: number,
            budgets: number,
            returns: number,
            pauses: number,
            scores: number,
            hang_ups: number,
            outbox: 0,
        }
    }

    #[tokio::test]
    async fn a_slow_follower_reads_the_newest_of_each_kind_once() {
        let (sender, heads) = watch::channel(Heads { book: 1, ..Heads::default() });
        let mut slow = ChangeStream::new(heads.clone());
        for version in 2..=9 {
            sender.send_if_modified(|known| known.raise(every(version)));
        }
        // An older state that arrives late changes nothing.
        let late = Heads { book: 3, ..Heads::default() };
        assert!(!sender.send_if_modified(|known| known.raise(late)));
        assert_eq!(slow.next().await, Some(Change::Book { version: 9 }));
        assert_eq!(slow.next().await, Some(Change::Balances { sequence: 9 }));
        assert_eq!(slow.next().await, Some(Change::Budgets { posting: 9 }));
        assert_eq!(slow.next().await, Some(Change::Returns { number: 9 }));
        assert_eq!(slow.next().await, Some(Change::Pauses { sequence: 9 }));
        assert_eq!(slow.next().await, Some(Change::Scores { change: 9 }));
        assert_eq!(slow.next().await, Some(Change::HangUps { number: 9 }));
        drop(sender);
        assert_eq!(slow.next().await, None);
        assert_eq!(ChangeStream::new(heads).next().await, Some(Change::Book { version: 9 }));
    }
}
