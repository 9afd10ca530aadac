//! Verifies the Identity headers of a call (RFC 8224 §6.2, ATIS-1000074 §5.3).

use super::Chain;
use super::Fault;
use super::Identity;
use super::Passport;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::Attestation;

/// Longest time between signature and call, either way (RFC 8224 §12.1, ATIS-1000074 §5.3.1).
const FRESH_SECONDS: i64 = 60;
/// Most Identity headers of a call that are read.
const IDENTITIES_MAX: usize = 8;

/// What a call says about itself, against which a passport is held.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The caller's number; `None` if it is withheld or not a number.
    pub caller: Option<&'a Phone>,
    /// The number that is called.
    pub called: &'a Phone,
    /// When the call came.
    pub at: Wall,
}

/// What the Identity headers of a call come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The call has none.
    Absent,
    /// A carrier attests the caller's number.
    Attested(Attestation),
    /// None of them counts; why the first one for the caller's number does not.
    Refused(Fault),
}

impl Verdict {
    /// Returns the level of attestation, if there is one.
    pub fn attestation(&self) -> Option<Attestation> {
        match self {
            Verdict::Attested(level) => Some(*level),
            Verdict::Absent | Verdict::Refused(_) => None,
        }
    }
}

/// Verifies the Identity headers of a call. `certificate` returns what is known of an address. Of
/// several, one that counts is enough; passports of other types, such as `div` (RFC 8946), are left
/// aside.
pub fn verify<'a>(
    identities: impl Iterator<Item = &'a str>,
    claim: Claim<'_>,
    mut certificate: impl FnMut(&str) -> Result<Chain, Fault>,
) -> Verdict {
    let mut refused: Option<Fault> = None;
    for text in identities.take(IDENTITIES_MAX) {
        match verify_one(text, claim, &mut certificate) {
            Ok(level) => return Verdict::Attested(level),
            Err(Fault::OtherType(kind)) if refused.is_none() => {
                refused = Some(Fault::OtherType(kind));
            }
            Err(fault) if matches!(refused, None | Some(Fault::OtherType(_))) => {
                refused = Some(fault);
            }
            Err(_) => {}
        }
    }
    refused.map_or(Verdict::Absent, Verdict::Refused)
}

fn verify_one(
    text: &str,
    claim: Claim<'_>,
    certificate: &mut impl FnMut(&str) -> Result<Chain, Fault>,
) -> Result<Attestation, Fault> {
    let identity = Identity::parse(text)?;
    let passport = Passport::read(&identity)?;
    let age = (claim.at.micros() / 1_000_000).saturating_sub(passport.signed_at);
    if !(-FRESH_SECONDS..=FRESH_SECONDS).contains(&age) {
        return Err(Fault::Stale(age));
    }
    let digits = |phone: &Phone| phone.e164().trim_start_matches('+').to_owned();
    if claim.caller.map(digits) != Some(passport.caller) {
        return Err(Fault::OtherCaller);
    }
    if !passport.called.contains(&digits(claim.called)) {
        return Err(Fault::OtherNumber);
    }
    certificate(&passport.certificate)?.check(identity.signed.as_bytes(), &identity.signature)?;
    Ok(passport.attestation)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stir::Authorities;
    use crate::stir::sample::Carrier;

    const CALLER: &str = "+13055550123";
    const CALLED: &str = "+18005550100";
    const NOW: i64 = 1_800_000_000;
    const URL: &str = "https://c.example/a.pem";

    /// Returns what the certificate's address is known for.
    fn certificate(carrier: &Carrier, url: &str) -> Result<Chain, Fault> {
        if url != URL {
            return Err(Fault::Unreachable("x".to_owned()));
        }
        let authorities = Authorities::of_pem(carrier.authority.as_bytes()).unwrap();
        let at = Wall::from_micros(NOW * 1_000_000);
        Chain::verified(carrier.certificate.as_bytes(), &authorities, at)
    }

    fn attested(carrier: &Carrier, level: &str) -> String {
        carrier.sign(&carrier.header(), &Carrier::payload(level, CALLER, CALLED, NOW))
    }

    fn verdict(carrier: &Carrier, headers: &[String]) -> String {
        let (caller, called): (Phone, Phone) = (CALLER.parse().unwrap(), CALLED.parse().unwrap());
        let at = Wall::from_micros(NOW * 1_000_000 + 999_999);
        let claim = Claim { caller: Some(&caller), called: &called, at };
        let texts = headers.iter().map(String::as_str);
        match verify(texts, claim, |url| certificate(carrier, url)) {
            Verdict::Absent => "absent".to_owned(),
            Verdict::Attested(level) => level.to_string(),
            Verdict::Refused(fault) => fault.code().to_owned(),
        }
    }

    #[test]
    fn a_passport_counts_for_its_call_its_time_and_its_signature() {
        let carrier = Carrier::at(URL);
        let now = NOW;
        let payload = |attest: &str, orig: &str, dest: &str, iat: i64| {
            json!({"attest": attest, "orig": {"tn": orig}, "dest": {"tn": [dest]}, "iat": iat,
                "origid": "123e4567-e89b-12d3-a456-426655440000"})
        };
        let (caller, called) = ("13055550123", "18005550100");
        for (body, expected) in [
            (payload("A", caller, called, now), "A"),
            (payload("B", caller, called, now - 60), "B"),
            (payload("C", caller, called, now + 60), "C"),
            (payload("A", caller, called, now - 61), "stale"),
            (payload("A", caller, called, now + 61), "stale"),
            (payload("A", caller, called, i64::MIN), "stale"),
            (payload("A", "13055550124", called, now), "other_caller"),
            (payload("A", caller, "18005550101", now), "other_number"),
            (payload("D", caller, called, now), "malformed"),
            // Numbers as some senders write them.
            (payload("A", "+1 (305) 555-0123", "+1-800-555-0100", now), "A"),
            (
                json!({"attest": "A", "orig": {"tn": [caller]}, "dest": {"tn": called}, "iat": now}),
                "A",
            ),
            (
                json!({"attest": "A", "orig": {"tn": caller}, "dest": {"uri": ["sip:x@y"]}, "iat": now}),
                "other_number",
            ),
            (
                json!({"attest": "A", "orig": {"uri": "sip:x@y"}, "dest": {"tn": [called]}, "iat": now}),
                "malformed",
            ),
            (json!("A"), "malformed"),
        ] {
            let header = carrier.sign(&carrier.header(), &body);
            assert_eq!(verdict(&carrier, &[header]), expected, "{body}");
        }
    }

    #[test]
    fn headers_certificates_and_signatures_that_do_not_fit_are_refused() {
        let carrier = Carrier::at(URL);
        let other = Carrier::at(URL);
        let good = attested(&carrier, "A");
        let header = |change: serde_json::Value| {
            let mut header = carrier.header();
            let fields = change.as_object().unwrap().clone();
            header.as_object_mut().unwrap().extend(fields);
            carrier.sign(&header, &Carrier::payload("A", CALLER, CALLED, NOW))
        };
        let tampered = good.replacen("eyJ", "eyI", 2);
        let (token, rest) = good.split_once(';').unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { 'B' } else { 'A' };
        let flipped = format!("{first}{}", &signature[1..]);
        for (text, expected) in [
            (good.clone(), "A"),
            (attested(&other, "A"), "signature"),
            (header(json!({"alg": "none"})), "other_algorithm"),
            (header(json!({"alg": "HS256"})), "other_algorithm"),
            (header(json!({"ppt": "div"})), "other_type"),
            (header(json!({"x5u": "file:///etc/passwd"})), "malformed"),
            (header(json!({"x5u": "https://elsewhere.example/"})), "unreachable"),
            (tampered, "malformed"),
            (format!("{signed}.{flipped};{rest}"), "signature"),
            (format!("{signed}.;{rest}"), "signature"),
            (format!("{signed}.AAAA;{rest}"), "signature"),
        ] {
            assert_eq!(verdict(&carrier, std::slice::from_ref(&text)), expected, "{text}");
        }
        assert_eq!(verdict(&carrier, &[]), "absent");
    }

    #[test]
    fn one_that_counts_is_enough() {
        let carrier = Carrier::at(URL);
        let good = attested(&carrier, "B");
        let div = carrier.sign(&json!({"alg": "ES256", "ppt": "div"}), &json!({}));
        let stale = "x.y".to_owned();
        for (headers, expected) in [
            (vec![div.clone(), good.clone()], "B"),
            (vec![stale.clone(), good.clone()], "B"),
            (vec![div.clone()], "other_type"),
            (vec![div.clone(), stale.clone()], "malformed"),
            (vec![stale.clone(); 9], "malformed"),
            ([vec![stale; IDENTITIES_MAX], vec![good]].concat(), "malformed"),
        ] {
            assert_eq!(verdict(&carrier, &headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_caller_without_a_number_is_not_attested() {
        let carrier = Carrier::at(URL);
        let called: Phone = CALLED.parse().unwrap();
        let at = Wall::from_micros(NOW * 1_000_000);
        let claim = Claim { caller: None, called: &called, at };
        let good = attested(&carrier, "A");
        let verdict = verify([good.as_str()].into_iter(), claim, |url| certificate(&carrier, url));
        assert_eq!(verdict, Verdict::Refused(Fault::OtherCaller));
    }
}
