//! ICMP errors: which peer of a UDP socket cannot be reached.

use std::io;
use std::io::IoSliceMut;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::sync::Arc;

use nix::sys::socket::ControlMessageOwned;
use nix::sys::socket::MsgFlags;
use nix::sys::socket::SockaddrStorage;
use nix::sys::socket::recvmsg;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt;
use socket2::Socket;
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::connection::News;
use crate::net::towards::canonical;
use crate::sip::Peer;
use crate::sip::Transport;

/// Size of the buffer for the control messages of one error.
const CONTROL: usize = 512;

/// Makes the kernel queue ICMP errors of a UDP socket. An IPv6 socket needs both options, because a
/// dual-stack socket gets the errors of either family.
///
/// # Errors
/// If the kernel does not support it.
pub(super) fn queue_errors(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
    if address.is_ipv6() {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)?;
    }
    Ok(())
}

/// Reports the peers of a socket that cannot be reached, until the SIP task is gone or the socket's
/// errors cannot be read.
pub(super) async fn watch(socket: Arc<UdpSocket>, local: SocketAddr, news: mpsc::Sender<News>) {
    while socket.ready(Interest::ERROR).await.is_ok() {
        loop {
            match socket.try_io(Interest::ERROR, || next(&socket)) {
                Ok(Some(remote)) => {
                    let transport = Transport::Udp;
                    let peer = Peer { transport, remote, local, connection: None };
                    if news.send(News::Unreachable { peer }).await.is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return tracing::debug!(%local, %error, "ICMP errors not read"),
            }
        }
    }
}

/// Takes the next error from the queue; `None` if it does not concern a whole destination.
fn next(socket: &UdpSocket) -> io::Result<Option<SocketAddr>> {
    let mut payload = [0; 1];
    let mut control = vec![0; CONTROL];
    let mut buffers = [IoSliceMut::new(&mut payload)];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let descriptor = socket.as_raw_fd();
    let message = recvmsg::<SockaddrStorage>(descriptor, &mut buffers, Some(&mut control), flags)?;
    let is_refusal = message.cmsgs()?.any(|found| match found {
        ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) => {
            is_unreachable(error.ee_errno)
        }
        _ => false,
    });
    Ok(message.address.as_ref().and_then(address).filter(|_| is_refusal))
}

/// Returns whether an error says that nothing is at the address, as a closed port or a dead host
/// does. A datagram that is too long is another matter.
fn is_unreachable(number: u32) -> bool {
    i32::try_from(number).is_ok_and(|number| {
        matches!(
            io::Error::from_raw_os_error(number).kind(),
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
        )
    })
}

/// Returns the destination of the datagram that could not be delivered.
fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|at| SocketAddr::new(IpAddr::V4(at.ip()), at.port()));
    let v6 = || storage.as_sockaddr_in6().map(|at| SocketAddr::new(at.ip().into(), at.port()));
    v4.or_else(v6).map(canonical)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::net::Ipv6Addr;

    use socket2::Domain;
    use socket2::Type;

    use super::*;

    /// Sends a datagram from a socket at `own` to a closed port of `ip`; returns which peer is
    /// reported.
    async fn reported(own: IpAddr, ip: IpAddr) -> (SocketAddr, SocketAddr) {
        let own = SocketAddr::new(own, 0);
        let socket = Socket::new(Domain::for_address(own), Type::DGRAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        queue_errors(&socket, own).unwrap();
        socket.bind(&own.into()).unwrap();
        let socket = Arc::new(UdpSocket::from_std(socket.into()).unwrap());
        let closed = std::net::UdpSocket::bind((ip, 0)).unwrap().local_addr().unwrap();
        let (news, mut heard) = mpsc::channel(1);
        let mapped = match closed {
            SocketAddr::V4(v4) if own.is_ipv6() => {
                SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
            }
            SocketAddr::V4(_) | SocketAddr::V6(_) => closed,
        };
        socket.send_to(b"x", mapped).await.unwrap();
        tokio::select! {
            () = watch(socket, own, news) => panic!("the watch has ended"),
            news = heard.recv() => match news {
                Some(News::Unreachable { peer }) => (peer.remote, closed),
                other => panic!("{other:?}"),
            },
        }
    }

    #[tokio::test]
    async fn closed_ports_are_reported_for_each_family() {
        let v4: IpAddr = Ipv4Addr::LOCALHOST.into();
        let (peer, closed) = reported(v4, v4).await;
        assert_eq!(peer, closed);
        if std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            let (v6, any) = (Ipv6Addr::LOCALHOST.into(), Ipv6Addr::UNSPECIFIED.into());
            for (own, ip) in [(v6, v6), (any, v6), (any, v4)] {
                let (peer, closed) = reported(own, ip).await;
                assert_eq!(peer, closed, "{own} {ip}");
            }
        }
    }
}
