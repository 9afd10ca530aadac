//! The signalling thread: runs the SIP task and all call tasks, so that a message does not cross
//! threads between socket and call. Media runs on the other threads of the program.

use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Fault;
use crate::net::sip::CallHandler;
use crate::net::sip::Endpoint;

/// How long calls may take to write their records after the SIP task has ended.
const WRITE_MAX: Duration = Duration::from_secs(10);

/// A runtime for signalling, before its thread has started.
pub(super) struct Signalling {
    /// The runtime; `None` once the thread has taken it.
    runtime: Option<Runtime>,
}

impl Signalling {
    pub(super) fn new() -> Result<Self, Fault> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let failed = |error| Fault::of(format!("cannot start the signalling thread: {error}"));
        runtime.map(|runtime| Self { runtime: Some(runtime) }).map_err(failed)
    }

    /// Runs `work`, such as binding sockets, within the runtime of the thread.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let _guard = self.runtime.as_ref().map(Runtime::enter);
        work()
    }

    /// Runs the SIP task until `end`, then waits for the calls' last writes. Cancels `deaf` when the
    /// thread has ended.
    pub(super) fn start<E: CallHandler>(
        mut self,
        endpoint: Endpoint<E>,
        calls: TaskTracker,
        end: CancellationToken,
        deaf: CancellationToken,
    ) -> Result<JoinHandle<()>, Fault> {
        // Canceled when the thread ends, however it does.
        let deaf = deaf.drop_guard();
        let run = async move {
            endpoint.run(end).await;
            calls.close();
            if tokio::time::timeout(WRITE_MAX, calls.wait()).await.is_err() {
                tracing::error!("records not written in time: the next start closes their calls");
            }
        };
        let runtime = self.runtime.take();
        let thread = std::thread::Builder::new().name("signalling".to_owned());
        let work = move || {
            let _deaf = deaf;
            if let Some(runtime) = runtime {
                runtime.block_on(run);
            }
        };
        thread
            .spawn(work)
            .map_err(|error| Fault::of(format!("cannot start the signalling thread: {error}")))
    }
}

impl Drop for Signalling {
    /// Shuts down the runtime if the start failed. A task must not block on another runtime.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
