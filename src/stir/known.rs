//! The certificates that have been fetched, by their address.

use std::collections::HashMap;
use std::time::Duration;

use super::Chain;
use super::Fault;
use crate::base::Mono;

/// Most certificates that are known at once. Beyond it, the one that was fetched first is forgotten.
pub const CERTIFICATES_MAX: usize = 1_024;
/// Time after which a certificate is fetched again: it may have been replaced or withdrawn.
const FRESH: Duration = Duration::from_secs(24 * 3_600);
/// Time after which one that could not be fetched, or is refused, is tried again.
const RETRY: Duration = Duration::from_secs(60);
/// Longest address of a certificate, in bytes.
const ADDRESS_MAX: usize = 1_024;

/// What is known of an address.
#[derive(Debug)]
pub enum Look {
    /// The certificate, which is to be fetched again if `Fetch::Now` says so.
    Chain(Chain, Fetch),
    /// Nothing that can be used.
    Nothing(Fault, Fetch),
}

/// Whether the caller of [`KnownCertificates::look`] is to fetch the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// Yes; nobody else will until [`KnownCertificates::settle`] or a minute has passed.
    Now,
    /// No.
    Not,
}

#[derive(Debug)]
struct Entry {
    found: Result<Chain, Fault>,
    /// When it was first asked for.
    first: Mono,
    /// When it is fetched again.
    again: Mono,
}

/// Certificates by address.
#[derive(Debug, Default)]
pub struct KnownCertificates {
    entries: HashMap<String, Entry>,
}

impl KnownCertificates {
    /// Returns what is known of an address.
    pub fn look(&mut self, address: &str, now: Mono) -> Look {
        if address.len() > ADDRESS_MAX {
            return Look::Nothing(Fault::Malformed("the address of the certificate"), Fetch::Not);
        }
        if !self.entries.contains_key(address) {
            self.make_room();
            let entry = Entry { found: Err(Fault::NotFetched), first: now, again: now };
            self.entries.insert(address.to_owned(), entry);
        }
        let Some(entry) = self.entries.get_mut(address) else {
            return Look::Nothing(Fault::NotFetched, Fetch::Not);
        };
        let fetch = if now >= entry.again { Fetch::Now } else { Fetch::Not };
        if fetch == Fetch::Now {
            entry.again = now + RETRY;
        }
        match &entry.found {
            Ok(chain) => Look::Chain(chain.clone(), fetch),
            Err(fault) => Look::Nothing(fault.clone(), fetch),
        }
    }

    /// Takes what came of a fetch. A certificate that was good stays while its address cannot be
    /// reached.
    pub fn settle(&mut self, address: &str, found: Result<Chain, Fault>, now: Mono) {
        let Some(entry) = self.entries.get_mut(address) else { return };
        entry.again = now + if found.is_ok() { FRESH } else { RETRY };
        let is_unreachable = matches!(found, Err(Fault::Unreachable(_)));
        if !(is_unreachable && entry.found.is_ok()) {
            entry.found = found;
        }
    }

    fn make_room(&mut self) {
        if self.entries.len() < CERTIFICATES_MAX {
            return;
        }
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.first);
        if let Some(address) = oldest.map(|(address, _)| address.clone()) {
            self.entries.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Wall;
    use crate::stir::Authorities;
    use crate::stir::sample::Carrier;

    fn at(seconds: u64) -> Mono {
        Mono::default() + Duration::from_secs(seconds)
    }

    fn said(look: Look) -> (String, Fetch) {
        match look {
            Look::Chain(_, fetch) => ("good".to_owned(), fetch),
            Look::Nothing(fault, fetch) => (fault.code().to_owned(), fetch),
        }
    }

    #[test]
    fn a_certificate_is_fetched_once_and_again_after_a_day() {
        let carrier = Carrier::at("https://c/");
        let authorities = Authorities::of_pem(carrier.authority.as_bytes()).unwrap();
        let now = Wall::from_micros(1_800_000_000_000_000);
        let good = || Chain::verified(carrier.certificate.as_bytes(), &authorities, now);
        let unreachable = || Err(Fault::Unreachable("x".to_owned()));
        let mut known = KnownCertificates::default();
        let look =
            |known: &mut KnownCertificates, second| said(known.look("https://c/", at(second)));
        let of = |code: &str, fetch| (code.to_owned(), fetch);
        assert_eq!(look(&mut known, 0), of("not_fetched", Fetch::Now));
        assert_eq!(look(&mut known, 59), of("not_fetched", Fetch::Not));
        known.settle("https://c/", unreachable(), at(59));
        assert_eq!(look(&mut known, 60), of("unreachable", Fetch::Not));
        assert_eq!(look(&mut known, 119), of("unreachable", Fetch::Now));
        known.settle("https://c/", good(), at(120));
        assert_eq!(look(&mut known, 86_519), of("good", Fetch::Not));
        assert_eq!(look(&mut known, 86_520), of("good", Fetch::Now));
        assert_eq!(look(&mut known, 86_521), of("good", Fetch::Not));
        known.settle("https://c/", unreachable(), at(86_522));
        assert_eq!(look(&mut known, 86_530), of("good", Fetch::Not), "it stays");
        known.settle("https://c/", Err(Fault::Certificate("expired".to_owned())), at(86_600));
        assert_eq!(look(&mut known, 86_601), of("certificate", Fetch::Not));
        known.settle("https://other/", good(), at(0));
        assert_eq!(known.entries.len(), 1, "what was not asked for is not kept");
    }

    #[test]
    fn no_more_are_kept_than_the_bound() {
        let mut known = KnownCertificates::default();
        for n in 0..=u64::try_from(CERTIFICATES_MAX).unwrap() {
            known.look(&format!("https://{n}/"), at(n));
        }
        assert_eq!(known.entries.len(), CERTIFICATES_MAX);
        assert!(
            !known.entries.contains_key("https://0/") && known.entries.contains_key("https://1/")
        );
        let long = said(known.look(&"x".repeat(ADDRESS_MAX + 1), at(0)));
        assert_eq!(long, ("malformed".to_owned(), Fetch::Not));
    }
}
