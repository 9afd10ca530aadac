//! A carrier's certificate, and those that lead to its authority.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject as _;
use webpki::EndEntityCert;
use webpki::KeyUsage;
use webpki::ring::ECDSA_P256_SHA256;
use webpki::ring::ECDSA_P384_SHA384;

use super::Authorities;
use super::Fault;
use crate::base::Wall;

/// Longest chain of certificates that is read, in bytes of PEM.
pub const CHAIN_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a signature by ES256: two numbers of 32 (RFC 7518 §3.4).
const SIGNATURE_BYTES: usize = 64;

/// A carrier's certificate that an authority vouches for.
#[derive(Debug, Clone)]
pub struct Chain {
    leaf: CertificateDer<'static>,
}

impl Chain {
    /// Reads a certificate, followed by those that lead to its authority, in PEM, and verifies it
    /// (ATIS-1000080).
    ///
    /// # Errors
    /// [`Fault::Certificate`]: it cannot be read, none of the authorities vouches for it, or it is
    /// not valid now.
    pub fn verified(pem: &[u8], authorities: &Authorities, now: Wall) -> Result<Chain, Fault> {
        let refused = |why: String| Fault::Certificate(why);
        let read = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let all = read.map_err(|error| refused(error.to_string()))?;
        let Some((leaf, between)) = all.split_first() else {
            return Err(refused("no certificate in PEM".to_owned()));
        };
        let certificate =
            EndEntityCert::try_from(leaf).map_err(|error| refused(error.to_string()))?;
        let since = u64::try_from(now.micros()).unwrap_or(0);
        let verified = certificate.verify_for_usage(
            &[ECDSA_P256_SHA256, ECDSA_P384_SHA384],
            authorities.anchors(),
            between,
            UnixTime::since_unix_epoch(Duration::from_micros(since)),
            // These certificates have no extended key usage; one that has it must allow clients.
            KeyUsage::client_auth(),
            None,
            None,
        );
        verified.map_err(|error| refused(error.to_string()))?;
        Ok(Chain { leaf: leaf.clone().into_owned() })
    }

    /// Checks a signature by ES256.
    ///
    /// # Errors
    /// [`Fault::Signature`]: this certificate did not make it.
    pub(super) fn check(&self, signed: &[u8], signature: &[u8]) -> Result<(), Fault> {
        let certificate = EndEntityCert::try_from(&self.leaf).map_err(|_| Fault::Signature)?;
        let signature = in_asn1(signature).ok_or(Fault::Signature)?;
        let checked = certificate.verify_signature(ECDSA_P256_SHA256, signed, &signature);
        checked.map_err(|_| Fault::Signature)
    }
}

/// Returns a signature of JWS as the ASN.1 sequence of two integers that certificates use (RFC 3279
/// §2.2.3).
fn in_asn1(signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != SIGNATURE_BYTES {
        return None;
    }
    let (r, s) = signature.split_at(SIGNATURE_BYTES / 2);
    let integers = [integer(r), integer(s)].concat();
    let length = u8::try_from(integers.len()).ok()?;
    Some([&[0x30, length][..], &integers].concat())
}

/// Returns a positive number as an ASN.1 integer: without leading zeros, but with one where the first
/// bit is set.
fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros.min(number.len() - 1)..).unwrap_or_default();
    let pad = digits.first().is_some_and(|first| first & 0x80 != 0);
    let length = u8::try_from(digits.len() + usize::from(pad)).unwrap_or(0);
    let mut out = vec![0x02, length];
    out.extend(pad.then_some(0));
    out.extend_from_slice(digits);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stir::sample::Carrier;

    #[test]
    fn a_certificate_needs_its_authority_and_its_time() {
        let (carrier, other) = (Carrier::at("https://c/"), Carrier::at("https://c/"));
        let authorities = Authorities::of_pem(carrier.authority.as_bytes()).unwrap();
        // Certificates of the tests are valid from 1975 to 4096.
        let verified = |pem: &str, second: i64| {
            let at = Wall::from_micros(second * 1_000_000);
            Chain::verified(pem.as_bytes(), &authorities, at)
        };
        let chained = format!("{}{}", carrier.certificate, carrier.authority);
        for (pem, second, is_good) in [
            (&carrier.certificate, 1_800_000_000, true),
            (&chained, 1_800_000_000, true),
            (&carrier.certificate, 0, false),
            (&other.certificate, 1_800_000_000, false),
            (&carrier.authority, 1_800_000_000, false),
            (&"no certificate".to_owned(), 1_800_000_000, false),
        ] {
            let verified = verified(pem, second);
            let refused = matches!(verified, Err(Fault::Certificate(_)));
            assert_eq!((verified.is_ok(), refused), (is_good, !is_good), "{pem} {second}");
        }
        assert!(Authorities::of_pem(b"").is_err());
    }

    #[test]
    fn integers_are_positive_and_short() {
        for (number, expected) in [
            (&[0, 0, 1][..], &[2, 1, 1][..]),
            (&[0x7F, 0xFF], &[2, 2, 0x7F, 0xFF]),
            (&[0x80, 0], &[2, 3, 0, 0x80, 0]),
            (&[0, 0x80], &[2, 2, 0, 0x80]),
            (&[0, 0], &[2, 1, 0]),
        ] {
            assert_eq!(integer(number), expected, "{number:?}");
        }
        assert_eq!(in_asn1(&[1; 63]), None);
        assert_eq!(in_asn1(&[0xFF; 64]).map(|bytes| bytes.len()), Some(2 + 2 * (2 + 33)));
    }
}
