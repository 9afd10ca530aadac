//! Why a caller's number counts as not attested.

/// Why an Identity header does not attest the caller's number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The header is not one of RFC 8224, or its passport not one of RFC 8588.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// The passport is in another form than `shaken`.
    #[error("passport of type `{0}`, not shaken")]
    OtherType(String),
    /// The signature is by another algorithm than ES256.
    #[error("algorithm `{0}`, not ES256")]
    OtherAlgorithm(String),
    /// The passport was signed too long before the call, or after it.
    #[error("signed {0} s before the call (at most 60)")]
    Stale(i64),
    /// The passport is of another caller.
    #[error("signed for another caller")]
    OtherCaller,
    /// The passport is of a call to another number.
    #[error("signed for a call to another number")]
    OtherNumber,
    /// The certificate is not known yet: it is fetched for the calls after this one.
    #[error("certificate not fetched yet")]
    NotFetched,
    /// The certificate could not be fetched.
    #[error("certificate not fetched: {0}")]
    Unreachable(String),
    /// No authority in the settings vouches for the certificate.
    #[error("certificate refused: {0}")]
    Certificate(String),
    /// The certificate did not make the signature.
    #[error("wrong signature")]
    Signature,
}

impl Fault {
    /// Returns the name in metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Fault::Malformed(_) => "malformed",
            Fault::OtherType(_) => "other_type",
            Fault::OtherAlgorithm(_) => "other_algorithm",
            Fault::Stale(_) => "stale",
            Fault::OtherCaller => "other_caller",
            Fault::OtherNumber => "other_number",
            Fault::NotFetched => "not_fetched",
            Fault::Unreachable(_) => "unreachable",
            Fault::Certificate(_) => "certificate",
            Fault::Signature => "signature",
        }
    }
}
