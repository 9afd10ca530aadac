//! The files of certificates for SIP over TLS, in `[sip]`.

use std::path::PathBuf;

use crate::base::toml::Report;
use crate::base::toml::Table;

use super::Listen;
use super::Transport;

const PATH_BYTES_MAX: usize = 4_096;

/// Files of certificates, in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Our own certificate: shown to callers, and to servers that ask for one.
    pub own: Option<OwnCertificate>,
    /// Authorities that may vouch for the servers that we call; `None`: those that the system trusts.
    pub authority: Option<PathBuf>,
    /// Authorities that must vouch for the clients that call us; `None`: clients need no certificate.
    pub client_authority: Option<PathBuf>,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCertificate {
    /// The certificate, followed by those that lead to its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub private_key: PathBuf,
}

impl Tls {
    /// Returns the files.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let own = self.own.iter().flat_map(|own| [&own.certificate, &own.private_key]);
        own.chain(&self.authority).chain(&self.client_authority)
    }

    /// Returns the paths of the files, to change them.
    pub(super) fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let own = self.own.iter_mut();
        let own = own.flat_map(|own| [&mut own.certificate, &mut own.private_key]);
        own.chain(&mut self.authority).chain(&mut self.client_authority)
    }
}

/// Reads the keys of `[sip]`.
pub(super) fn read(table: &Table<'_>, listen: &[Listen], report: &mut Report<'_>) -> Tls {
    let mut file = |key: &str| {
        let path = table.value(key).and_then(|path| path.words(PATH_BYTES_MAX, report));
        path.map(PathBuf::from)
    };
    let (certificate, key) = (file("tls_certificate"), file("tls_private_key"));
    let (authority, client_authority) = (file("tls_authority"), file("tls_client_authority"));
    let has_listener = listen.iter().any(|listen| listen.transport == Transport::Tls);
    let own = match (certificate, key) {
        (Some(certificate), Some(private_key)) => Some(OwnCertificate { certificate, private_key }),
        (None, None) => None,
        (Some(_), None) => {
            let message = "[sip] has `tls_certificate` without `tls_private_key`";
            report.error(table.at(), message, "name both files");
            None
        }
        (None, Some(_)) => {
            let message = "[sip] has `tls_private_key` without `tls_certificate`";
            report.error(table.at(), message, "name both files");
            None
        }
    };
    if has_listener && table.value("tls_certificate").or(table.value("tls_private_key")).is_none() {
        let message = "`listen` has a tls: address, but [sip] has no certificate";
        report.error(table.at(), message, "set `tls_certificate` and `tls_private_key`");
    }
    if client_authority.is_some() && !has_listener {
        let message = "`tls_client_authority` is for callers over TLS";
        report.error(table.at(), message, "add a tls: address to `listen`, or remove it");
    }
    Tls { own, authority, client_authority }
}
