//! Leads that ad platforms announce: stored at once, then fetched until they come in.

use std::sync::Arc;
use std::time::Duration;

use super::Intake;
use super::Purpose;
use super::Received;
use super::Refused;
use super::WantedLead;
use super::due;
use crate::base::HttpRequest;
use crate::base::LeadId;
use crate::base::Wall;
use crate::lead::body::BODY_BYTES_MAX;
use crate::lead::platform::Announced;
use crate::lead::platform::Platforms;
use crate::lead::platform::fetch;
use crate::lead::platform::read_fetched;
use crate::net::Fetcher;
use crate::net::Report;
use crate::outbox::RETRIES;
use crate::store::AnnouncedEnd;
use crate::store::AnnouncedLead;
use crate::store::LEAD_KEY_KEPT;
use crate::store::LeadKey;
use crate::store::StoreError;

/// Most leads that are fetched at once.
const FETCHES_MAX: usize = 16;
/// Longest time of a request.
const FETCH_MAX: Duration = Duration::from_secs(15);
/// Delay before a failed read or write of the database is repeated.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a lead that is announced again is recognized.
const REPEATED_WITHIN: Duration = Duration::from_secs(30 * 86_400);

impl Intake {
    /// Returns what is known of ad platforms.
    pub fn platforms(&self) -> &Platforms {
        &self.own().platforms
    }

    /// Stores leads that a platform announced. From then on none is lost: each is fetched, and again
    /// while the platform's API is down.
    ///
    /// # Errors
    /// The database failed: the platform must announce them again.
    pub async fn announce(&self, announced: Vec<Announced>) -> Result<(), StoreError> {
        let own = self.own();
        own.store.announce(announced, own.clock.now().wall).await?;
        own.announced.notify_one();
        Ok(())
    }

    /// Fetches announced leads and sells them, until the node takes no more leads. Those that are
    /// announced from then on are fetched after the next start.
    pub async fn fetch_announced(self, fetcher: Fetcher) {
        let fetcher = Arc::new(fetcher);
        let own = self.own().clone();
        loop {
            let pause = match self.fetch_due(&fetcher).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "announced leads not read or written");
                    Some(AGAIN)
                }
            };
            tokio::select! {
                () = own.drain.cancelled() => return,
                () = own.announced.notified() => {}
                () = due::sleep(pause) => {}
            }
        }
    }

    /// Fetches what is due. Returns how long nothing more is; `None` if nothing waits.
    async fn fetch_due(&self, fetcher: &Arc<Fetcher>) -> Result<Option<Duration>, StoreError> {
        let own = self.own();
        loop {
            let due = own.store.announced_due(own.clock.now().wall).await?;
            if due.is_empty() {
                let next = own.store.announced_next().await?;
                return Ok(next.map(|next| next.since(own.clock.now().wall)));
            }
            let fetch = |lead| {
                let (intake, fetcher) = (self.clone(), fetcher.clone());
                async move { intake.fetch_one(lead, &fetcher).await }
            };
            if due::work_off(due, FETCHES_MAX, &own.drain, fetch).await?.is_break() {
                return Ok(None);
            }
        }
    }

    /// Fetches a lead, takes it in, and stores what came of it.
    async fn fetch_one(&self, lead: AnnouncedLead, fetcher: &Fetcher) -> Result<(), StoreError> {
        let announced = lead.announced();
        let end = match self.try_one(&announced, fetcher).await {
            Ok(id) => AnnouncedEnd::Taken(id),
            Err(reason) => {
                let due_at = next_try(lead.attempts, self.own().clock.now().wall);
                let (platform, id) = (announced.platform, &announced.id);
                match due_at {
                    Some(_) => tracing::warn!(%platform, id, reason, "announced lead not fetched"),
                    None => tracing::error!(%platform, id, reason, "announced lead given up"),
                }
                AnnouncedEnd::Failed { due_at, reason }
            }
        };
        self.own().store.announced_end(announced, end).await
    }

    async fn try_one(&self, announced: &Announced, fetcher: &Fetcher) -> Result<LeadId, String> {
        let own = self.own();
        let platform = announced.platform;
        let access = own.platforms.access(platform);
        let access =
            access.ok_or_else(|| format!("the settings have no [platforms.{platform}]"))?;
        let HttpRequest { method, url, headers, body } = fetch(access, announced);
        let report = Report { method: method.name(), url: &url, headers: &headers, body: &body };
        let answer = fetcher.exchange(report, FETCH_MAX, BODY_BYTES_MAX).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("the API answered {}", answer.status));
        }
        if answer.body.len() > BODY_BYTES_MAX {
            return Err(format!("the answer has over {BODY_BYTES_MAX} bytes"));
        }
        let fetched = read_fetched(announced, &answer.body).map_err(|error| error.to_string())?;
        let snapshot = own.snapshot();
        let found = snapshot
            .book()
            .entrance_of(platform.name(), [announced.form.as_deref(), announced.page.as_deref()]);
        let Some((source, entrance)) = found else {
            return Err("no `intake` of the book has this form or page".to_owned());
        };
        let ours = |name: String| entrance.name_of(&name).map_or(name, ToString::to_string);
        let values = fetched.values.into_iter().map(|(name, value)| (ours(name), value)).collect();
        let is_test = fetched.is_test || !entrance.live;
        let wanted = WantedLead {
            offer: entrance.offer.clone(),
            source: source.id.clone(),
            values,
            purpose: if is_test { Purpose::Test } else { Purpose::Sale },
            browser: None,
        };
        let key = announced.id.parse().map_err(|_| "the id is too long".to_owned())?;
        let key = LeadKey {
            client: format!("{platform}:{}", source.id),
            key,
            digest: String::new(),
            kept: REPEATED_WITHIN.max(LEAD_KEY_KEPT),
        };
        match self.receive(wanted, Some(key)).await {
            Ok(Received::Now(record) | Received::Before(record)) => Ok(record.id),
            Err(Refused::Store(error)) => Err(error.to_string()),
            Err(refused) => Err(refused.to_string()),
        }
    }
}

/// Returns when a lead is tried again after this number of attempts and one more; `None` if it is
/// given up.
fn next_try(attempts: u64, now: Wall) -> Option<Wall> {
    let pause = RETRIES.get(usize::try_from(attempts).ok()?)?;
    Some(now + *pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_given_up_after_the_last_pause() {
        let now = Wall::from_micros(0);
        assert_eq!(next_try(0, now), Some(now + Duration::from_secs(5)));
        assert_eq!(next_try(9, now), Some(now + Duration::from_secs(36_000)));
        assert_eq!(next_try(10, now), None);
    }
}
