//! Authorities that may vouch for the certificates of carriers.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::TrustAnchor;
use rustls::pki_types::pem::PemObject as _;

/// Root certificates, such as those of the list of trusted STI authorities.
#[derive(Debug, Clone)]
pub struct Authorities {
    anchors: Vec<TrustAnchor<'static>>,
}

impl Authorities {
    /// Reads certificates in PEM.
    ///
    /// # Errors
    /// There is none, or one cannot be used.
    pub fn of_pem(text: &[u8]) -> Result<Authorities, String> {
        let mut anchors = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(text) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            let anchor = webpki::anchor_from_trusted_cert(&certificate);
            anchors.push(anchor.map_err(|error| error.to_string())?.to_owned());
        }
        if anchors.is_empty() {
            return Err("no certificate in PEM".to_owned());
        }
        Ok(Authorities { anchors })
    }

    pub(super) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }
}
