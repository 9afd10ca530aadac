//! `strowger serve`: runs the switch until a signal stops it.

use std::sync::atomic::Ordering;

use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use super::Fault;
use super::entropy;
use super::node;
use super::node::Node;
use super::node::Plan;
use super::notify::NotifySocket;
use super::opening::Opened;
use super::opening::open;
use super::telemetry;
use crate::config::Settings;
use crate::config::notify_socket;
use crate::net::Clock;

/// Runs the switch until SIGTERM or SIGINT. A second signal ends live calls at once.
pub(super) async fn run(settings: Settings) -> Result<(), Fault> {
    telemetry::start(settings.log.format, "info");
    let Opened { store, created } = open(&settings)?;
    let shelf = node::shelf(&settings);
    let name = settings.node.name.clone();
    let plan = Plan { settings, shelf, store, clock: Clock::system(), entropy: entropy()? };
    let mut node = Node::start(plan).await?;
    if let Some(path) = created {
        tracing::info!(path = %path.display(), "database created");
    }
    let sip: Vec<String> = node
        .sip
        .iter()
        .map(|(transport, address)| format!("{}:{address}", transport.name().to_lowercase()))
        .collect();
    let book = node.shared.dispatch.snapshot().version();
    tracing::info!(node = %name, sip = sip.join(" "), http = %node.http, book, "ready");
    let mut stops = Stops::new()?;
    let supervisor = NotifySocket::at(notify_socket());
    supervisor.ready();
    let broken = tokio::select! {
        () = stops.next() => None,
        task = node.broken() => Some(task),
    };
    let calls = node.shared.admission.live.load(Ordering::Relaxed);
    tracing::info!(calls, "stopping: new calls are rejected");
    supervisor.stopping(node.stop_max());
    match broken {
        None => node.stop(async move { stops.next().await }).await,
        // No call can be ended in peace.
        Some(_) => node.stop(async {}).await,
    }
    tracing::info!("stopped");
    result(broken)
}

/// Returns a fault if a core task has ended: the program then exits with 1, and is restarted.
fn result(broken: Option<&str>) -> Result<(), Fault> {
    match broken {
        None => Ok(()),
        Some(task) => Err(Fault::of(format!("internal error: the task `{task}` ended"))),
    }
}

/// The signals that stop the switch.
pub(super) struct Stops {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stops {
    pub(super) fn new() -> Result<Self, Fault> {
        let listen = |kind| signal(kind).map_err(|e| Fault::of(format!("signals: {e}")));
        let terminate = listen(SignalKind::terminate())?;
        let interrupt = listen(SignalKind::interrupt())?;
        Ok(Self { terminate, interrupt })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_whose_core_task_ended_exits_with_a_fault() {
        assert!(result(None).is_ok());
        let fault = result(Some("signalling")).unwrap_err();
        assert_eq!(fault.to_string(), "strowger: internal error: the task `signalling` ended");
    }
}
