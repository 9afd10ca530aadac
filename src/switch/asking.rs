//! Questions whose answers may take a while.

use std::collections::VecDeque;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Questions under way. Each is begun at once, in the order in which they are asked, and is carried
/// to its end even if its answer is not awaited; only when the whole is dropped they are
/// canceled. A call asks few at a time: as many as it rings buyers.
pub(super) struct Asking<T> {
    /// Those that were answered when they were asked.
    known: VecDeque<T>,
    later: JoinSet<T>,
}

impl<T: Send + 'static> Asking<T> {
    pub(super) fn new() -> Self {
        Self { known: VecDeque::new(), later: JoinSet::new() }
    }

    /// Asks. An answer that is known at once takes no task.
    pub(super) fn ask(&mut self, question: impl Future<Output = T> + Send + 'static) {
        let mut question = Box::pin(question.in_current_span());
        match question.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => self.known.push_back(answer),
            Poll::Pending => {
                self.later.spawn(question);
            }
        }
    }

    /// The next answer; `None` when nothing is asked. Nothing is lost when the future is dropped.
    ///
    /// # Panics
    /// When a question did: its answer would be waited for for ever.
    pub(super) async fn answer(&mut self) -> Option<T> {
        if let Some(answer) = self.known.pop_front() {
            return Some(answer);
        }
        match self.later.join_next().await? {
            Ok(answer) => Some(answer),
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // A question is never canceled.
                Err(_) => None,
            },
        }
    }

    /// Returns how many answers are awaited.
    pub(super) fn pending(&self) -> usize {
        self.later.len()
    }

    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.later.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn answers_come_as_they_are_known() {
        let mut asking = Asking::new();
        assert_eq!(asking.answer().await, None);
        let (sender, receiver) = oneshot::channel();
        asking.ask(async move { receiver.await.unwrap() });
        asking.ask(async { 1 });
        asking.ask(async { 2 });
        assert_eq!((asking.answer().await, asking.answer().await), (Some(1), Some(2)));
        assert!(!asking.is_empty());
        sender.send(3).unwrap();
        assert_eq!(asking.answer().await, Some(3));
        assert!(asking.is_empty());
    }

    #[tokio::test]
    #[should_panic(expected = "no answer")]
    async fn a_question_that_panics_is_not_waited_for() {
        let mut asking = Asking::<()>::new();
        asking.ask(async {
            tokio::task::yield_now().await;
            panic!("no answer");
        });
        asking.answer().await;
    }
}
