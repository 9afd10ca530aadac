//! Session keys: derived from the master key, they cipher and sign.

use std::fmt;

use aes::Aes128;
use aes::cipher::KeyInit as _;
use aes::cipher::KeyIvInit as _;
use aes::cipher::StreamCipher as _;
use ctr::Ctr128BE;
use hmac::Hmac;
use hmac::Mac as _;
use sha1::Sha1;

use crate::base::MasterKey;

/// Bytes of the key of HMAC-SHA1 (§5.2).
const AUTH_KEY: usize = 20;
/// Bytes of a salt, and of a key of the cipher.
const SALT: usize = 14;
const KEY: usize = 16;

/// What a set of session keys is for; the number is that of its first label (§4.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// RTP packets.
    Rtp = 0,
    /// RTCP packets.
    Rtcp = 3,
}

/// The session keys of one direction, for one purpose.
pub(super) struct SessionKeys {
    key: [u8; KEY],
    salt: [u8; SALT],
    /// HMAC that has read its key.
    mac: Hmac<Sha1>,
}

/// Prints nothing secret.
impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKeys(..)")
    }
}

impl SessionKeys {
    /// Derives the keys from a master key, once (a key derivation rate of 0, §4.3.1).
    pub(super) fn derive(master: &MasterKey, purpose: Purpose) -> Self {
        let first = purpose as u8;
        let mut auth = [0; AUTH_KEY];
        derive(master, first + 1, &mut auth);
        let mut keys = Self { key: [0; KEY], salt: [0; SALT], mac: signing(&auth) };
        derive(master, first, &mut keys.key);
        derive(master, first + 2, &mut keys.salt);
        keys
    }

    /// Returns the key of the cipher, and the salt.
    #[cfg(test)]
    pub(super) fn cipher_and_salt(&self) -> (&[u8], &[u8]) {
        (&self.key, &self.salt)
    }

    /// Ciphers or deciphers a packet's payload in place (§4.1.1).
    pub(super) fn apply(&self, ssrc: u32, index: u64, payload: &mut [u8]) {
        let mut iv = [0; KEY];
        let (salt, _) = iv.split_at_mut(SALT);
        salt.copy_from_slice(&self.salt);
        let place = u128::from(ssrc) << 64 | u128::from(index) << 16;
        for (to, from) in iv.iter_mut().zip(place.to_be_bytes()) {
            *to ^= from;
        }
        Ctr128BE::<Aes128>::new(&self.key.into(), &iv.into()).apply_keystream(payload);
    }

    /// Returns the first `N` bytes of the tag over a packet and what belongs behind it (§4.2).
    pub(super) fn sign(&self, packet: &[u8], behind: &[u8]) -> [u8; 20] {
        self.mac.clone().chain_update(packet).chain_update(behind).finalize().into_bytes().into()
    }

    /// Returns whether a tag is right, in a time that does not depend on how wrong it is.
    pub(super) fn verify(&self, packet: &[u8], behind: &[u8], tag: &[u8]) -> bool {
        let mac = self.mac.clone().chain_update(packet).chain_update(behind);
        mac.verify_truncated_left(tag).is_ok()
    }
}

/// Fills `bytes` with the key stream of a label (§4.3.3).
fn derive(master: &MasterKey, label: u8, bytes: &mut [u8]) {
    let (key, salt) = master.bytes().split_at(KEY);
    let mut iv = [0; KEY];
    for (to, from) in iv.iter_mut().zip(salt) {
        *to = *from;
    }
    // The label stands before the index of 48 bits, which is 0.
    if let Some(place) = iv.get_mut(SALT - 7) {
        *place ^= label;
    }
    bytes.fill(0);
    if let Ok(mut stream) = Ctr128BE::<Aes128>::new_from_slices(key, &iv) {
        stream.apply_keystream(bytes);
    }
}

fn signing(key: &[u8; AUTH_KEY]) -> Hmac<Sha1> {
    match Hmac::<Sha1>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}
