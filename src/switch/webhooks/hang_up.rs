//! Hang-up of a carrier's call by an operator: requests it from the carrier and ends the call.

use std::sync::Arc;

use super::Webhooks;
use super::conduct::Unwritten;
use crate::carrier::Source;
use crate::switch::HangUpError;

/// Key of the hang-up's line in the journal.
const HUNG_UP: &str = "hung_up";

impl Webhooks {
    /// Hangs up the call behind a token. The hang-up completes even if the caller of this function
    /// stops waiting.
    ///
    /// # Errors
    /// The carrier did not accept the hang-up, or the end could not be stored. In the first case
    /// the call continues; in the second the sweep finds that it has ended.
    pub(in crate::switch) async fn hang_up(
        self: &Arc<Self>,
        token: String,
    ) -> Result<(), HangUpError> {
        let webhooks = self.clone();
        let work = async move { webhooks.hang_up_there(&token).await };
        self.tasks().spawn(work).await.unwrap_or(Err(HangUpError::NotStored))
    }

    /// Hangs up at the carrier and ends the call. Holds the slot meanwhile, as the carrier's report
    /// of the end follows.
    async fn hang_up_there(&self, token: &str) -> Result<(), HangUpError> {
        let slot = self.slots.of(token);
        let mut turn = slot.live.lock().await;
        if turn.is_none() {
            *turn = self.revived(token, &slot).await.ok().flatten();
        }
        let Some(live) = turn.as_mut() else { return Err(HangUpError::NotStored) };
        if live.call.is_over() {
            return Ok(());
        }
        let (carrier, account) = (live.call.carrier(), live.account.as_deref());
        self.inquirer.hang_up(carrier, account, &live.carrier_id).await?;
        match self.end(live, HUNG_UP, Source::HungUp {}).await {
            Ok(()) => {
                tracing::info!(call.id = %live.id(), "call hung up by an operator");
                Ok(())
            }
            Err(failed) => {
                let id = live.id();
                *turn = None;
                if let Unwritten::Store(error) = &failed {
                    tracing::error!(call.id = %id, %error, "end of a hung-up call not stored");
                }
                Err(HangUpError::NotStored)
            }
        }
    }
}
