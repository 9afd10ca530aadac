//! The certificates in use, and the files that they come from.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;
use rustls::sign::SingleCertAndKey;

use super::validity::Validity;
use crate::base::Wall;
use crate::config;

/// How long before its end a certificate is warned of.
pub const EXPIRES_SOON: Duration = Duration::from_secs(14 * 86_400);
/// Largest file of certificates, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// Why certificates cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// A file cannot be read.
    #[error("{}: cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file does not contain what it should.
    #[error("{}: has no {what} in PEM", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// The private key belongs to another certificate.
    #[error("{}: is not the private key of {}", key.display(), certificate.display())]
    OtherKey {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
    },
    /// A file's content cannot be used.
    #[error("{}: cannot be used: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The certificate has expired.
    #[error("{}: the certificate expired at {}", path.display(), at.timestamp())]
    Expired {
        /// The file.
        path: PathBuf,
        /// When.
        at: Wall,
    },
}

impl CertificateFault {
    /// Returns the file with the fault.
    pub fn path(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. }
            | Self::Empty { path, .. }
            | Self::OtherKey { key: path, .. }
            | Self::Unusable { path, .. }
            | Self::Expired { path, .. } => path,
        }
    }

    /// Returns what to do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "let the switch's user read it, or correct the path",
            Self::Empty { .. } | Self::Unusable { .. } => {
                "convert it to PEM, with `-----BEGIN …-----` lines"
            }
            Self::OtherKey { .. } => "name the key that the certificate was issued for",
            Self::Expired { .. } => "renew the certificate",
        }
    }
}

/// TLS for servers and clients, with certificates that can be replaced while it is in use.
/// Connections that are made keep the certificates they began with.
#[derive(Debug)]
pub struct Tls {
    files: config::Tls,
    pub(super) current: ArcSwap<Current>,
    /// What was read last, used or not.
    read: Mutex<Contents>,
}

/// What new connections use.
#[derive(Debug)]
pub(super) struct Current {
    /// For connections that we accept; `None` without a certificate of our own.
    pub(super) server: Option<Arc<ServerConfig>>,
    /// For connections that we make.
    pub(super) client: Arc<ClientConfig>,
    validity: Option<Validity>,
}

/// Whether certificates were replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// No file has changed since they were read last.
    Same,
    /// New connections use the files' new content.
    Replaced,
}

/// The content of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Contents {
    own: Option<Own>,
    authority: Option<Result<Vec<u8>, CertificateFault>>,
    client_authority: Option<Result<Vec<u8>, CertificateFault>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Own {
    certificate: Result<Vec<u8>, CertificateFault>,
    key: Result<Vec<u8>, CertificateFault>,
}

impl Tls {
    /// Reads the certificates. One that has expired is used: to stop all calls would be worse.
    ///
    /// # Errors
    /// The first file that is missing, unreadable, or does not fit.
    pub fn load(files: config::Tls) -> Result<Self, CertificateFault> {
        let contents = Contents::read(&files);
        let current = Current::of(&files, &contents)?;
        Ok(Self { files, current: ArcSwap::from_pointee(current), read: Mutex::new(contents) })
    }

    /// Reads the certificates again if their files have changed. After a fault, and instead of a
    /// certificate that has expired, those in use stay; the fault is returned once for each change.
    ///
    /// # Errors
    /// Why the new ones cannot be used.
    pub fn reload(&self, now: Wall) -> Result<Kept, CertificateFault> {
        let contents = Contents::read(&self.files);
        {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if *read == contents {
                return Ok(Kept::Same);
            }
            read.clone_from(&contents);
        }
        let current = Current::of(&self.files, &contents)?;
        if let Some(fault) = self.expired(current.validity, now) {
            return Err(fault);
        }
        self.current.store(Arc::new(current));
        Ok(Kept::Replaced)
    }

    /// Returns how long our own certificate is valid; `None` without one.
    pub fn validity(&self) -> Option<Validity> {
        self.current.load().validity
    }

    /// Returns the fault of our own certificate if it has expired.
    pub fn expiry(&self, now: Wall) -> Option<CertificateFault> {
        self.expired(self.validity(), now)
    }

    /// Returns our own certificate's file and when it expires, if that is soon or past.
    pub fn expires_soon(&self, now: Wall) -> Option<(&Path, Wall)> {
        let (own, validity) = (self.files.own.as_ref()?, self.validity()?);
        let is_soon = validity.until <= now || validity.until.since(now) < EXPIRES_SOON;
        is_soon.then_some((own.certificate.as_path(), validity.until))
    }

    /// Returns the files of the certificates.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.files()
    }

    fn expired(&self, validity: Option<Validity>, now: Wall) -> Option<CertificateFault> {
        let at = validity?.until;
        let path = self.files.own.as_ref()?.certificate.clone();
        (at <= now).then_some(CertificateFault::Expired { path, at })
    }
}

impl Contents {
    fn read(files: &config::Tls) -> Self {
        let own = files.own.as_ref().map(|own| Own {
            certificate: content(&own.certificate),
            key: content(&own.private_key),
        });
        let authority = files.authority.as_deref().map(content);
        let client_authority = files.client_authority.as_deref().map(content);
        Self { own, authority, client_authority }
    }
}

/// Reads a file.
fn content(path: &Path) -> Result<Vec<u8>, CertificateFault> {
    let unreadable = |why: String| CertificateFault::Unreadable { path: path.to_owned(), why };
    let known = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => unreadable("there is no such file".to_owned()),
        _ => unreadable(error.to_string()),
    };
    let length = fs::metadata(path).map_err(known)?.len();
    if length > FILE_MAX {
        return Err(unreadable(format!("it has over {FILE_MAX} bytes")));
    }
    fs::read(path).map_err(known)
}

impl Current {
    fn of(files: &config::Tls, contents: &Contents) -> Result<Self, CertificateFault> {
        let provider = Arc::new(ring::default_provider());
        let own = match (&files.own, &contents.own) {
            (Some(files), Some(own)) => Some(certified(files, own, &provider)?),
            _ => None,
        };
        let validity = own.as_ref().and_then(|own| Validity::of(own.cert.first()?));
        let own = own.map(|own| Arc::new(SingleCertAndKey::from(own)));

        let trusted = match (&files.authority, &contents.authority) {
            (Some(path), Some(content)) => roots(path, content.as_ref())?,
            _ => system_roots(),
        };
        let client = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(Path::new("TLS"), error))?
            .with_root_certificates(trusted);
        let client = match own.clone() {
            Some(own) => client.with_client_cert_resolver(own),
            None => client.with_no_client_auth(),
        };
        let clients = match (&files.client_authority, &contents.client_authority) {
            (Some(path), Some(content)) => Some((path, roots(path, content.as_ref())?)),
            _ => None,
        };
        let server = own.map(|own| -> Result<_, CertificateFault> {
            let builder = ServerConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|error| unusable(Path::new("TLS"), error))?;
            let builder = match clients {
                None => builder.with_no_client_auth(),
                Some((path, roots)) => {
                    let roots = Arc::new(roots);
                    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                    let verifier = verifier.build().map_err(|error| unusable(path, error))?;
                    builder.with_client_cert_verifier(verifier)
                }
            };
            Ok(Arc::new(builder.with_cert_resolver(own)))
        });
        Ok(Self { server: server.transpose()?, client: Arc::new(client), validity })
    }
}

fn unusable(path: &Path, why: impl ToString) -> CertificateFault {
    CertificateFault::Unusable { path: path.to_owned(), why: why.to_string() }
}

/// Returns our certificate with its key, if they fit.
fn certified(
    files: &config::OwnCertificate,
    own: &Own,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, CertificateFault> {
    let chain = certificates(&files.certificate, own.certificate.as_ref())?;
    let path = &files.private_key;
    let key = PrivateKeyDer::from_pem_slice(own.key.as_ref().map_err(Clone::clone)?);
    let what = "private key";
    let key = key.map_err(|_| CertificateFault::Empty { path: path.clone(), what })?;
    match CertifiedKey::from_der(chain, key, provider) {
        Ok(own) => Ok(own),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let (key, certificate) = (path.clone(), files.certificate.clone());
            Err(CertificateFault::OtherKey { key, certificate })
        }
        Err(error) => Err(unusable(path, error)),
    }
}

/// Returns the certificates in a file, at least one.
fn certificates(
    path: &Path,
    content: Result<&Vec<u8>, &CertificateFault>,
) -> Result<Vec<CertificateDer<'static>>, CertificateFault> {
    let found = CertificateDer::pem_slice_iter(content.map_err(Clone::clone)?);
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| unusable(path, error))?;
    if found.is_empty() {
        return Err(CertificateFault::Empty { path: path.to_owned(), what: "certificate" });
    }
    Ok(found)
}

/// Returns the authorities in a file.
fn roots(
    path: &Path,
    content: Result<&Vec<u8>, &CertificateFault>,
) -> Result<RootCertStore, CertificateFault> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(path, content)? {
        roots.add(authority).map_err(|error| unusable(path, error))?;
    }
    Ok(roots)
}

/// Returns the authorities that the system trusts. Without any, no server is trusted.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    roots
}

#[cfg(test)]
mod tests;
