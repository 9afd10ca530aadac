//! Bounds on TLS handshakes of one address: each costs a signature, and one that is never finished a
//! place for five seconds.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::base::Mono;

/// Most handshakes of one address that are under way.
pub(super) const AT_ONCE_MAX: usize = 16;
/// Most handshakes of one address that begin within a second.
pub(super) const PER_SECOND_MAX: u32 = 32;
const SECOND: Duration = Duration::from_secs(1);
/// Number of addresses above which those without a recent handshake are forgotten.
const ADDRESSES_KEPT: usize = 1_024;

/// A handshake under way; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Shaking {
    _one: Arc<()>,
}

/// Why a handshake may not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooMany {
    /// There are [`AT_ONCE_MAX`] under way.
    AtOnce,
    /// [`PER_SECOND_MAX`] have begun within the second.
    PerSecond,
}

/// Handshakes by address.
#[derive(Debug, Default)]
pub(super) struct Handshakes {
    addresses: HashMap<IpAddr, Address>,
}

#[derive(Debug)]
struct Address {
    under_way: Arc<()>,
    /// The begin of the second in which handshakes are counted, and their number.
    second: Mono,
    begun: u32,
}

impl Address {
    fn at_once(&self) -> usize {
        Arc::strong_count(&self.under_way) - 1
    }
}

impl Handshakes {
    /// Begins a handshake.
    ///
    /// # Errors
    /// [`TooMany`] of the address.
    pub(super) fn begin(&mut self, from: IpAddr, now: Mono) -> Result<Shaking, TooMany> {
        if self.addresses.len() >= ADDRESSES_KEPT {
            let recent = |own: &Address| own.at_once() > 0 || now < own.second + SECOND;
            self.addresses.retain(|_, own| recent(own));
        }
        let new = || Address { under_way: Arc::default(), second: now, begun: 0 };
        let own = self.addresses.entry(from).or_insert_with(new);
        if own.at_once() >= AT_ONCE_MAX {
            return Err(TooMany::AtOnce);
        }
        if now >= own.second + SECOND {
            (own.second, own.begun) = (now, 0);
        }
        if own.begun >= PER_SECOND_MAX {
            return Err(TooMany::PerSecond);
        }
        own.begun += 1;
        Ok(Shaking { _one: own.under_way.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono::default() + Duration::from_millis(millis)
    }

    #[test]
    fn an_address_has_so_many_at_once_and_in_a_second() {
        let (one, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let mut handshakes = Handshakes::default();
        let mut open: Vec<Shaking> =
            (0..AT_ONCE_MAX).map(|_| handshakes.begin(one, at(0)).unwrap()).collect();
        assert_eq!(handshakes.begin(one, at(1)).unwrap_err(), TooMany::AtOnce);
        assert!(handshakes.begin(other, at(1)).is_ok());
        // They end; so many more of the second begin.
        open.clear();
        for _ in AT_ONCE_MAX..PER_SECOND_MAX as usize {
            drop(handshakes.begin(one, at(2)).unwrap());
        }
        assert_eq!(handshakes.begin(one, at(999)).unwrap_err(), TooMany::PerSecond);
        assert!(handshakes.begin(one, at(1_000)).is_ok());
    }

    #[test]
    fn addresses_are_forgotten_unless_they_are_at_it() {
        let mut handshakes = Handshakes::default();
        let _open = handshakes.begin([192, 0, 2, 1].into(), at(0)).unwrap();
        for n in 0..5_000_u32 {
            drop(
                handshakes.begin(IpAddr::from(n.to_be_bytes()), at(u64::from(n) * 1_000)).unwrap(),
            );
        }
        assert!(handshakes.addresses.len() <= ADDRESSES_KEPT);
        assert!(handshakes.addresses.contains_key(&IpAddr::from([192, 0, 2, 1])));
    }
}
