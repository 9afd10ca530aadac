//! The certificates of SIP over TLS, and the authorities of carriers: read at the start, and again when
//! their files change.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio_util::sync::CancellationToken;

use super::Fault;
use super::file_events::FileEvents;
use crate::base::Diagnostic;
use crate::base::Place;
use crate::base::Wall;
use crate::config::Settings;
use crate::net::CertificateFault;
use crate::net::Kept;
use crate::net::Tls;
use crate::switch::Shared;

/// How long files must be left alone before they are read: certificate and key are written one
/// after the other.
const SETTLE: Duration = Duration::from_millis(200);
/// Interval between looks at the files without an event. Events are lost on network file systems,
/// and when a symbolic link in the path changes.
const LOOK: Duration = Duration::from_secs(10);
/// Interval between warnings of a certificate that expires soon.
const WARN: Duration = Duration::from_secs(86_400);

/// Reads the certificates for the start. One that has expired is used, and logged as an error.
///
/// # Errors
/// A file is missing, unreadable, or does not fit.
pub(super) fn load(settings: &Settings, now: Wall) -> Result<Tls, Fault> {
    let failed = |fault: CertificateFault| Fault::of(format!("{fault} ({})", fault.remedy()));
    let tls = Tls::load(settings.sip.tls.clone()).map_err(failed)?;
    warn_of_expiry(&tls, now);
    Ok(tls)
}

/// Reads the certificates again after each change of their files, and at SIGHUP, until `end`.
pub(super) async fn keep(tls: Arc<Tls>, shared: Arc<Shared>, end: CancellationToken) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    let clock = shared.clock.clone();
    let authorities = shared.callers.attesting.file();
    let events = FileEvents::new(directories(tls.files().chain(authorities)));
    let mut warned = clock.now().mono;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = hangups.recv() => {}
            () = events.next() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(SETTLE) => {}
        }
        events.watch();
        let (own, now) = (tls.clone(), clock.now());
        let read = tokio::task::spawn_blocking(move || own.reload(now.wall)).await;
        match read {
            Ok(Ok(Kept::Same)) => {}
            Ok(Ok(Kept::Replaced)) => {
                let until = tls.validity().map(|validity| validity.until.timestamp().to_string());
                tracing::info!(until, "certificates replaced");
                warn_of_expiry(&tls, now.wall);
                warned = now.mono;
            }
            Ok(Err(fault)) => {
                let remedy = fault.remedy();
                tracing::error!(%fault, remedy, "certificates not replaced: the earlier ones stay");
            }
            Err(_) => tracing::error!("certificates not read: internal error"),
        }
        reload_authorities(&shared).await;
        if now.mono.since(warned) >= WARN {
            warn_of_expiry(&tls, now.wall);
            warned = now.mono;
        }
    }
}

/// Reads the authorities of carriers again.
async fn reload_authorities(shared: &Arc<Shared>) {
    let own = shared.clone();
    let read = tokio::task::spawn_blocking(move || own.callers.attesting.reload()).await;
    match read {
        Ok(Ok(false)) => {}
        Ok(Ok(true)) => tracing::info!("authorities of carriers replaced"),
        Ok(Err(fault)) => {
            tracing::error!(%fault, "authorities of carriers not replaced: the earlier ones stay");
        }
        Err(_) => tracing::error!("authorities of carriers not read: internal error"),
    }
}

/// Returns the faults of the files of certificates, and a warning if one expires soon.
pub(super) fn faults(settings: &Settings, now: Wall) -> Option<Diagnostic> {
    let error = |fault: &CertificateFault| {
        let (file, said) = (fault.path().display().to_string(), fault.to_string());
        let message = said.strip_prefix(&format!("{file}: ")).unwrap_or(&said).to_owned();
        Diagnostic::error(&file, Place::START, message).hint(fault.remedy())
    };
    let tls = match Tls::load(settings.sip.tls.clone()) {
        Ok(tls) => tls,
        Err(fault) => return Some(error(&fault)),
    };
    if let Some(fault) = tls.expiry(now) {
        return Some(error(&fault));
    }
    let (path, until) = tls.expires_soon(now)?;
    let message = format!("the certificate expires at {}", until.timestamp());
    let soon = Diagnostic::warning(&path.display().to_string(), Place::START, message);
    Some(soon.hint("renew the certificate"))
}

fn warn_of_expiry(tls: &Tls, now: Wall) {
    let Some((path, until)) = tls.expires_soon(now) else { return };
    let (path, until) = (path.display(), until.timestamp());
    match tls.expiry(now) {
        Some(_) => tracing::error!(%path, %until, "certificate expired: renew it"),
        None => tracing::warn!(%path, %until, "certificate expires soon: renew it"),
    }
}

/// Returns the directories of the files.
fn directories<'f>(files: impl Iterator<Item = &'f PathBuf>) -> Vec<PathBuf> {
    let of = |path: &PathBuf| match path.parent() {
        Some(here) if here.as_os_str().is_empty() => Some(PathBuf::from(".")),
        other => other.map(Path::to_owned),
    };
    let mut directories: Vec<PathBuf> = files.filter_map(of).collect();
    directories.sort();
    directories.dedup();
    directories
}
