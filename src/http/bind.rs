//! The listening socket.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// Reason why the switch cannot listen on an address.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program, or another strowger, uses the port.
    #[error(
        "cannot listen on {0} for HTTP: the port is in use (stop the program that has it, or set \
         another `listen` under [http])"
    )]
    InUse(SocketAddr),
    /// Ports below 1024 require a privilege.
    #[error("cannot listen on {0} for HTTP: not permitted (use a port from 1024 upwards)")]
    NotPermitted(SocketAddr),
    /// The host does not have the address, or the system rejects it for another reason.
    #[error("cannot listen on {address} for HTTP: {cause} (check `listen` under [http])")]
    Other {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        cause: io::Error,
    },
}

/// Opens a listening socket. Port 0 lets the system choose a port.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(address),
        io::ErrorKind::PermissionDenied => BindError::NotPermitted(address),
        _ => BindError::Other { address, cause },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_told() {
        let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = first.local_addr().unwrap();
        let error = bind(address).await.unwrap_err().to_string();
        assert!(error.contains(&format!("{address} for HTTP: the port is in use")), "{error}");
    }

    #[tokio::test]
    async fn an_address_of_another_host_is_told() {
        let error = bind("192.0.2.1:8080".parse().unwrap()).await.unwrap_err().to_string();
        assert!(error.starts_with("cannot listen on 192.0.2.1:8080 for HTTP: "), "{error}");
    }
}
