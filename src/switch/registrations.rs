//! The registrations of this node with the registrars of carriers.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use arc_swap::ArcSwap;

use super::awaiting::Awaiting;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::call::RegisteredState;
use crate::call::RegistrationReport;
use crate::net::sip::SipLine;
use crate::sip::Command;
use crate::sip::Register;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome;

/// A registration: the trunk, and the registrar as the book names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistrationKey {
    /// The trunk.
    pub trunk: TrunkId,
    /// The registrar's address in the book.
    pub registrar: String,
}

/// State of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationState {
    /// What became of the latest REGISTER.
    pub outcome: RegistrationOutcome,
    /// When that was.
    pub at: Wall,
    /// When the contact is with the registrar until; `None` if it is not.
    pub until: Option<Wall>,
    /// Addresses of the registrar: calls from them are the trunk's.
    addresses: Vec<IpAddr>,
}

/// The registrations, by trunk and registrar, and the REGISTERs that wait for their outcome.
#[derive(Debug, Default)]
pub struct Registrations {
    awaiting: Awaiting<RegistrationId, RegistrationOutcome>,
    states: Mutex<BTreeMap<RegistrationKey, RegistrationState>>,
    trunks: ArcSwap<HashMap<IpAddr, TrunkId>>,
}

impl Registrations {
    /// Sends a REGISTER and waits for its outcome.
    pub(super) async fn ask(&self, line: &SipLine, register: Register) -> RegistrationOutcome {
        let (id, command) = (register.id, Command::Register(Box::new(register)));
        let outcome = self.awaiting.ask(line, id, command).await;
        // The SIP task has ended.
        outcome.unwrap_or(RegistrationOutcome::Unanswered)
    }

    /// Passes an outcome on to who waits for it.
    pub(super) fn settle(&self, id: RegistrationId, outcome: RegistrationOutcome) {
        self.awaiting.settle(&id, outcome);
    }

    /// Notes the state of a registration; `addresses` are those of its registrar, if they are known.
    pub(super) fn note(
        &self,
        key: RegistrationKey,
        outcome: RegistrationOutcome,
        addresses: Vec<IpAddr>,
        at: Wall,
    ) {
        let mut states = self.states();
        let known = states.remove(&key);
        let before = known.as_ref().and_then(|known| known.until).filter(|until| *until > at);
        let until = match &outcome {
            RegistrationOutcome::Bound(granted) if granted.is_zero() => None,
            RegistrationOutcome::Bound(granted) => Some(at + *granted),
            // An earlier registration goes on until its end.
            RegistrationOutcome::Refused(..) | RegistrationOutcome::Unanswered => before,
        };
        let addresses = match known {
            Some(known) if addresses.is_empty() => known.addresses,
            Some(_) | None => addresses,
        };
        states.insert(key, RegistrationState { outcome, at, until, addresses });
        self.publish(&states);
    }

    /// Forgets a registration that the book has no more.
    pub(super) fn forget(&self, key: &RegistrationKey) {
        let mut states = self.states();
        states.remove(key);
        self.publish(&states);
    }

    /// Returns the trunk that registers with a registrar at this address.
    pub(super) fn trunk_at(&self, address: IpAddr) -> Option<TrunkId> {
        self.trunks.load().get(&address).cloned()
    }

    /// Returns every registration with its state, by trunk.
    pub fn list(&self) -> Vec<(RegistrationKey, RegistrationState)> {
        self.states().iter().map(|(key, state)| (key.clone(), state.clone())).collect()
    }

    /// Returns every registration as it is reported.
    pub fn report(&self) -> Vec<RegistrationReport> {
        let report = |(key, state): (RegistrationKey, RegistrationState)| {
            let (shown, status) = match state.outcome {
                RegistrationOutcome::Bound(_) => (RegisteredState::Registered, None),
                RegistrationOutcome::Refused(status, _) => (RegisteredState::Refused, Some(status)),
                RegistrationOutcome::Unanswered => (RegisteredState::Unanswered, None),
            };
            let RegistrationKey { trunk, registrar } = key;
            let (at, until) = (state.at, state.until);
            RegistrationReport { trunk, registrar, state: shown, status, at, until }
        };
        self.list().into_iter().map(report).collect()
    }

    fn publish(&self, states: &BTreeMap<RegistrationKey, RegistrationState>) {
        let trunks = states.iter().flat_map(|(key, state)| {
            state.addresses.iter().map(|address| (*address, key.trunk.clone()))
        });
        self.trunks.store(Arc::new(trunks.collect()));
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<RegistrationKey, RegistrationState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_earlier_registration_goes_on_until_its_end() {
        let registrations = Registrations::default();
        let key = RegistrationKey {
            trunk: "carrier".parse().unwrap(),
            registrar: "sip:carrier.example".to_owned(),
        };
        let at = |seconds: i64| Wall::from_micros(seconds * 1_000_000);
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let bound = RegistrationOutcome::Bound(Duration::from_secs(60));
        for (outcome, addresses, now, until) in [
            (RegistrationOutcome::Unanswered, vec![], 0, None),
            (bound.clone(), vec![address], 10, Some(70)),
            (RegistrationOutcome::Refused(503, None), vec![], 40, Some(70)),
            (RegistrationOutcome::Unanswered, vec![], 80, None),
            (bound, vec![address], 100, Some(160)),
            (RegistrationOutcome::Bound(Duration::ZERO), vec![], 110, None),
        ] {
            registrations.note(key.clone(), outcome, addresses, at(now));
            let [(_, state)] = &registrations.list()[..] else { panic!("one registration") };
            assert_eq!(state.until, until.map(at), "at {now}");
            let trunk = (now >= 10).then(|| key.trunk.clone());
            assert_eq!(registrations.trunk_at(address), trunk, "the address stays known");
        }
        registrations.forget(&key);
        assert_eq!((registrations.list(), registrations.trunk_at(address)), (Vec::new(), None));
    }
}
