//! Languages of `<Say>` that each carrier speaks.

use crate::carrier::Carrier;

/// Languages that Twilio speaks without a named voice. The first tag of a language is its default.
const TWILIO: &[&str] = &[
    "en-US",
    "en-AU",
    "en-GB",
    "en-GB-WLS",
    "en-IN",
    "es-US",
    "es-MX",
    "es-ES",
    "fr-FR",
    "fr-CA",
    "de-DE",
    "it-IT",
    "pt-BR",
    "pt-PT",
    "arb",
    "ca-ES",
    "cmn-CN",
    "cy-GB",
    "da-DK",
    "fi-FI",
    "hi-IN",
    "is-IS",
    "ja-JP",
    "ko-KR",
    "nb-NO",
    "nl-NL",
    "pl-PL",
    "ro-RO",
    "ru-RU",
    "sv-SE",
    "tr-TR",
];
/// Languages that Telnyx's voice `alice` speaks.
const TELNYX: &[&str] = &[
    "en-US",
    "en-AU",
    "en-GB",
    "en-GB-WLS",
    "en-IN",
    "es-US",
    "es-MX",
    "es-ES",
    "fr-FR",
    "fr-CA",
    "de-DE",
    "it-IT",
    "pt-BR",
    "pt-PT",
    "arb",
    "cmn-CN",
    "cy-GB",
    "da-DK",
    "hi-IN",
    "is-IS",
    "ja-JP",
    "ko-KR",
    "nb-NO",
    "nl-NL",
    "pl-PL",
    "ro-RO",
    "ru-RU",
    "sv-SE",
    "tr-TR",
];
/// Languages that SignalWire speaks without a named voice.
const SIGNALWIRE: &[&str] = &[
    "en-US",
    "en-AU",
    "en-CA",
    "en-GB",
    "en-GB-WLS",
    "en-IN",
    "es-US",
    "es-MX",
    "es-ES",
    "fr-FR",
    "fr-CA",
    "de-DE",
    "it-IT",
    "pt-BR",
    "pt-PT",
    "arb",
    "zh-CN",
    "cy-GB",
    "da-DK",
    "fi-FI",
    "is-IS",
    "ja-JP",
    "ko-KR",
    "nb-NO",
    "nl-NL",
    "pl-PL",
    "ro-RO",
    "ru-RU",
    "sv-SE",
    "tr-TR",
];
/// Languages that Plivo's own voices speak.
const PLIVO: &[&str] = &[
    "en-US", "en-AU", "en-GB", "es-US", "es-ES", "fr-FR", "fr-CA", "de-DE", "it-IT", "pt-BR",
    "pt-PT", "da-DK", "nl-NL", "pl-PL", "ru-RU", "sv-SE",
];
/// Languages that carriers list under another code (ISO 639-3): Arabic, Chinese, Norwegian.
const SAME: &[(&str, &str)] = &[("ar", "arb"), ("zh", "cmn"), ("no", "nb")];

/// Returns the carrier's own tag for a BCP 47 tag: the same tag, else the first of the same
/// language; `None` if the carrier does not speak the language.
pub(crate) fn say_language(carrier: Carrier, tag: &str) -> Option<&'static str> {
    let spoken = match carrier {
        Carrier::Twilio => TWILIO,
        Carrier::Telnyx => TELNYX,
        Carrier::SignalWire => SIGNALWIRE,
        Carrier::Plivo => PLIVO,
    };
    let wanted = language(tag);
    spoken
        .iter()
        .find(|known| known.eq_ignore_ascii_case(tag))
        .or_else(|| spoken.iter().find(|known| language(known) == wanted))
        .copied()
}

/// Returns the language of a tag, without script and region.
fn language(tag: &str) -> String {
    let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    match SAME.iter().find(|(name, _)| *name == primary) {
        Some((_, other)) => (*other).to_owned(),
        None => primary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_of_each_carrier() {
        // The tag, then the result for Twilio, Telnyx, SignalWire and Plivo; `-` if it is not
        // spoken.
        for (tag, expected) in [
            ("en-US", "en-US en-US en-US en-US"),
            ("EN-gb", "en-GB en-GB en-GB en-GB"),
            ("en", "en-US en-US en-US en-US"),
            ("en-NZ", "en-US en-US en-US en-US"),
            ("es", "es-US es-US es-US es-US"),
            ("es-419", "es-US es-US es-US es-US"),
            ("es-MX", "es-MX es-MX es-MX es-US"),
            ("zh-CN", "cmn-CN cmn-CN zh-CN -"),
            ("zh-Hant-TW", "cmn-CN cmn-CN zh-CN -"),
            ("ar", "arb arb arb -"),
            ("fi", "fi-FI - fi-FI -"),
            ("tlh", "- - - -"),
            ("", "- - - -"),
        ] {
            let languages = Carrier::ALL.map(|carrier| say_language(carrier, tag).unwrap_or("-"));
            assert_eq!(languages.join(" "), expected, "{tag}");
        }
    }
}
