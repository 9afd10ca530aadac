//! Certificates for tests.

use std::sync::Arc;

use super::Tls;

/// Returns TLS with a certificate for `127.0.0.1` by an authority that it trusts itself.
pub(in crate::net) fn tls(home: &tempfile::TempDir) -> Arc<Tls> {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut own = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let name = home.path().display().to_string();
    own.distinguished_name.push(rcgen::DnType::CommonName, name);
    let own = own.self_signed(&key).unwrap();
    let path = |name: &str| home.path().join(name);
    std::fs::write(path("c.pem"), own.pem()).unwrap();
    std::fs::write(path("k.pem"), key.serialize_pem()).unwrap();
    let (certificate, private_key) = (path("c.pem"), path("k.pem"));
    let own = Some(crate::config::OwnCertificate { certificate, private_key });
    let authority = Some(path("c.pem"));
    Arc::new(Tls::load(crate::config::Tls { own, authority, client_authority: None }).unwrap())
}
