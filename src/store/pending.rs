//! The pending result of a store operation.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use super::StoreError;

/// The pending result of an operation. The operation starts at the first poll. Dropping the result
/// after that does not cancel a write, which may or may not be made.
#[must_use = "nothing is stored before this is awaited"]
pub struct Pending<'a, T>(Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>);

impl<'a, T> Pending<'a, T> {
    /// Creates a pending result from a future.
    pub fn new(future: impl Future<Output = Result<T, StoreError>> + Send + 'a) -> Self {
        Self(Box::pin(future))
    }
}

impl<T> Future for Pending<'_, T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Pending<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}
