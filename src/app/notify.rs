//! Reports the program's state to the service manager that started it: the datagrams of
//! `sd_notify(3)`.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// Socket of systemd, or of another service manager with the same protocol; `None` if the
/// program was started without one.
#[derive(Debug)]
pub(super) struct NotifySocket(Option<UnixDatagram>);

impl NotifySocket {
    /// Connects to its socket, if there is one. A failure is logged: the switch runs without it.
    pub(super) fn at(socket: Option<String>) -> Self {
        let connected = socket.as_deref().map(connect).transpose();
        Self(connected.unwrap_or_else(|error| {
            tracing::warn!(%error, "service manager not notified");
            None
        }))
    }

    /// Reports that the program has started.
    pub(super) fn ready(&self) {
        self.send("READY=1");
    }

    /// Reports that the program stops, and takes at most this long. systemd waits for so long even
    /// if `TimeoutStopSec` is shorter.
    pub(super) fn stopping(&self, most: Duration) {
        self.send(&format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", most.as_micros()));
    }

    fn send(&self, state: &str) {
        let sent = self.0.as_ref().map(|socket| socket.send(state.as_bytes())).transpose();
        if let Err(error) = sent {
            tracing::warn!(%error, "service manager not notified");
        }
    }
}

/// Connects to a socket by its path, or by its abstract name behind `@`.
fn connect(name: &str) -> io::Result<UnixDatagram> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    // The program must not wait for a manager that reads nothing.
    socket.set_nonblocking(true)?;
    socket.connect_addr(&address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 256];
        let count = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..count].to_vec()).unwrap()
    }

    #[test]
    fn a_service_manager_is_notified_by_path_and_by_abstract_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("notify").to_str().unwrap().to_owned();
        let name = format!("@strowger-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name[1..]).unwrap();
        for (name, socket) in [
            (path.clone(), UnixDatagram::bind(&path).unwrap()),
            (name, UnixDatagram::bind_addr(&address).unwrap()),
        ] {
            let manager = NotifySocket::at(Some(name));
            manager.ready();
            assert_eq!(read(&socket), "READY=1");
            manager.stopping(Duration::from_secs(90));
            assert_eq!(read(&socket), "STOPPING=1\nEXTEND_TIMEOUT_USEC=90000000");
        }
    }

    #[test]
    fn without_a_service_manager_nothing_is_sent() {
        for socket in [None, Some("/nowhere/notify".to_owned())] {
            let manager = NotifySocket::at(socket);
            manager.ready();
            manager.stopping(Duration::ZERO);
            assert!(manager.0.is_none());
        }
    }
}
