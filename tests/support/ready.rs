//! Futures that are ready at once, like those of a quota in memory.

use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

/// Returns the output of a future that is ready at once.
///
/// # Panics
/// If the future is not ready at once.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is not ready"),
    }
}
