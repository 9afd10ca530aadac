//! The shapes of consent certificates. Only an operator with a key can have them verified.

/// Names under which forms send the URL of a TrustedForm certificate.
pub(super) const TRUSTED_FORM_NAMES: &[&str] = &[
    "xxTrustedFormCertUrl",
    "trustedform_cert_url",
    "trusted_form_cert_url",
    "trustedFormURL",
    "trustedform",
    "trustedform_url",
    "TrustedFormCertUrl",
];
/// Names under which forms send a Jornaya LeadiD.
pub(super) const JORNAYA_NAMES: &[&str] = &[
    "jornaya_leadid",
    "jornaya_lead_id",
    "jornayaLeadId",
    "LeadiD_Token",
    "Universal_LeadiD",
    "leadid_token",
];
/// Names under which forms send what the person agreed to.
pub(super) const TEXT_NAMES: &[&str] = &[
    "tcpa_text",
    "tcpaText",
    "tcpa_consent_text",
    "tcpa_language",
    "consent_language",
    "consentText",
    "homePhoneConsentLanguage",
];
/// Usual names of the time of a consent.
pub(super) const TIME_NAMES: &[&str] =
    &["consent_time", "consent_at", "consent_timestamp", "tcpa_timestamp", "optin_timestamp"];

/// Longest URL of a certificate, in bytes.
const URL_BYTES_MAX: usize = 255;
const CERTIFICATE_HOST: &str = "cert.trustedform.com/";

/// Returns the URL of a TrustedForm certificate: with `https`, and the first of two that a form
/// joined by a comma. The id has 40 or 80 characters, or begins with `0.`, as those of Facebook.
/// Certificates of `ping.trustedform.com` cannot be claimed and are none.
pub(super) fn trusted_form(text: &str) -> Option<String> {
    let first = text.split(',').next()?.trim();
    let lower = first.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"))?;
    let start = first.len() - rest.strip_prefix(CERTIFICATE_HOST)?.len();
    // Only ASCII was lowered, so that both texts have the same length.
    let id = first.get(start..)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_usual = matches!(id.len(), 40 | 80) && id.bytes().all(plain);
    let is_social = id.strip_prefix("0.").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| plain(byte) || byte == b'.')
    });
    let url = format!("https://{CERTIFICATE_HOST}{id}");
    ((is_usual || is_social) && url.len() <= URL_BYTES_MAX).then_some(url)
}

/// Returns a Jornaya LeadiD in capitals: a UUID with its dashes.
pub(super) fn jornaya(text: &str) -> Option<String> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_nil = text.bytes().all(|byte| matches!(byte, b'0' | b'-'));
    (lengths == [8, 4, 4, 4, 12] && is_hex && !is_nil).then(|| text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_have_host_and_shape() {
        let id = "a1B2-_".repeat(20);
        let (forty, eighty) = (&id[..40], &id[..80]);
        let url = |id: &str| format!("https://cert.trustedform.com/{id}");
        for (text, expected) in [
            (url(forty), Some(url(forty))),
            (url(eighty), Some(url(eighty))),
            (format!("http://CERT.TrustedForm.com/{forty}"), Some(url(forty))),
            (format!("{},{}", url(forty), url(eighty)), Some(url(forty))),
            (url("0.AbC-1.xyz"), Some(url("0.AbC-1.xyz"))),
            (url(&id[..41]), None),
            (url("John-Doe"), None),
            (format!("https://ping.trustedform.com/{forty}"), None),
            (format!("https://cert.trustedform.com.evil.example/{forty}"), None),
            (format!("https://evil.example/cert.trustedform.com/{forty}"), None),
            (format!("{}?x=1", url(forty)), None),
            (forty.to_owned(), None),
            (url(&format!("0.{}", "a".repeat(224))), Some(url(&format!("0.{}", "a".repeat(224))))),
            (url(&format!("0.{}", "a".repeat(225))), None),
            ("é".to_owned(), None),
        ] {
            assert_eq!(trusted_form(&text), expected, "{text}");
        }
    }

    #[test]
    fn lead_ids_are_uuids() {
        for (text, good) in [
            ("f0b8b7a5-1c2d-4e3f-8a9b-0123456789ab", true),
            ("F0B8B7A5-1C2D-4E3F-8A9B-0123456789AB", true),
            ("00000000-0000-0000-0000-000000000000", false),
            ("f0b8b7a51c2d4e3f8a9b0123456789ab", false),
            ("g0b8b7a5-1c2d-4e3f-8a9b-0123456789ab", false),
            ("f0b8b7a5-1c2d-4e3f-8a9b-0123456789a", false),
            ("", false),
        ] {
            assert_eq!(jornaya(text).is_some(), good, "{text}");
        }
    }
}
