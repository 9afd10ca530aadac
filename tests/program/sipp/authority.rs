//! Certificates for hosts of a stage's network, by an authority of the test.

use std::fs;
use std::path::PathBuf;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::DnType;
use rcgen::IsCa;
use rcgen::Issuer;
use rcgen::KeyPair;

/// An authority whose certificate is in a file.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    home: PathBuf,
}

impl Authority {
    /// Makes an authority, and writes its certificate to `NAME.pem`.
    pub(crate) fn new(home: PathBuf, name: &str) -> Self {
        let mut parameters = CertificateParams::new([]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = parameters.self_signed(&key).unwrap();
        fs::write(home.join(format!("{name}.pem")), own.pem()).unwrap();
        Self { issuer: Issuer::new(parameters, key), home }
    }

    /// Issues a certificate for a host, valid until the first day of a year: writes `NAME.pem`,
    /// `NAME.key`, and both to `NAME.both`. Each file is replaced at once.
    pub(crate) fn issue(&self, name: &str, host: &str, until: i32) {
        let mut parameters = CertificateParams::new([host.to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, host);
        parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        let key = key.serialize_pem();
        let both = format!("{certificate}{key}");
        for (ending, text) in [("pem", &certificate), ("key", &key), ("both", &both)] {
            let part = self.home.join("part");
            fs::write(&part, text).unwrap();
            fs::rename(part, self.home.join(format!("{name}.{ending}"))).unwrap();
        }
    }
}
