//! Renews the holds of live calls, and finds calls whose end the carrier did not report.
//!
//! Callbacks may be lost. For a call without recent callbacks the switch requests the state from
//! the carrier; where that is not possible, it ends the call after the longest possible duration.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Webhooks;
use super::ask::Standing;
use super::conduct::Unwritten;
use super::live::Live;
use super::slots::Slot;
use crate::base::NodeName;
use crate::base::Wall;
use crate::carrier::Carrier;
use crate::carrier::CarrierCallId;
use crate::carrier::Source;
use crate::carrier::Swept;
use crate::store::Origin;
use crate::switch::asking::Asking;
use crate::switch::beats::beats;

/// Interval between rounds, well below the holds' time to live.
const ROUND: Duration = Duration::from_secs(5);
/// Most calls whose holds are renewed at once, where the quota is on another machine.
const RENEWALS_MAX: usize = 64;
/// Most carriers' answers about calls that are awaited at once.
const INQUIRIES_MAX: usize = 16;
/// Longest wait for the end of a dial after the caller is gone.
const GONE_FOR: Duration = Duration::from_secs(20);
/// Longest silence of a carrier about a call before the switch requests its state.
const SILENT_FOR: Duration = Duration::from_secs(120);
/// Longest time of a caller in one document of a flow, if the carrier's API cannot be used.
const ASKING_MAX: Duration = Duration::from_secs(15 * 60);
/// Longest dial if the carrier's API cannot be used: the longest connected time and a margin.
const DIALLING_MAX: Duration = Duration::from_secs(4 * 3_600 + 600);
/// How long an ended call is kept for late requests.
const LATE_FOR: Duration = Duration::from_secs(60);
/// Key of the sweep's line in the journal.
const SWEPT: &str = "swept";

/// Runs until `end`. Holds are renewed by a task of their own, so that neither a carrier's API nor
/// the database delays that; nothing runs while there is no call.
pub async fn keep(webhooks: Arc<Webhooks>, end: CancellationToken) {
    let work = async {
        tokio::join!(
            rounds(&webhooks, Webhooks::renew),
            rounds(&webhooks, Webhooks::beat),
            rounds(&webhooks, Webhooks::find_ended)
        )
    };
    tokio::select! {
        () = end.cancelled() => {}
        _never = work => {}
    }
}

/// Works every [`ROUND`] while there is a call.
async fn rounds(webhooks: &Arc<Webhooks>, work: impl AsyncFn(&Arc<Webhooks>)) {
    loop {
        webhooks.slots.any().await;
        tokio::time::sleep(ROUND).await;
        work(webhooks).await;
    }
}

/// What the carrier is asked about a call without recent callbacks.
struct Inquiry {
    token: String,
    slot: Arc<Slot>,
    carrier: Carrier,
    account: Option<String>,
    call: String,
    /// The leg that wins if the end of the dial was lost.
    winner: Option<CarrierCallId>,
    /// When the caller was reported to have hung up.
    gone_at: Option<Wall>,
    /// Lines of the journal: it has more when something was heard meanwhile.
    lines: u32,
}

/// What the carrier answered.
struct Found {
    standing: Option<Standing>,
    connected: Option<Duration>,
}

impl Webhooks {
    /// Resumes every call that was live when the switch stopped: replays it and reserves its holds
    /// again. Returns the number of calls. The counters must be loaded from the records already;
    /// the records do not include what live calls hold.
    pub async fn restore(&self) -> Result<usize, crate::store::StoreError> {
        let records = &self.shared.records;
        let tokens = records.store.carrier_calls_live(&records.node).await?;
        self.resume(&tokens).await;
        Ok(tokens.len())
    }

    /// Goes on with the calls of a node that is gone. Returns their number.
    ///
    /// # Errors
    /// The database cannot be written; then the node still has them.
    pub async fn take_over(&self, from: &NodeName) -> Result<usize, crate::store::StoreError> {
        let records = &self.shared.records;
        let moved = records.store.carrier_calls_move(from.clone(), records.node.clone());
        let tokens = moved.await?;
        self.resume(&tokens).await;
        Ok(tokens.len())
    }

    async fn resume(&self, tokens: &[String]) {
        for token in tokens {
            let slot = self.slots.of(token);
            let mut turn = slot.live.lock().await;
            // A request of the carrier may have brought it here before.
            if turn.is_none() {
                *turn = self.revived(token, &slot).await.ok().flatten();
            }
        }
    }

    /// Renews the holds of every call, whatever else is in progress for it.
    pub async fn renew(self: &Arc<Self>) {
        let mut asking = Asking::new();
        for (_, slot) in self.slots.all() {
            let webhooks = self.clone();
            while asking.pending() >= RENEWALS_MAX {
                asking.answer().await;
            }
            asking.ask(async move {
                slot.holds.renew(&webhooks.shared.dispatch, &webhooks.shared.clock).await;
            });
        }
        while asking.answer().await.is_some() {}
    }

    /// Stores that the calls are live, each by its own clock.
    async fn beat(self: &Arc<Self>) {
        let now = self.shared.clock.now();
        let beats = beats(self.live_calls().into_iter(), now);
        if beats.is_empty() {
            return;
        }
        if let Err(error) = self.shared.records.store.apply(Origin::Transaction, beats).await {
            tracing::warn!(%error, "heartbeat of webhook calls not stored");
        }
    }

    /// Looks for calls that are over: removes those that ended a while ago, and ends those whose
    /// carrier has been silent for long and says that they are over, or does not know them. Several
    /// carriers are asked at once, and no call waits for an answer about it.
    pub async fn find_ended(self: &Arc<Self>) {
        let mut asking = Asking::new();
        for (token, slot) in self.slots.all() {
            let Some(inquiry) = self.inquiry(token, slot).await else { continue };
            let webhooks = self.clone();
            while asking.pending() >= INQUIRIES_MAX {
                asking.answer().await;
            }
            asking.ask(async move { webhooks.inquire(inquiry).await });
        }
        while asking.answer().await.is_some() {}
    }

    /// Returns what its carrier is asked about a call; `None` when nothing is.
    async fn inquiry(&self, token: String, slot: Arc<Slot>) -> Option<Inquiry> {
        // A request of the call is in progress: it is alive.
        let mut turn = slot.live.try_lock().ok()?;
        // Its last step could not be stored: the journal knows how it stands.
        if turn.is_none() {
            match self.revived(&token, &slot).await {
                Ok(Some(live)) => *turn = Some(live),
                Ok(None) => self.remove(&token),
                // It keeps what it holds.
                Err(_unreadable_now) => {}
            }
        }
        let live = turn.as_ref()?;
        if live.call.is_over() {
            if self.silent(live) > LATE_FOR {
                self.remove(&token);
            }
            return None;
        }
        let now = live.clock.at(self.shared.clock.now());
        let gone_at = live.call.caller_gone_at();
        if gone_at.is_none_or(|at| now.since(at) <= GONE_FOR) && self.silent(live) <= SILENT_FOR {
            return None;
        }
        let gone_at = gone_at.filter(|at| now.since(*at) > GONE_FOR);
        let (carrier, account) = (live.call.carrier(), live.account.clone());
        let (call, lines) = (live.carrier_id.clone(), live.lines);
        let winner = live.call.likely_winner().cloned();
        drop(turn);
        Some(Inquiry { token, slot, carrier, account, call, winner, gone_at, lines })
    }

    /// Asks the carrier, and ends the call by the answer unless it was heard of meanwhile.
    async fn inquire(&self, inquiry: Inquiry) {
        let Inquiry { carrier, account, call, winner, gone_at, .. } = &inquiry;
        let standing = self.inquirer.ask(*carrier, account.as_deref(), call).await;
        let over = standing.is_none_or(|standing| standing.state.is_final());
        let connected = match winner {
            Some(leg) if over || gone_at.is_some() => {
                self.inquirer.ask(*carrier, account.as_deref(), leg.as_str()).await
            }
            Some(_) | None => None,
        };
        let found = Found { standing, connected: connected.and_then(|leg| leg.duration) };
        let mut turn = inquiry.slot.live.lock().await;
        let unchanged = |live: &&mut Live| live.lines == inquiry.lines && !live.call.is_over();
        let Some(live) = turn.as_mut().filter(unchanged) else { return };
        if let Some(swept) = self.conclude(live, *gone_at, &found)
            && self.sweep(live, swept).await.is_none()
        {
            *turn = None;
            tracing::debug!(token = inquiry.token, "call is replayed");
        }
    }

    fn silent(&self, live: &Live) -> Duration {
        live.clock.at(self.shared.clock.now()).since(live.heard_at)
    }

    /// Returns the end of a call that ended without a report; `None` while it may live.
    fn conclude(&self, live: &mut Live, gone_at: Option<Wall>, found: &Found) -> Option<Swept> {
        let now = live.clock.at(self.shared.clock.now());
        let patience = if live.call.is_dialling() { DIALLING_MAX } else { ASKING_MAX };
        match (found.standing, gone_at) {
            (Some(standing), None) if !standing.state.is_final() => {
                live.heard_at = now;
                None
            }
            (Some(_), _) | (None, Some(_)) => {
                Some(Swept { ended_at: gone_at.unwrap_or(now), connected: found.connected })
            }
            (None, None) if self.silent(live) > patience => {
                Some(Swept { ended_at: live.heard_at, connected: None })
            }
            (None, None) => None,
        }
    }

    /// Ends the call; `None` if the end could not be stored.
    async fn sweep(&self, live: &mut Live, swept: Swept) -> Option<()> {
        let connected = swept.connected.map(|time| time.as_millis());
        let source = Source::Swept {
            ended_at: swept.ended_at,
            connected_ms: connected.and_then(|millis| u64::try_from(millis).ok()),
        };
        match self.end(live, SWEPT, source).await {
            Ok(()) => {
                tracing::info!(call.id = %live.id(), "ended call found by the sweep");
                Some(())
            }
            Err(error) => {
                tracing::warn!(call.id = %live.id(), ?error, "end of a call not stored");
                None
            }
        }
    }

    /// Takes a step that ends the call without a request of the carrier, and stores it under `key`.
    /// Sends no document.
    pub(super) async fn end(
        &self,
        live: &mut Live,
        key: &str,
        source: Source,
    ) -> Result<(), Unwritten> {
        self.step(live, key.to_owned(), source).await.map(drop)
    }
}
