//! Renews what live calls hold, and finds those whose end the carrier did not report.
//!
//! Callbacks may never arrive. The state of a call without recent callbacks is requested from its
//! carrier; where that is not possible, the call ends once its longest possible duration has
//! passed.

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

/// How often holds are renewed: well within their time to live.
const ROUND: Duration = Duration::from_secs(5);
/// How long the end of a dial is waited for when the caller is gone.
const GONE_FOR: Duration = Duration::from_secs(20);
/// How long a carrier may be silent about a call before it is asked.
const SILENT_FOR: Duration = Duration::from_secs(120);
/// How long a caller may be in one document of a flow, when the carrier cannot be asked.
const ASKING_MAX: Duration = Duration::from_secs(15 * 60);
/// How long a dial may last when the carrier cannot be asked: the longest connected time, and a
/// margin.
const DIALLING_MAX: Duration = Duration::from_secs(4 * 3_600 + 600);
/// How long an ended call is kept at hand for requests that come late.
const LATE_FOR: Duration = Duration::from_secs(60);
/// Under which name the sweep's line is kept.
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
    /// Goes on with every call that lived when the switch stopped: plays it back and takes its
    /// holds again. Returns how many there are. The counters have been raised to what the records
    /// say by then; what these calls hold is not in the records before they end.
    pub async fn restore(&self) -> Result<usize, crate::store::StoreError> {
        let tokens = self.shared.records.store.carrier_calls_live().await?;
        for token in &tokens {
            let slot = self.slot(token);
            let mut slot = slot.lock().await;
            *slot = self.revived(token).await;
        }
        Ok(tokens.len())
    }

    /// Looks at every call once: what lives keeps its holds, and what its carrier has not spoken of
    /// for long is asked for, or ends. [`keep`] does so every few seconds; all else goes by the
    /// switch's clock.
    pub async fn round(&self) {
        let mut alive = Vec::new();
        for token in self.tokens() {
            let slot = self.slot(&token);
            // A request of the call is in progress: it is alive.
            let Ok(mut slot) = slot.try_lock() else { continue };
            match slot.as_mut() {
                // Its last step could not be stored: the journal knows what it holds.
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

    /// Returns the end of a call that ended without a report.
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

    /// Ends the call; `None` when that could not be stored.
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

    /// Takes a step that ends the call without a request of the carrier, and stores it under
    /// `key`; no document is sent.
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
