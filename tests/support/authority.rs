//! A private authority, and Redis servers with certificates that it has signed.

use std::path::Path;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::DnType;
use rcgen::IsCa;
use rcgen::KeyPair;
use tempfile::TempDir;

/// An authority, and the files of one certificate that it has signed.
pub(crate) struct Authority {
    files: TempDir,
    /// The authority's own certificate, in PEM.
    pub(crate) pem: String,
}

impl Authority {
    /// Creates an authority, and a certificate of a server that has a name.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL takes a certificate whose issuer has its own name for one that signed itself.
        params.distinguished_name.push(DnType::CommonName, "authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let (files, pem) = (tempfile::tempdir().unwrap(), issuer.pem());
        let write = |name: &str, text: &str| std::fs::write(files.path().join(name), text).unwrap();
        write("server.pem", &certificate.pem());
        write("key.pem", &key.serialize_pem());
        write("authority.pem", &pem);
        Self { files, pem }
    }

    /// Returns the settings of a server of Redis that accepts connections by TLS at a port, and makes its
    /// own by TLS: names and values.
    pub(crate) fn settings(&self, port: u16) -> [[String; 2]; 6] {
        let path = |name: &str| Path::new(self.files.path()).join(name).display().to_string();
        [
            ["tls-port", &port.to_string()],
            ["tls-cert-file", &path("server.pem")],
            ["tls-key-file", &path("key.pem")],
            ["tls-ca-cert-file", &path("authority.pem")],
            ["tls-auth-clients", "no"],
            ["tls-replication", "yes"],
        ]
        .map(|setting| setting.map(str::to_owned))
    }

    /// Returns the same as arguments.
    pub(crate) fn arguments(&self, port: u16) -> Vec<String> {
        let settings = self.settings(port).into_iter();
        settings.flat_map(|[name, value]| [format!("--{name}"), value]).collect()
    }
}
