//! Settles posts whose results are unknown.

use tokio::sync::oneshot;

use super::Intake;
use super::settling::Settling;
use super::settling::Unsettled;
use crate::base::AttemptId;
use crate::base::LeadId;
use crate::lead::LeadRecord;
use crate::lead::Settled;

impl Intake {
    /// Settles a post whose result is unknown: the one that is named, or the only one. Returns the
    /// lead's record with the result, once it is stored.
    ///
    /// # Errors
    /// [`Unsettled`]: nothing has changed.
    pub async fn settle(
        &self,
        lead: LeadId,
        attempt: Option<AttemptId>,
        settled: Settled,
    ) -> Result<LeadRecord, Unsettled> {
        let Some(words) = self.own().live.words_to(lead) else {
            let known = self.own().store.lead_fetch(lead).await?;
            return Err(known.map_or(Unsettled::NoLead, |_| Unsettled::NotUnknown));
        };
        let (told, answer) = oneshot::channel();
        words
            .try_send(Settling { attempt, settled, told })
            .map_err(|_full_or_gone| Unsettled::Busy)?;
        answer.await.unwrap_or(Err(Unsettled::Busy))
    }
}
