//! Asks of one sort that are made while a call is under way, gathered into the next call.
//!
//! A call costs the server several times what one ask in it costs. Each ask has its own answer; asks
//! are carried out in the order in which they were made.

use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::wire::Answer;
use super::wire::Unavailable;

/// Most asks in one call: the server works on it for about a millisecond, and answers no other call.
const ASKS_MAX: usize = 128;
/// Most asks that wait for the next call; those beyond wait until there is room.
const WAITING_MAX: usize = 1_024;

/// The arguments of one ask.
#[derive(Debug)]
pub(super) struct Asked(pub(super) Vec<Vec<u8>>);

/// An ask that waits.
#[derive(Debug)]
struct Waiting {
    asked: Asked,
    answer: oneshot::Sender<Result<Answer, Unavailable>>,
}

/// Asks for one function, which takes many and answers each.
#[derive(Debug)]
pub(super) struct Gather {
    /// One call at a time.
    turn: tokio::sync::Mutex<()>,
    waiting: mpsc::Sender<Waiting>,
    /// Taken by [`Gather::run`].
    next: Mutex<Option<mpsc::Receiver<Waiting>>>,
}

impl Default for Gather {
    fn default() -> Self {
        let (waiting, next) = mpsc::channel(WAITING_MAX);
        Self { turn: tokio::sync::Mutex::default(), waiting, next: Mutex::new(Some(next)) }
    }
}

impl Gather {
    /// Asks: at once if no call is under way, else with the next one. `call` calls the function and
    /// returns the answers in the order of the asks.
    pub(super) async fn ask<F>(
        &self,
        asked: Asked,
        call: impl Fn(Vec<Asked>) -> F,
    ) -> Result<Answer, Unavailable>
    where
        F: Future<Output = Result<Vec<Answer>, Unavailable>>,
    {
        if let Ok(_turn) = self.turn.try_lock() {
            return call(vec![asked]).await?.pop().ok_or(Unavailable);
        }
        let (answer, answered) = oneshot::channel();
        match self.waiting.send(Waiting { asked, answer }).await {
            Ok(()) => answered.await.unwrap_or(Err(Unavailable)),
            // The node stops, and no task gathers any more.
            Err(mpsc::error::SendError(Waiting { asked, .. })) => {
                let _turn = self.turn.lock().await;
                call(vec![asked]).await?.pop().ok_or(Unavailable)
            }
        }
    }

    /// Calls for what waits, until `end` and until nothing waits any more.
    pub(super) async fn run<F>(&self, end: &CancellationToken, call: impl Fn(Vec<Asked>) -> F)
    where
        F: Future<Output = Result<Vec<Answer>, Unavailable>>,
    {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut next) = next else { return };
        loop {
            let first = tokio::select! {
                biased;
                first = next.recv() => first,
                () = end.cancelled(), if !next.is_closed() => {
                    next.close();
                    continue;
                }
            };
            let Some(first) = first else { return };
            let _turn = self.turn.lock().await;
            let (mut all, mut answers) = (vec![first.asked], vec![first.answer]);
            while all.len() < ASKS_MAX
                && let Ok(Waiting { asked, answer }) = next.try_recv()
            {
                all.push(asked);
                answers.push(answer);
            }
            let mut answered = call(all).await.map(Vec::into_iter);
            for answer in answers {
                let own = answered.as_mut().map_err(|why| *why);
                let own = own.and_then(|answered| answered.next().ok_or(Unavailable));
                // A caller that does not wait any more does not need it.
                let _gone = answer.send(own);
            }
        }
    }
}
