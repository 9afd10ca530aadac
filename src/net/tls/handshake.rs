//! Handshakes of both sides.

use std::io;
use std::time::Duration;

use rustls::AlertDescription;
use rustls::CertificateError;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::TlsConnector;
use tokio_rustls::TlsStream;

use super::Tls;

/// Longest time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Why a connection has no TLS.
#[derive(Debug, thiserror::Error)]
pub(in crate::net) enum HandshakeError {
    /// It takes too long.
    #[error("no TLS handshake within {} s", HANDSHAKE.as_secs())]
    Slow,
    /// The host is neither a name nor an address.
    #[error("`{0}` is not a name that a certificate can have")]
    Name(String),
    /// We have no certificate.
    #[error("no certificate of our own")]
    NoCertificate,
    /// The other end does not speak TLS, or one end rejects the other.
    #[error("{0}")]
    Failed(#[from] io::Error),
}

impl HandshakeError {
    /// Returns what to do when a server that we call is the other end.
    pub(in crate::net) fn remedy(&self) -> &'static str {
        let Self::Failed(error) = self else {
            return "see whether a SIP server with TLS listens at this address";
        };
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(error)) => match error {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    "set `[sip] tls_authority` to the authority that issued its certificate"
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => {
                    "write the address in the book with a name that is in its certificate"
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => {
                    "its operator must renew the certificate; see whether this host's clock is right"
                }
                _ => "ask its operator for a certificate that can be verified",
            },
            Some(rustls::Error::AlertReceived(
                AlertDescription::CertificateRequired
                | AlertDescription::UnknownCA
                | AlertDescription::BadCertificate
                | AlertDescription::HandshakeFailure,
            )) => "set `[sip] tls_certificate` to one that it accepts",
            Some(_) | None => "see whether a SIP server with TLS listens at this address",
        }
    }
}

impl Tls {
    /// Carries out the handshake of a connection that we accepted.
    pub(in crate::net) async fn accept(
        &self,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let server = self.current.load().server.clone().ok_or(HandshakeError::NoCertificate)?;
        let shaken = timeout(HANDSHAKE, TlsAcceptor::from(server).accept(stream)).await;
        Ok(shaken.map_err(|_| HandshakeError::Slow)??.into())
    }

    /// Carries out the handshake of a connection that we made to a host. Its certificate must lead
    /// to an authority that we trust, and have the host's name or address as a `dNSName` or
    /// `iPAddress` (RFC 5922 §7.3).
    pub(in crate::net) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| HandshakeError::Name(host.to_owned()))?;
        let client = self.current.load().client.clone();
        let shaken = timeout(HANDSHAKE, TlsConnector::from(client).connect(name, stream)).await;
        Ok(shaken.map_err(|_| HandshakeError::Slow)??.into())
    }
}
