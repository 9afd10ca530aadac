//! Simulated buyers: how each reacts to a call, by the dialed user.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::phone_error::PhoneError;
use super::phones::Arrival;
use super::phones::Phones;
use super::tone::CALLER_HZ;

/// Longest wait of a buyer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Length of the caller's voice that a buyer must hear.
const VOICE: Duration = Duration::from_millis(300);

/// Reaction of a buyer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Rings for this long, answers, plays a tone, and waits for the caller's voice.
    Answers(Duration),
    /// Answers at once, and presses 1 after the whisper.
    PressesOne,
    /// Is busy.
    Busy,
    /// Does not answer.
    Sleeps,
    /// Answers at once, and hangs up after this time.
    HangsUp(Duration),
}

/// A buyer's phone: the user part of its address, its reaction, and the tone it plays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk {
    pub(super) user: &'static str,
    pub(super) manner: Manner,
    pub(super) hz: u32,
}

/// Report of a buyer about an answered call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BuyerReport {
    pub(super) user: &'static str,
    pub(super) caller: bool,
}

/// Takes every call until the phones are dropped; reports whether the buyer heard the caller.
pub(super) async fn work(
    phones: Phones,
    mut arrivals: mpsc::Receiver<Arrival>,
    desks: &'static [Desk],
    reports: mpsc::Sender<BuyerReport>,
) {
    let mut calls = JoinSet::new();
    while let Some(arrival) = arrivals.recv().await {
        while calls.try_join_next().is_some() {}
        let desk = desks.iter().find(|desk| desk.user == arrival.incoming.called());
        match desk {
            Some(desk) => {
                calls.spawn(take(phones.clone(), arrival, *desk, reports.clone()));
            }
            None => phones.refuse(arrival, 404).await,
        }
    }
}

async fn take(
    phones: Phones,
    mut arrival: Arrival,
    desk: Desk,
    reports: mpsc::Sender<BuyerReport>,
) {
    match desk.manner {
        Manner::Busy => return phones.refuse(arrival, 486).await,
        Manner::Sleeps => {
            phones.ring(&arrival).await;
            // The caller's CANCEL ends the ringing and closes the events.
            while arrival.events.recv().await.is_some_and(|event| !event.is_terminal()) {}
            return;
        }
        Manner::Answers(after) => {
            phones.ring(&arrival).await;
            tokio::select! {
                () = tokio::time::sleep(after) => {}
                _ = arrival.events.recv() => return,
            }
        }
        Manner::PressesOne | Manner::HangsUp(_) => phones.ring(&arrival).await,
    }
    // A leg that ends while it is connected is normal in the demo.
    drop(converse(phones, arrival, desk, reports).await);
}

async fn converse(
    phones: Phones,
    arrival: Arrival,
    desk: Desk,
    reports: mpsc::Sender<BuyerReport>,
) -> Result<(), PhoneError> {
    let mut leg = phones.answer(arrival).await?;
    if desk.manner == Manner::PressesOne {
        leg.hear_sound(Duration::from_millis(500), PATIENCE).await?;
        leg.press("1").await;
    }
    leg.hum(desk.hz).await;
    let caller = leg.hear_tone(CALLER_HZ, VOICE, PATIENCE).await.is_ok();
    // The receiver may be dropped: the demo has ended.
    reports.send(BuyerReport { user: desk.user, caller }).await.ok();
    if let Manner::HangsUp(after) = desk.manner {
        tokio::time::sleep(after).await;
        leg.hang_up().await;
    }
    leg.until_over(PATIENCE).await.map(drop)
}
