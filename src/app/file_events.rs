//! Waits for changes in directories.

use std::path::PathBuf;

#[cfg(target_os = "linux")]
use rustix::fs::inotify;
#[cfg(target_os = "linux")]
use rustix::io::Errno;
#[cfg(target_os = "linux")]
use tokio::net::unix::pipe::Receiver;

/// The kernel's file events of some directories. They are a hint and may be lost: network file
/// systems send none. Only Linux is supported; on other systems there are no events.
#[derive(Debug)]
pub(super) struct FileEvents {
    directories: Vec<PathBuf>,
    #[cfg(target_os = "linux")]
    events: Option<Receiver>,
}

/// Bytes per read.
#[cfg(target_os = "linux")]
const BUFFER: usize = 4_096;
/// Most reads before other tasks run.
#[cfg(target_os = "linux")]
const READS_MAX: usize = 64;

#[cfg(target_os = "linux")]
impl FileEvents {
    /// Watches these directories. Must run within a Tokio runtime.
    pub(super) fn new(directories: Vec<PathBuf>) -> Self {
        let flags = inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC;
        // An inotify descriptor reads like a pipe: `read` returns the pending events.
        let opened = inotify::init(flags).map_err(std::io::Error::from);
        let opened = opened.and_then(Receiver::from_owned_fd_unchecked);
        let events = match opened {
            Ok(events) => Some(events),
            Err(error) => {
                tracing::warn!(%error, "no file events: changed flows take effect some seconds later");
                None
            }
        };
        let own = Self { directories, events };
        own.watch();
        own
    }

    /// Watches the directories that exist, by path, so that a replaced directory is watched again.
    /// Skips missing directories.
    pub(super) fn watch(&self) {
        let Some(events) = &self.events else { return };
        let flags = inotify::WatchFlags::CLOSE_WRITE
            | inotify::WatchFlags::CREATE
            | inotify::WatchFlags::DELETE
            | inotify::WatchFlags::MOVED_FROM
            | inotify::WatchFlags::MOVED_TO
            | inotify::WatchFlags::DELETE_SELF
            | inotify::WatchFlags::MOVE_SELF
            | inotify::WatchFlags::ONLYDIR;
        for directory in &self.directories {
            match inotify::add_watch(events, directory, flags) {
                Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(error) => {
                    let path = directory.display();
                    tracing::warn!(%path, %error, "directory not watched");
                }
            }
        }
    }

    /// Waits for the next event. Cancel-safe.
    pub(super) async fn next(&self) {
        let Some(events) = &self.events else { return std::future::pending().await };
        if events.readable().await.is_err() {
            return std::future::pending().await;
        }
        let mut buffer = [0; BUFFER];
        for _ in 0..READS_MAX {
            // The kind of event does not matter: the caller checks the files.
            if events.try_read(&mut buffer).is_err() {
                return;
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl FileEvents {
    /// Keeps the directories; there are no events.
    pub(super) fn new(directories: Vec<PathBuf>) -> Self {
        Self { directories }
    }

    /// Does nothing but log.
    pub(super) fn watch(&self) {
        tracing::debug!(directories = self.directories.len(), "no file events on this system");
    }

    /// Waits forever.
    pub(super) async fn next(&self) {
        std::future::pending().await
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn every_kind_of_change_wakes_also_in_a_replaced_directory() {
        let home = tempfile::tempdir().unwrap();
        let (flows, later) = (home.path().join("flows"), home.path().join("later"));
        fs::create_dir(&flows).unwrap();
        let events = FileEvents::new(vec![flows.clone(), later.clone()]);
        fs::write(flows.join("a.xml"), "one").unwrap();
        events.next().await;
        fs::rename(flows.join("a.xml"), flows.join("b.xml")).unwrap();
        events.next().await;
        fs::remove_file(flows.join("b.xml")).unwrap();
        events.next().await;
        fs::rename(&flows, home.path().join("before")).unwrap();
        events.next().await;
        fs::create_dir(&flows).unwrap();
        fs::create_dir(&later).unwrap();
        events.watch();
        fs::write(flows.join("a.xml"), "two").unwrap();
        events.next().await;
        fs::write(later.join("a.wav"), "three").unwrap();
        events.next().await;
    }
}
