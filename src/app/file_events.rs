//! Wakes when something is written in a directory.

use std::path::PathBuf;

#[cfg(target_os = "linux")]
use rustix::fs::inotify;
#[cfg(target_os = "linux")]
use rustix::io::Errno;
#[cfg(target_os = "linux")]
use tokio::net::unix::pipe::Receiver;

/// The kernel's events of some directories. They are a hint and may be lost: a file system in the
/// network sends none, and neither does a system other than Linux here.
#[derive(Debug)]
pub(super) struct FileEvents {
    directories: Vec<PathBuf>,
    #[cfg(target_os = "linux")]
    events: Option<Receiver>,
}

/// Bytes of events that are read at once.
#[cfg(target_os = "linux")]
const BUFFER: usize = 4_096;
/// Reads until the next turn of other tasks.
#[cfg(target_os = "linux")]
const READS_MAX: usize = 64;

#[cfg(target_os = "linux")]
impl FileEvents {
    /// Of these directories; within a Tokio runtime.
    pub(super) fn new(directories: Vec<PathBuf>) -> Self {
        let flags = inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC;
        // To its reader an inotify descriptor is what a pipe is: `read` brings what has come.
        let opened = inotify::init(flags).map_err(std::io::Error::from);
        let opened = opened.and_then(Receiver::from_owned_fd_unchecked);
        let events = match opened {
            Ok(events) => Some(events),
            Err(error) => {
                tracing::warn!(%error, "no file events: changed flows are found some seconds later");
                None
            }
        };
        let own = Self { directories, events };
        own.watch();
        own
    }

    /// Watches the directories that exist, by their path: one that was replaced since is watched
    /// in its new place. A directory that is missing is skipped.
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

    /// Waits for the next event. Cancelling it loses none.
    pub(super) async fn next(&self) {
        let Some(events) = &self.events else { return std::future::pending().await };
        if events.readable().await.is_err() {
            return std::future::pending().await;
        }
        let mut buffer = [0; BUFFER];
        for _ in 0..READS_MAX {
            // What happened does not matter: the files are looked at.
            if events.try_read(&mut buffer).is_err() {
                return;
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl FileEvents {
    /// Of these directories.
    pub(super) fn new(directories: Vec<PathBuf>) -> Self {
        Self { directories }
    }

    /// Watches nothing.
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
    async fn every_way_to_change_a_file_wakes_also_in_a_directory_that_was_replaced() {
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
