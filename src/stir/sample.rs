//! A carrier with a certificate of its authority, for tests: signs passports.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::IsCa;
use rcgen::KeyPair;
use ring::rand::SystemRandom;
use ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
use ring::signature::EcdsaKeyPair;
use serde_json::Value;
use serde_json::json;

/// A carrier that signs its calls.
pub(crate) struct Carrier {
    /// Certificate of its authority, in PEM.
    pub(crate) authority: String,
    /// Its own certificate, in PEM.
    pub(crate) certificate: String,
    /// Address of that.
    pub(crate) url: String,
    key: EcdsaKeyPair,
}

impl Carrier {
    /// Creates a carrier whose certificate is at an address.
    pub(crate) fn at(url: &str) -> Carrier {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let own = KeyPair::generate().unwrap();
        let issued = CertificateParams::default().signed_by(&own, &authority).unwrap();
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &own.serialize_der(), &random).unwrap();
        let (authority, certificate) = (authority.pem(), issued.pem());
        Carrier { authority, certificate, url: url.to_owned(), key }
    }

    /// The header of its passports.
    pub(crate) fn header(&self) -> Value {
        json!({"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": self.url})
    }

    /// The payload of a passport, signed at a time in seconds since 1970.
    pub(crate) fn payload(attest: &str, caller: &str, called: &str, at: i64) -> Value {
        let digits = |number: &str| number.trim_start_matches('+').to_owned();
        json!({"attest": attest, "dest": {"tn": [digits(called)]}, "iat": at,
            "orig": {"tn": digits(caller)}, "origid": "123e4567-e89b-12d3-a456-426655440000"})
    }

    /// The value of an Identity header.
    pub(crate) fn sign(&self, header: &Value, payload: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(header), part(payload));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        let signature = URL_SAFE_NO_PAD.encode(signature);
        format!("{signed}.{signature};info=<{}>;alg=ES256;ppt=shaken", self.url)
    }
}
