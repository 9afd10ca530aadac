//! Verifies which carrier vouches for a caller.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use arc_swap::ArcSwapOption;

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
    /// Their file.
    path: Option<PathBuf>,
    authorities: ArcSwapOption<Authorities>,
    /// What the file had when it was last read.
    read: Mutex<Vec<u8>>,
    known: Mutex<KnownCertificates>,
    counts: Tally<&'static str>,
}

impl Default for Attesting {
    fn default() -> Self {
        let known = Mutex::default();
        let counts = Tally::new(RESULTS);
        Self {
            path: None,
            authorities: ArcSwapOption::empty(),
            read: Mutex::default(),
            known,
            counts,
        }
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
        let attesting = Self { path: path.map(Path::to_owned), ..Self::default() };
        attesting.reload()?;
        Ok(attesting)
    }

    /// Reads the authorities again if their file has changed; returns whether it has. Certificates of
    /// carriers are then verified anew. After a fault, which is returned once for each change, those in
    /// use stay.
    ///
    /// # Errors
    /// The file cannot be read or used; the text names it.
    pub fn reload(&self) -> Result<bool, String> {
        let Some(path) = &self.path else { return Ok(false) };
        let failed = |why: String| format!("{}: {why}", path.display());
        let length = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
        if length > FILE_MAX {
            return Err(failed(format!("larger than {FILE_MAX} bytes")));
        }
        let text = fs::read(path).map_err(|error| failed(error.to_string()))?;
        {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if *read == text {
                return Ok(false);
            }
            read.clone_from(&text);
        }
        let authorities = Authorities::of_pem(&text).map_err(failed)?;
        self.authorities.store(Some(Arc::new(authorities)));
        self.known().clear();
        Ok(true)
    }

    /// Returns the file of the authorities; `None` without one.
    pub fn file(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    /// Returns who may vouch for carriers.
    pub(super) fn authorities(&self) -> Option<Arc<Authorities>> {
        self.authorities.load_full()
    }

    /// Returns how many calls with an Identity header came to what.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        self.counts.read()
    }

    /// Returns whether a call has something to verify.
    pub(super) fn concerns(&self, incoming: &Incoming) -> bool {
        self.authorities.load().is_some() && incoming.request.header(HeaderName::Identity).is_some()
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
            let look = self.known().look(address, &incoming.trunk, now.mono);
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
    use crate::base::Mono;
    use crate::stir::Fault;
    use crate::stir::sample::Carrier;

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
        assert!(Attesting::of_file(None).unwrap().authorities().is_none());
    }

    #[test]
    fn authorities_are_replaced_and_stay_when_their_file_breaks() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.pem");
        let authority = |address: &str| Carrier::at(address).authority;
        fs::write(&file, authority("https://one/")).unwrap();
        let attesting = Attesting::of_file(Some(&file)).unwrap();
        assert_eq!(attesting.reload(), Ok(false));
        let first = attesting.authorities().unwrap();
        attesting.known().look("https://one/", &"a".parse().unwrap(), Mono::default());
        fs::write(&file, authority("https://two/")).unwrap();
        assert_eq!(attesting.reload(), Ok(true));
        let second = attesting.authorities().unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        let look = attesting.known().look("https://one/", &"a".parse().unwrap(), Mono::default());
        assert!(matches!(look, Look::Nothing(_, Fetch::Now)), "it is verified anew: {look:?}");
        fs::write(&file, "broken").unwrap();
        let fault = attesting.reload().unwrap_err();
        assert!(fault.contains("no certificate in PEM"), "{fault}");
        assert_eq!(attesting.reload(), Ok(false), "each fault is returned once");
        assert!(Arc::ptr_eq(&second, &attesting.authorities().unwrap()));
    }
}
