//! Languages of `<Say>`: each carrier speaks a list of them.

use crate::carrier::Carrier;

/// What Twilio speaks.
const TWILIO: &[&str] = &[
    "en-US", "en-AU", "en-CA", "en-GB", "en-IN", "es-MX", "es-ES", "es-US", "fr-FR", "fr-CA",
    "de-DE", "it-IT", "pt-BR", "pt-PT", "ca-ES", "da-DK", "fi-FI", "ja-JP", "ko-KR", "nb-NO",
    "nl-NL", "pl-PL", "ru-RU", "sv-SE", "zh-CN", "zh-HK", "zh-TW",
];

/// The carrier's own tag for a BCP 47 tag: the same one, else the first of the same language. None
/// when the carrier does not speak it.
pub(crate) fn tongue(carrier: Carrier, tag: &str) -> Option<&'static str> {
    let spoken = match carrier {
        Carrier::Twilio | Carrier::Telnyx | Carrier::SignalWire | Carrier::Plivo => TWILIO,
    };
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let wanted = primary(tag);
    spoken
        .iter()
        .find(|known| known.eq_ignore_ascii_case(tag))
        .or_else(|| spoken.iter().find(|known| primary(known) == wanted))
        .copied()
}
