//! Questions of a call that run concurrently while the call continues.

use std::collections::VecDeque;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Questions in progress. Each starts when it is asked and runs to its end even if its answer is
/// not awaited. Dropping this cancels them. A call has few at a time: one for each buyer
/// that it rings.
pub(super) struct Asking<T> {
    /// Answers that were available immediately.
    known: VecDeque<T>,
    later: JoinSet<T>,
}

impl<T: Send + 'static> Asking<T> {
    pub(super) fn new() -> Self {
        Self { known: VecDeque::new(), later: JoinSet::new() }
    }

    /// Starts a question. An answer that is available immediately needs no task.
    pub(super) fn ask(&mut self, question: impl Future<Output = T> + Send + 'static) {
        let mut question = Box::pin(question.in_current_span());
        match question.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => self.known.push_back(answer),
            Poll::Pending => {
                self.later.spawn(question);
            }
        }
    }

    /// Waits for the next answer; `None` if no question is open. Dropping the future loses no
    /// answer.
    ///
    /// # Panics
    ///
    /// If a question panicked, as its answer would never come.
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

    /// Returns whether no question is open.
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
