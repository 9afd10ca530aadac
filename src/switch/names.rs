//! Where the hosts of gateways, buyers, and registrars are: looked up before they are called.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::net::Dns;
use crate::net::LocateError;
use crate::net::Located;
use crate::net::SipHost;

/// Most hosts that are looked up at a time.
const LOOKUPS_MAX: usize = 16;
/// Longest look-up while a call waits for it.
const LOOKUP_MAX: Duration = Duration::from_secs(3);

/// The hosts that are located.
#[derive(Debug)]
pub struct Names {
    dns: Dns,
    lookups: Semaphore,
    known: Mutex<HashMap<SipHost, Arc<Located>>>,
}

impl Names {
    /// Creates an empty table.
    pub fn new(dns: Dns) -> Self {
        Self { dns, lookups: Semaphore::new(LOOKUPS_MAX), known: Mutex::default() }
    }

    /// Returns the last good answer about a host; `None` if there is none yet.
    pub(super) fn known(&self, host: &SipHost) -> Option<Arc<Located>> {
        self.lock().get(host).cloned()
    }

    /// Looks a host up that is not kept: of a flow's `<Dial>`, or of a book that is live only now.
    pub(super) async fn look_up(&self, host: &SipHost) -> Option<Arc<Located>> {
        let found = tokio::time::timeout(LOOKUP_MAX, self.locate(host, false)).await;
        found.ok()?.ok().map(Arc::new)
    }

    /// Asks DNS about a host; see [`Dns::locate`].
    pub(super) async fn locate(
        &self,
        host: &SipHost,
        is_known: bool,
    ) -> Result<Located, LocateError> {
        // Never closed.
        let _permit = self.lookups.acquire().await.ok();
        self.dns.locate(host, is_known).await
    }

    /// Keeps an answer about a host until the next one.
    pub(super) fn put(&self, host: SipHost, located: Located) {
        self.lock().insert(host, Arc::new(located));
    }

    /// Forgets a host.
    pub(super) fn forget(&self, host: &SipHost) {
        self.lock().remove(host);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SipHost, Arc<Located>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
