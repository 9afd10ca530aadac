//! Asks of one sort that are made while a call is under way, gathered into the next call.
//!
//! A call costs the server several times what one ask in it costs. Each ask has its own answer; asks
//! are carried out in the order in which they were made.

use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Redis;
use super::Unavailable;
use super::wire::Answer;

/// Most asks in one call: for about a millisecond, the server answers nobody else.
const ASKS_MAX: usize = 128;
/// Most asks that wait for the next call; those beyond wait until there is room.
const WAITING_MAX: usize = 1_024;

/// An ask that waits.
#[derive(Debug)]
struct Waiting {
    /// Arguments of the function.
    words: Vec<Vec<u8>>,
    answer: oneshot::Sender<Result<Answer, Unavailable>>,
}

/// Asks for one function, which takes many and answers each.
#[derive(Debug)]
pub(super) struct Gather {
    /// The function.
    name: &'static str,
    /// One call at a time.
    turn: tokio::sync::Mutex<()>,
    ask: mpsc::Sender<Waiting>,
    /// Taken by [`Gather::run`].
    asked: Mutex<Option<mpsc::Receiver<Waiting>>>,
}

impl Gather {
    /// Prepares asks for a function.
    pub(super) fn new(name: &'static str) -> Self {
        let (ask, asked) = mpsc::channel(WAITING_MAX);
        Self { name, turn: tokio::sync::Mutex::default(), ask, asked: Mutex::new(Some(asked)) }
    }

    /// Asks: at once if no call is under way, else with the next one.
    pub(super) async fn ask(
        &self,
        redis: &Redis,
        words: Vec<Vec<u8>>,
    ) -> Result<Answer, Unavailable> {
        if let Ok(_turn) = self.turn.try_lock() {
            return self.call(redis, &[words]).await?.pop().ok_or(Unavailable);
        }
        let (answer, answered) = oneshot::channel();
        match self.ask.send(Waiting { words, answer }).await {
            Ok(()) => answered.await.unwrap_or(Err(Unavailable)),
            // The node stops, and nobody gathers.
            Err(mpsc::error::SendError(Waiting { words, .. })) => {
                let _turn = self.turn.lock().await;
                self.call(redis, &[words]).await?.pop().ok_or(Unavailable)
            }
        }
    }

    /// Calls for what waits, until `end` and until nothing waits any more.
    pub(super) async fn run(&self, redis: &Redis, end: &CancellationToken) {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut asked) = asked else { return };
        loop {
            let first = tokio::select! {
                biased;
                first = asked.recv() => first,
                () = end.cancelled(), if !asked.is_closed() => {
                    asked.close();
                    continue;
                }
            };
            let Some(first) = first else { return };
            let _turn = self.turn.lock().await;
            let (mut all, mut answers) = (vec![first.words], vec![first.answer]);
            while all.len() < ASKS_MAX
                && let Ok(Waiting { words, answer }) = asked.try_recv()
            {
                all.push(words);
                answers.push(answer);
            }
            let answered = self.call(redis, &all).await;
            let mut answered = answered.map(Vec::into_iter);
            for answer in answers {
                let own = answered.as_mut().map_err(|why| *why);
                let own = own.and_then(|answered| answered.next().ok_or(Unavailable));
                // Whoever does not wait any more does not need it.
                let _gone = answer.send(own);
            }
        }
    }

    /// Calls once. Returns the answers in the order of the asks.
    async fn call(&self, redis: &Redis, asks: &[Vec<Vec<u8>>]) -> Result<Vec<Answer>, Unavailable> {
        let session = redis.session().ok_or(Unavailable)?;
        let answer = redis.call(&session, self.name, |command| {
            asks.iter().flatten().for_each(|word| {
                command.arg(word);
            });
        });
        let mut answer = answer.await?;
        let answers = asks.iter().map_while(|_| answer.answer()).collect();
        redis.sight().take_in(&answer.text());
        Ok(answers)
    }
}
