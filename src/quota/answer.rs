//! Answers that are ready at once, or come from another machine or task.

use std::future::Ready;
use std::future::ready;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

/// Future of an answer. An answer that is ready allocates nothing.
#[must_use = "futures do nothing unless they are awaited"]
pub enum QuotaAnswer<'a, T> {
    /// The answer is ready.
    Now(Ready<T>),
    /// Another machine or task answers.
    Later(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
}

impl<'a, T> QuotaAnswer<'a, T> {
    /// Creates an answer that is ready.
    pub fn now(answer: T) -> Self {
        Self::Now(ready(answer))
    }

    /// Creates an answer that another machine or task gives.
    pub fn later(asked: impl Future<Output = T> + Send + 'a) -> Self {
        Self::Later(Box::pin(asked))
    }
}

impl<T> Future for QuotaAnswer<'_, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match self.get_mut() {
            QuotaAnswer::Now(known) => Pin::new(known).poll(context),
            QuotaAnswer::Later(asked) => asked.as_mut().poll(context),
        }
    }
}

impl<T> std::fmt::Debug for QuotaAnswer<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            QuotaAnswer::Now(_) => "Now",
            QuotaAnswer::Later(_) => "Later",
        })
    }
}
