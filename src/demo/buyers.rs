//! Simulated buyers: what each does when it is rung, by the user it is dialled as.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::phone_error::PhoneError;
use super::phones::Arrival;
use super::phones::Phones;
use super::tone::CALLER_HZ;

/// The longest that a buyer waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of the caller's voice a buyer must hear.
const VOICE: Duration = Duration::from_millis(300);

/// What a buyer does when it is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Rings for so long, answers, hums, and waits for the caller's voice.
    Answers(Duration),
    /// Answers at once, and presses 1 after the whisper.
    PressesOne,
    /// Is on another call.
    Busy,
    /// Lets it ring.
    Sleeps,
    /// Answers at once, and hangs up after so long.
    HangsUp(Duration),
}

/// A buyer's phone: the user part of its address, its manner, and the tone it hums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk {
    pub(super) user: &'static str,
    pub(super) manner: Manner,
    pub(super) hz: u32,
}

/// What a buyer reports of a call that it answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BuyerReport {
    pub(super) user: &'static str,
    pub(super) caller: bool,
}

/// Takes every call until the phones are gone; reports whether the caller was heard.
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
            // The ring ends with the caller's CANCEL, which closes the events.
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
    // The receiver may be gone: the demo is over.
    reports.send(BuyerReport { user: desk.user, caller }).await.ok();
    if let Manner::HangsUp(after) = desk.manner {
        tokio::time::sleep(after).await;
        leg.hang_up().await;
    }
    leg.until_over(PATIENCE).await.map(drop)
}
