//! The certificates that have been fetched, by their address.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::time::Duration;

use super::Chain;
use super::Fault;
use crate::base::Mono;
use crate::base::TrunkId;

/// Most certificates that are known at once, and most addresses without one. Beyond it, the one that was
/// asked for first is forgotten.
pub const CERTIFICATES_MAX: usize = 1_024;
/// Most certificates that are fetched at once for the calls of a trunk.
pub const FETCHES_MAX: usize = 8;
/// Most new addresses that the calls of a trunk may bring in a minute. A trunk brings those of the
/// carriers whose calls it passes on: a few hundred, of which most are known.
pub const NEW_PER_MINUTE: usize = 30;
const MINUTE: Duration = Duration::from_secs(60);
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
    /// The trunk whose call has it fetched, until that ends.
    fetched_for: Option<TrunkId>,
}

/// Certificates by address. Those that were good once are kept apart from addresses that never were:
/// whoever makes up addresses pushes out no carrier's certificate.
#[derive(Debug, Default)]
pub struct KnownCertificates {
    /// Addresses whose certificate was good.
    good: HashMap<String, Entry>,
    /// Addresses of which nothing good is known.
    unproven: HashMap<String, Entry>,
    /// When the calls of a trunk brought new addresses, within a minute.
    new: HashMap<TrunkId, VecDeque<Mono>>,
}

impl KnownCertificates {
    /// Returns what is known of an address that a call of a trunk names. A new address is fetched only
    /// within the bounds of the trunk: [`NEW_PER_MINUTE`] and [`FETCHES_MAX`].
    pub fn look(&mut self, address: &str, trunk: &TrunkId, now: Mono) -> Look {
        if address.len() > ADDRESS_MAX {
            return Look::Nothing(Fault::Malformed("the address of the certificate"), Fetch::Not);
        }
        let may_fetch = self.fetches(trunk, now) < FETCHES_MAX;
        let is_known = self.good.contains_key(address) || self.unproven.contains_key(address);
        if !is_known {
            if !may_fetch || !self.may_add(trunk, now) {
                return Look::Nothing(Fault::NotFetched, Fetch::Not);
            }
            make_room(&mut self.unproven);
            let found = Err(Fault::NotFetched);
            let entry = Entry { found, first: now, again: now, fetched_for: None };
            self.unproven.insert(address.to_owned(), entry);
        }
        let good = self.good.get_mut(address);
        let Some(entry) = good.or_else(|| self.unproven.get_mut(address)) else {
            return Look::Nothing(Fault::NotFetched, Fetch::Not);
        };
        let fetch = if may_fetch && now >= entry.again { Fetch::Now } else { Fetch::Not };
        if fetch == Fetch::Now {
            entry.again = now + RETRY;
            entry.fetched_for = Some(trunk.clone());
        }
        match &entry.found {
            Ok(chain) => Look::Chain(chain.clone(), fetch),
            Err(fault) => Look::Nothing(fault.clone(), fetch),
        }
    }

    /// Takes what came of a fetch. A certificate that was good stays while its address cannot be
    /// reached.
    pub fn settle(&mut self, address: &str, found: Result<Chain, Fault>, now: Mono) {
        let is_unreachable = matches!(found, Err(Fault::Unreachable(_)));
        let again = now + if found.is_ok() { FRESH } else { RETRY };
        if let Some(entry) = self.good.get_mut(address) {
            (entry.again, entry.fetched_for) = (again, None);
            if !(is_unreachable && entry.found.is_ok()) {
                entry.found = found;
            }
            return;
        }
        let Some(mut entry) = self.unproven.remove(address) else { return };
        (entry.again, entry.fetched_for, entry.found) = (again, None, found);
        let into = if entry.found.is_ok() { &mut self.good } else { &mut self.unproven };
        make_room(into);
        into.insert(address.to_owned(), entry);
    }

    /// Forgets every certificate: other authorities are trusted from now on.
    pub fn clear(&mut self) {
        self.good.clear();
        self.unproven.clear();
    }

    /// Returns how many certificates are fetched for calls of a trunk. One that takes longer than a
    /// minute is given up.
    fn fetches(&self, trunk: &TrunkId, now: Mono) -> usize {
        let all = self.good.values().chain(self.unproven.values());
        all.filter(|entry| entry.fetched_for.as_ref() == Some(trunk) && now < entry.again).count()
    }

    /// Counts a new address of a trunk, if it may bring another.
    fn may_add(&mut self, trunk: &TrunkId, now: Mono) -> bool {
        let new = self.new.entry(trunk.clone()).or_default();
        while new.front().is_some_and(|first| *first + MINUTE <= now) {
            new.pop_front();
        }
        let may = new.len() < NEW_PER_MINUTE;
        if may {
            new.push_back(now);
        }
        may
    }
}

/// Forgets the address that was first asked for, if there are as many as may be.
fn make_room(entries: &mut HashMap<String, Entry>) {
    if entries.len() < CERTIFICATES_MAX {
        return;
    }
    let oldest = entries.iter().min_by_key(|(_, entry)| entry.first);
    if let Some(address) = oldest.map(|(address, _)| address.clone()) {
        entries.remove(&address);
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

    fn trunk(name: &str) -> TrunkId {
        name.parse().unwrap()
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
        let look = |known: &mut KnownCertificates, second| {
            said(known.look("https://c/", &trunk("a"), at(second)))
        };
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
        assert_eq!((known.good.len(), known.unproven.len()), (1, 0), "it was not asked for");
        known.clear();
        assert_eq!(look(&mut known, 90_000), of("not_fetched", Fetch::Now), "other authorities");
    }

    #[test]
    fn no_more_are_kept_than_the_bound() {
        let mut known = KnownCertificates::default();
        for n in 0..=u64::try_from(CERTIFICATES_MAX).unwrap() {
            // Each trunk brings one.
            known.look(&format!("https://{n}/"), &trunk(&format!("t{n}")), at(n));
        }
        assert_eq!(known.unproven.len(), CERTIFICATES_MAX);
        let has = |address: &str| known.unproven.contains_key(address);
        assert!(!has("https://0/") && has("https://1/"));
        let long = said(known.look(&"x".repeat(ADDRESS_MAX + 1), &trunk("a"), at(0)));
        assert_eq!(long, ("malformed".to_owned(), Fetch::Not));
    }

    /// A trunk makes up addresses for an hour: a carrier's certificate stays, and the calls of another
    /// trunk have theirs fetched.
    #[test]
    fn made_up_addresses_push_out_no_certificate() {
        let carrier = Carrier::at("https://c/");
        let authorities = Authorities::of_pem(carrier.authority.as_bytes()).unwrap();
        let now = Wall::from_micros(1_800_000_000_000_000);
        let mut known = KnownCertificates::default();
        known.look("https://c/", &trunk("honest"), at(0));
        let chain = Chain::verified(carrier.certificate.as_bytes(), &authorities, now);
        known.settle("https://c/", chain, at(1));
        let mut fetched = 0;
        for n in 0..36_000 {
            let address = format!("https://{n}/");
            let look = known.look(&address, &trunk("forger"), at(n / 10));
            if said(look).1 == Fetch::Now {
                fetched += 1;
                known.settle(&address, Err(Fault::Unreachable("x".to_owned())), at(n / 10));
            }
        }
        assert_eq!(fetched, 60 * NEW_PER_MINUTE);
        let honest = trunk("honest");
        assert_eq!(
            said(known.look("https://c/", &honest, at(3_600))),
            ("good".to_owned(), Fetch::Not)
        );
        let new = said(known.look("https://d/", &honest, at(3_600)));
        assert_eq!(new, ("not_fetched".to_owned(), Fetch::Now));
    }

    /// The servers of a trunk's addresses do not answer.
    #[test]
    fn a_trunk_has_so_many_fetches_at_once() {
        let mut known = KnownCertificates::default();
        let mut fetched = |trunk: &TrunkId, from: usize, second| {
            let address = |n: usize| format!("https://{trunk}/{n}");
            let all = (from..from + 20).map(|n| said(known.look(&address(n), trunk, at(second))));
            all.filter(|(_, fetch)| *fetch == Fetch::Now).count()
        };
        assert_eq!(fetched(&trunk("a"), 0, 0), FETCHES_MAX);
        assert_eq!(fetched(&trunk("b"), 0, 0), FETCHES_MAX);
        assert_eq!(fetched(&trunk("a"), 20, 59), 0);
        assert_eq!(fetched(&trunk("a"), 40, 60), FETCHES_MAX, "they were given up");
        known.settle("https://a/40", Err(Fault::Unreachable("x".to_owned())), at(61));
        let next = said(known.look("https://a/60", &trunk("a"), at(61)));
        assert_eq!(next.1, Fetch::Now);
    }
}
