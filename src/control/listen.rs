//! The listening socket and its file.

use std::fs;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use tokio::net::UnixListener;
use tokio::net::UnixSocket;
use tokio::net::UnixStream;

use super::ControlError;

/// Only the switch's own user can connect.
const MODE: u32 = 0o600;
/// Connections that the kernel queues until the switch accepts them. It rejects any beyond.
const BACKLOG: u32 = 64;

/// A socket that the switch listens on. Dropping it removes its file.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Listener {
    /// Listens at a path. Must run within a Tokio runtime. Replaces a socket that a crashed switch
    /// left there, so the caller must hold the claim on the database: it proves that no other
    /// switch runs.
    ///
    /// # Errors
    /// The path is too long for a socket, names another kind of file, or is not writable.
    pub fn bind(path: &Path) -> Result<Self, ControlError> {
        check(path)?;
        let fault = |cause| ControlError::Socket { path: path.to_owned(), cause };
        // With PostgreSQL, nothing else may have needed the node's directory yet.
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(fault)?;
        match fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => fs::remove_file(path).map_err(fault)?,
            Ok(_) => return Err(ControlError::NotASocket(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fault(error)),
        }
        let socket = UnixSocket::new_stream().map_err(fault)?;
        socket.bind(path).map_err(fault)?;
        // No program can connect before `listen`, so the mode is set in time.
        fs::set_permissions(path, Permissions::from_mode(MODE)).map_err(fault)?;
        let owner = fs::symlink_metadata(path).map_err(fault)?.uid();
        let listener = socket.listen(BACKLOG).map_err(fault)?;
        Ok(Self { listener, path: path.to_owned(), owner })
    }

    /// Returns the next connection; `None` if its user may not connect.
    pub(super) async fn accept(&self) -> io::Result<Option<UnixStream>> {
        let (stream, _) = self.listener.accept().await?;
        let peer = stream.peer_cred()?.uid();
        if !may(peer, self.owner) {
            tracing::warn!(user = peer, "connection to the switch's socket rejected");
            return Ok(None);
        }
        Ok(Some(stream))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "socket not removed");
        }
    }
}

/// Returns an error for a path that is too long for a socket address.
pub(super) fn check(path: &Path) -> Result<(), ControlError> {
    match SocketAddr::from_pathname(path) {
        Ok(_) => Ok(()),
        Err(_) => Err(ControlError::TooLong(path.to_owned())),
    }
}

/// Returns whether a user may connect to a socket of `owner`. The file mode has the same rule, but
/// not every system checks it.
fn may(user: u32, owner: u32) -> bool {
    const ROOT: u32 = 0;
    user == owner || user == ROOT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_and_root_may_connect() {
        let cases =
            [(1_000, 1_000, true), (0, 1_000, true), (1_001, 1_000, false), (1_000, 0, false)];
        for (user, owner, expected) in cases {
            assert_eq!(may(user, owner), expected, "{user} at a socket of {owner}");
        }
    }

    #[tokio::test]
    async fn the_socket_is_private_replaces_a_stale_one_and_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db.sock");
        // A switch that was killed leaves the file, but no process listens on it.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let listener = Listener::bind(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(UnixStream::connect(&path).await.is_ok());
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_that_is_not_a_socket_is_not_removed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db.sock");
        fs::write(&path, "notes").unwrap();
        let error = Listener::bind(&path).unwrap_err();
        assert!(matches!(error, ControlError::NotASocket(_)), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
    }

    #[tokio::test]
    async fn a_path_that_is_too_long_is_rejected() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("d".repeat(108));
        let error = Listener::bind(&path).unwrap_err();
        assert!(matches!(error, ControlError::TooLong(_)), "{error}");
    }
}
