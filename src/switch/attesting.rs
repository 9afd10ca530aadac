//! Verifies which carrier vouches for a caller.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::tally::Tally;
use crate::base::Now;
use crate::sip::Incoming;
use crate::sip::wire::HeaderName;
use crate::stir::Authorities;
use crate::stir::Claim;
use crate::stir::Fetch;
use crate::stir::KnownCertificates;
use crate::stir::Look;
use crate::stir::Verdict;
use crate::stir::verify;

/// Largest file of authorities, in bytes.
const FILE_MAX: u64 = 4 << 20;
/// Name in metrics of a call whose caller is attested.
const ATTESTED: &str = "attested";

/// Who may vouch for carriers, and the carriers' certificates.
#[derive(Debug)]
pub struct Attesting {
    pub(super) authorities: Option<Authorities>,
    known: Mutex<KnownCertificates>,
    counts: Tally<&'static str>,
}

impl Default for Attesting {
    fn default() -> Self {
        let known = Mutex::default();
        Self { authorities: None, known, counts: Tally::new(RESULTS) }
    }
}

/// What an Identity header may come to: attested, or the codes of [`Fault`].
const RESULTS: &[&str] = &[
    ATTESTED,
    "malformed",
    "other_type",
    "other_algorithm",
    "stale",
    "other_caller",
    "other_number",
    "not_fetched",
    "unreachable",
    "certificate",
    "signature",
];

impl Attesting {
    /// Reads the authorities of the settings; without them nothing is verified.
    ///
    /// # Errors
    /// The file cannot be read or used; the text names it.
    pub fn of_file(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self::default()) };
        let shown = path.display();
        let failed = |why: String| format!("{shown}: {why}");
        let length = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
        if length > FILE_MAX {
            return Err(failed(format!("larger than {FILE_MAX} bytes")));
        }
        let text = fs::read(path).map_err(|error| failed(error.to_string()))?;
        let authorities = Authorities::of_pem(&text).map_err(failed)?;
        Ok(Self { authorities: Some(authorities), ..Self::default() })
    }

    /// Returns how many calls with an Identity header came to what.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        self.counts.read()
    }

    /// Returns whether a call has something to verify.
    pub(super) fn concerns(&self, incoming: &Incoming) -> bool {
        self.authorities.is_some() && incoming.request.header(HeaderName::Identity).is_some()
    }

    /// Verifies the Identity headers of a call. Returns the addresses of certificates to fetch, too.
    pub(super) fn verify(
        &self,
        incoming: &Incoming,
        claim: Claim<'_>,
        now: Now,
    ) -> (Verdict, Vec<String>) {
        let mut wanted = Vec::new();
        let identities = incoming.request.headers(HeaderName::Identity);
        let verdict = verify(identities, claim, |address| {
            let look = self.known().look(address, now.mono);
            let (found, fetch) = match look {
                Look::Chain(chain, fetch) => (Ok(chain), fetch),
                Look::Nothing(fault, fetch) => (Err(fault), fetch),
            };
            if fetch == Fetch::Now {
                wanted.push(address.to_owned());
            }
            found
        });
        match &verdict {
            Verdict::Absent => {}
            Verdict::Attested(_) => self.counts.add(ATTESTED),
            Verdict::Refused(fault) => self.counts.add(fault.code()),
        }
        (verdict, wanted)
    }

    /// Returns the carriers' certificates.
    pub(super) fn known(&self) -> MutexGuard<'_, KnownCertificates> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stir::Fault;

    #[test]
    fn every_fault_is_counted() {
        let attesting = Attesting::default();
        for fault in [
            Fault::Malformed(""),
            Fault::OtherType(String::new()),
            Fault::OtherAlgorithm(String::new()),
            Fault::Stale(0),
            Fault::OtherCaller,
            Fault::OtherNumber,
            Fault::NotFetched,
            Fault::Unreachable(String::new()),
            Fault::Certificate(String::new()),
            Fault::Signature,
        ] {
            attesting.counts.add(fault.code());
        }
        attesting.counts.add(ATTESTED);
        assert!(attesting.counts().iter().all(|(_, count)| *count == 1));
    }

    #[test]
    fn a_file_without_authorities_is_a_fault_that_names_it() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.pem");
        for (text, expected) in [(None, "No such file"), (Some("x"), "no certificate in PEM")] {
            if let Some(text) = text {
                fs::write(&file, text).unwrap();
            }
            let fault = Attesting::of_file(Some(&file)).unwrap_err();
            assert!(fault.contains(expected) && fault.contains("a.pem"), "{fault}");
        }
        assert!(Attesting::of_file(None).unwrap().authorities.is_none());
    }
}
