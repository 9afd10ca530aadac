//! SRTP against the RFC's vectors, against another implementation, and against what far ends do on
//! long calls and after new negotiations.

use proptest::prelude::*;
use webrtc_srtp::context::Context;
use webrtc_srtp::protection_profile::ProtectionProfile;

use super::*;
use crate::base::MasterKey;
use crate::base::Suite;

const HEADER: usize = 12;

fn key(fill: u8) -> MasterKey {
    MasterKey::new([fill; 30])
}

fn shield(ours: u8, theirs: u8) -> Shield {
    Shield::new(Security { suite: Suite::Sha1Tag80, ours: key(ours), theirs: key(theirs) })
}

fn packet(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, 0];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend([0, 0, 0, 9]);
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Protects a packet, as it goes over the network.
fn sent(shield: &mut Shield, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + 20, 0);
    let length = shield.protect(&mut buffer, packet.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn opened(shield: &mut Shield, packet: &[u8]) -> Result<Vec<u8>, Closed> {
    let mut bytes = packet.to_vec();
    let length = shield.open(&mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// RFC 3711, appendix B.3.
#[test]
fn session_keys_are_those_of_the_rfc() {
    let master = "E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6";
    let expected = ["C61E7A93744F39EE10734AFE3FF7A087", "30CBBC08863D8C85D49DB34A9AE1"];
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    };
    let master = MasterKey::new(bytes(master).try_into().unwrap());
    let keys = keys::SessionKeys::derive(&master, keys::Purpose::Rtp);
    let (cipher, salt) = keys.cipher_and_salt();
    assert_eq!((cipher.to_vec(), salt.to_vec()), (bytes(expected[0]), bytes(expected[1])));
}

fn other(fill: u8, suite: Suite) -> Context {
    let profile = match suite {
        Suite::Sha1Tag80 => ProtectionProfile::Aes128CmHmacSha1_80,
        Suite::Sha1Tag32 => ProtectionProfile::Aes128CmHmacSha1_32,
    };
    Context::new(&[fill; 16], &[fill; 14], profile, None, None).unwrap()
}

proptest! {
    /// What we protect, another implementation opens, and the other way round; over the wrap of the
    /// sequence numbers, with CSRCs and an extension.
    #[test]
    fn another_implementation_understands_both_ways(
        first in any::<u16>(),
        ssrc in any::<u32>(),
        payload in prop::collection::vec(any::<u8>(), 1..400),
        csrcs in 0_u8..4,
        short in any::<bool>(),
        extended in any::<bool>(),
    ) {
        let suite = if short { Suite::Sha1Tag32 } else { Suite::Sha1Tag80 };
        let mut ours = Shield::new(Security { suite, ours: key(1), theirs: key(2) });
        let (mut reader, mut writer) = (other(1, suite), other(2, suite));
        for n in 0..40_u16 {
            let mut plain = packet(ssrc, first.wrapping_add(n), &[]);
            plain[0] |= csrcs;
            plain.extend(vec![0xC5; usize::from(csrcs) * 4]);
            if extended {
                plain[0] |= 0x10;
                plain.extend([0x12, 0x34, 0, 1, 7, 7, 7, 7]);
            }
            plain.extend(&payload);
            let over_the_wire = sent(&mut ours, &plain);
            prop_assert_eq!(over_the_wire.len(), plain.len() + suite.tag());
            let read = reader.decrypt_rtp(&over_the_wire).unwrap();
            prop_assert_eq!(&read[..], &plain[..]);
            let written = writer.encrypt_rtp(&plain).unwrap();
            prop_assert_eq!(opened(&mut ours, &written).unwrap(), plain);
        }
    }

    /// No packet that was changed on the way is opened, and none changes what comes after.
    #[test]
    fn changed_packets_stay_closed(at in 0_usize..40, bit in 0_u8..8) {
        let (mut near, mut far) = (shield(1, 2), shield(2, 1));
        opened(&mut far, &sent(&mut near, &packet(7, 100, &[5; 20]))).unwrap();
        let mut changed = sent(&mut near, &packet(7, 101, &[6; 20]));
        let place = at % changed.len();
        let original = changed.clone();
        changed[place] ^= 1 << bit;
        prop_assert!(opened(&mut far, &changed).is_err());
        prop_assert_eq!(opened(&mut far, &original).unwrap(), packet(7, 101, &[6; 20]));
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let mut shield = shield(1, 2);
        prop_assert_eq!(opened(&mut shield, &bytes), Err(Closed::Unauthentic));
        let mut report = bytes.clone();
        prop_assert_eq!(shield.open_report(&mut report), Err(Closed::Unauthentic));
    }
}

#[test]
fn reports_are_understood_both_ways() {
    let report = [0x80, 201, 0, 1, 0, 0, 0, 7, 0x81, 202, 0, 2, 0, 0, 0, 7, 1, 1, 65, 0];
    for suite in [Suite::Sha1Tag80, Suite::Sha1Tag32] {
        let mut ours = Shield::new(Security { suite, ours: key(1), theirs: key(2) });
        let (mut reader, mut writer) = (other(1, suite), other(2, suite));
        for _ in 0..3 {
            let mut buffer = [0; 64];
            buffer[..report.len()].copy_from_slice(&report);
            let length = ours.protect_report(&mut buffer, report.len()).unwrap();
            assert_eq!(reader.decrypt_rtcp(&buffer[..length]).unwrap()[..], report);
            let written = writer.encrypt_rtcp(&report).unwrap();
            let mut written = written.to_vec();
            let again = written.clone();
            let length = ours.open_report(&mut written).unwrap();
            assert_eq!(written[..length], report);
            assert_eq!(ours.open_report(&mut again.clone()), Err(Closed::Replayed));
        }
    }
}

#[test]
fn a_packet_counts_once() {
    let (mut near, mut far) = (shield(1, 2), shield(2, 1));
    let first = sent(&mut near, &packet(7, 1, &[1]));
    assert!(opened(&mut far, &first).is_ok());
    assert_eq!(opened(&mut far, &first), Err(Closed::Replayed));
}

/// pjproject#2682, rtpengine#1443: after about 22 minutes the numbers have wrapped, and a new
/// negotiation with the same keys goes on from there.
#[test]
fn a_new_negotiation_with_the_same_keys_goes_on_after_the_wrap() {
    let (mut near, mut far) = (shield(1, 2), shield(2, 1));
    for sequence in [65_500, 65_530, 4, 30] {
        assert!(opened(&mut far, &sent(&mut near, &packet(7, sequence, &[1]))).is_ok());
    }
    let same = Security { suite: Suite::Sha1Tag80, ours: key(2), theirs: key(1) };
    assert!(!far.renew(same));
    assert!(opened(&mut far, &sent(&mut near, &packet(7, 31, &[1]))).is_ok());
}

/// RFC 3711 §3.3.1 says that the wraps go on under a new key, RFC 4568 §7.1.4 that they begin at 0;
/// Teams begins again, others go on. Both are heard, and what is still on its way under the old key.
#[test]
fn under_a_new_key_both_ways_to_count_are_understood() {
    for wraps_go_on in [false, true] {
        let (mut near, mut far) = (shield(1, 2), shield(2, 1));
        for sequence in [65_500, 4, 30] {
            assert!(opened(&mut far, &sent(&mut near, &packet(7, sequence, &[1]))).is_ok());
        }
        let late = sent(&mut near, &packet(7, 31, &[1]));
        let rekeyed = Security { suite: Suite::Sha1Tag80, ours: key(3), theirs: key(2) };
        if wraps_go_on {
            // A context under the new key that has seen the wrap.
            near = Shield::new(rekeyed);
            for sequence in [65_500, 4] {
                sent(&mut near, &packet(7, sequence, &[1]));
            }
        } else {
            assert!(near.renew(rekeyed));
        }
        far.renew(Security { suite: Suite::Sha1Tag80, ours: key(2), theirs: key(3) });
        assert!(opened(&mut far, &late).is_ok(), "under the old key");
        let new = sent(&mut near, &packet(7, 32, &[1]));
        assert!(opened(&mut far, &new).is_ok(), "wraps go on: {wraps_go_on}");
        let old_key = shield(1, 2).protect(&mut [0; 4], 2);
        assert_eq!(old_key, None, "no room for the tag");
    }
}

/// rtpengine#209: a phone that holds a call begins a new source, whose wraps begin at 0.
#[test]
fn a_new_source_begins_at_no_wraps() {
    let (mut near, mut far) = (shield(1, 2), shield(2, 1));
    for sequence in [65_500, 4] {
        assert!(opened(&mut far, &sent(&mut near, &packet(7, sequence, &[1]))).is_ok());
    }
    let mut another = shield(1, 2);
    for sequence in [40_000, 40_001] {
        assert!(opened(&mut far, &sent(&mut another, &packet(8, sequence, &[1]))).is_ok());
    }
    assert!(opened(&mut far, &sent(&mut near, &packet(7, 5, &[1]))).is_ok());
}

/// Many sources cannot make the state grow; the oldest is forgotten.
#[test]
fn few_sources_are_followed() {
    let (mut near, mut far) = (shield(1, 2), shield(2, 1));
    for ssrc in 0..20 {
        let mut fresh = shield(1, 2);
        assert!(opened(&mut far, &sent(&mut fresh, &packet(ssrc, 1, &[1]))).is_ok());
    }
    assert!(opened(&mut far, &sent(&mut near, &packet(19, 2, &[1]))).is_ok());
    assert_eq!(HEADER, packet(1, 1, &[]).len());
}
