//! Renews the holds of live calls, and finds calls whose end the carrier did not report.
//!
//! Callbacks may be lost. For a call without recent callbacks the switch requests the state from
//! the carrier; where that is not possible, it ends the call after the longest possible duration.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Webhooks;
use super::conduct;
use super::conduct::Unwritten;
use super::live::Live;
use crate::carrier::Source;
use crate::carrier::Swept;
use crate::store::Fact;
use crate::store::Origin;

/// Interval between rounds, well below the holds' time to live.
const ROUND: Duration = Duration::from_secs(5);
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

/// Runs until `end`; sleeps while there is no call.
pub async fn keep(webhooks: Arc<Webhooks>, end: CancellationToken) {
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = webhooks.any() => {}
        }
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        webhooks.round().await;
    }
}

impl Webhooks {
    /// Resumes every call that was live when the switch stopped: replays it and reserves its holds
    /// again. Returns the number of calls. The counters must be loaded from the records already;
    /// the records do not include what live calls hold.
    pub async fn restore(&self) -> Result<usize, crate::store::StoreError> {
        let tokens = self.shared.records.store.carrier_calls_live().await?;
        for token in &tokens {
            let slot = self.slot(token);
            let mut slot = slot.lock().await;
            *slot = self.revived(token).await;
        }
        Ok(tokens.len())
    }

    /// Checks every call once: renews the holds of live calls, and requests the state of calls
    /// whose carrier has been silent, or ends them. [`keep`] does this every few seconds; all other
    /// times are those of the switch's clock.
    pub async fn round(&self) {
        let mut alive = Vec::new();
        for token in self.tokens() {
            let slot = self.slot(&token);
            // A request of the call is in progress, so it is alive.
            let Ok(mut slot) = slot.try_lock() else { continue };
            match slot.as_mut() {
                // Its last step could not be stored. The journal has its holds.
                None => {
                    *slot = self.revived(&token).await;
                    if slot.is_none() {
                        self.remove(&token);
                    }
                }
                Some(live) if live.call.is_over() => {
                    if self.silent(live) > LATE_FOR {
                        self.remove(&token);
                    }
                }
                Some(live) => {
                    alive.push(live.id());
                    live.renew(&self.shared.dispatch, self.shared.clock.now()).await;
                    if let Some(swept) = self.look(live).await
                        && self.sweep(live, swept).await.is_none()
                    {
                        *slot = None;
                    }
                }
            }
        }
        if !alive.is_empty() {
            let at = self.shared.clock.now().wall;
            let beat = Fact::Beat { at, calls: alive };
            if let Err(error) =
                self.shared.records.store.apply(Origin::Transaction, vec![beat]).await
            {
                tracing::warn!(%error, "heartbeat of webhook calls not stored");
            }
        }
    }

    fn silent(&self, live: &Live) -> Duration {
        self.shared.clock.now().wall.since(live.heard_at)
    }

    /// Returns the end of a call whose end the carrier did not report, if it has ended.
    async fn look(&self, live: &mut Live) -> Option<Swept> {
        let now = self.shared.clock.now().wall;
        let gone = live.call.caller_gone_at().filter(|at| now.since(*at) > GONE_FOR);
        let silent = self.silent(live);
        if gone.is_none() && silent <= SILENT_FOR {
            return None;
        }
        let (carrier, account) = (live.call.carrier(), live.account.clone());
        let account = account.as_deref();
        let standing = self.inquirer.ask(carrier, account, &live.carrier_id).await;
        let patience = if live.call.is_dialling() { DIALLING_MAX } else { ASKING_MAX };
        match (standing, gone) {
            (Some(standing), None) if !standing.state.is_final() => {
                live.heard_at = now;
                None
            }
            (Some(_), _) | (None, Some(_)) => {
                let winner = live.call.likely_winner().cloned();
                let connected = match winner {
                    Some(leg) => self.inquirer.ask(carrier, account, leg.as_str()).await,
                    None => None,
                };
                let connected = connected.and_then(|leg| leg.duration);
                Some(Swept { ended_at: gone.unwrap_or(now), connected })
            }
            (None, None) if silent > patience => {
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
        let (mut rng, key) = (self.fork(), key.to_owned());
        let (sources, now) = (self.sources(), self.now());
        let step = conduct::take(&sources, live, &mut rng, now, key, source).await?;
        step.write(&self.outlets(), live).await?;
        self.count(live);
        Ok(())
    }
}
