//! Reads what a trunk or a destination says about audio.

use crate::base::Codec;
use crate::base::DialingCountry;
use crate::base::RingTone;
use crate::base::Srtp;
use crate::base::SymmetricRtp;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::Audio;
use crate::book::Ringback;

use super::dq::RECORDING_BYTES_MAX;

const SYMMETRIC_RTP: &[(&str, SymmetricRtp)] = &[
    (SymmetricRtp::Auto.name(), SymmetricRtp::Auto),
    (SymmetricRtp::Any.name(), SymmetricRtp::Any),
    (SymmetricRtp::Off.name(), SymmetricRtp::Off),
];

const SRTP: &[(&str, Srtp)] = &[
    (Srtp::Auto.name(), Srtp::Auto),
    (Srtp::Off.name(), Srtp::Off),
    (Srtp::Required.name(), Srtp::Required),
];

const CODECS: &[(&str, Codec)] =
    &[("pcmu", Codec::Pcmu), ("pcma", Codec::Pcma), ("g722", Codec::G722)];

pub(super) fn read(table: &Table<'_>, report: &mut Report<'_>) -> Option<Audio> {
    let symmetric_rtp = symmetric_rtp(table, report);
    let srtp = srtp(table, report);
    let codecs = match table.value("codecs") {
        Some(list) => codecs(&list, report),
        None => Some(Codec::ALL.to_vec()),
    };
    let ringback = match table.value("ringback") {
        Some(name) => ringback(&name, report).map(Some),
        None => Some(None),
    };
    let hold_music = match table.value("hold_music") {
        Some(name) => name.words(RECORDING_BYTES_MAX, report).map(|name| Some(name.to_owned())),
        None => Some(None),
    };
    Some(Audio {
        symmetric_rtp: symmetric_rtp?.unwrap_or_default(),
        srtp: srtp?.unwrap_or_default(),
        codecs: codecs?,
        ringback: ringback?,
        hold_music: hold_music?,
    })
}

/// Reads `symmetric_rtp` of a trunk or a destination. The outer `None` is a fault.
pub(super) fn symmetric_rtp(
    table: &Table<'_>,
    report: &mut Report<'_>,
) -> Option<Option<SymmetricRtp>> {
    match table.value("symmetric_rtp") {
        Some(sources) => sources.choice(SYMMETRIC_RTP, &[], report).map(Some),
        None => Some(None),
    }
}

/// Reads `srtp` of a trunk or a destination. The outer `None` is a fault.
pub(super) fn srtp(table: &Table<'_>, report: &mut Report<'_>) -> Option<Option<Srtp>> {
    match table.value("srtp") {
        Some(word) => word.choice(SRTP, &[], report).map(Some),
        None => Some(None),
    }
}

fn codecs(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<Codec>> {
    let items = list.list_or_one(report)?;
    let read: Vec<_> = items.iter().map(|item| item.choice(CODECS, &[], report)).collect();
    let codecs = read.into_iter().collect::<Option<Vec<_>>>()?;
    let twice =
        codecs.iter().enumerate().find(|(i, codec)| codecs.iter().take(*i).any(|c| c == *codec));
    if let Some((_, codec)) = twice {
        let message = format!("`codecs` names {} twice", codec.name().to_lowercase());
        report.error(list.at(), message, "name each codec once, the preferred one first");
        return None;
    }
    if codecs.is_empty() {
        let hint = "name at least one of pcmu, pcma, g722";
        report.error(list.at(), "`codecs` names no codec", hint);
        return None;
    }
    Some(codecs)
}

/// Reads a country, in two letters, or the name of a recording.
fn ringback(name: &Value<'_>, report: &mut Report<'_>) -> Option<Ringback> {
    let words = name.words(RECORDING_BYTES_MAX, report)?;
    if words.len() != 2 || !words.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return Some(Ringback::Recording(words.to_owned()));
    }
    let country: DialingCountry = name.parse(report)?;
    if RingTone::of_country(country.letters()).is_none() {
        let message = format!("the ringback tone of {} is not known", country.letters());
        let hint = "use a country with the same tone, or the name of a recording";
        report.error(name.at(), message, hint);
        return None;
    }
    Some(Ringback::Country(country))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    const TRUNK: &str = "[[trunk]]\nid = \"x\"\noutbound = \"sip:a.example\"\n";

    #[test]
    fn what_a_trunk_says_about_audio_is_read() {
        let plain = book(TRUNK);
        let plain = &plain.trunks[0].audio;
        assert_eq!((plain.srtp, &plain.codecs[..]), (Srtp::Auto, Codec::ALL));
        assert_eq!(plain.ringback, None);
        let said = "srtp = \"required\"\ncodecs = [\"g722\", \"pcma\"]\nringback = \"gb\"";
        let said = book(&format!("{TRUNK}{said}"));
        let said = &said.trunks[0].audio;
        assert_eq!(
            (said.srtp, &said.codecs[..]),
            (Srtp::Required, &[Codec::G722, Codec::Pcma][..])
        );
        assert_eq!(said.ringback, Some(Ringback::Country("GB".parse().unwrap())));
        let tune = book(&format!("{TRUNK}codecs = \"pcmu\"\nringback = \"waltz\""));
        assert_eq!(tune.trunks[0].audio.codecs, [Codec::Pcmu]);
        assert_eq!(tune.trunks[0].audio.ringback, Some(Ringback::Recording("waltz".to_owned())));
    }

    #[test]
    fn faults_have_a_place_and_a_remedy() {
        for (line, expected) in [
            ("srtp = \"yes\"", "4:8: error: `srtp` cannot be `yes` (use auto, off, required)"),
            (
                "codecs = [\"opus\"]",
                "4:11: error: `codecs` cannot be `opus` (use pcmu, pcma, g722)",
            ),
            (
                "codecs = [\"pcmu\", \"pcmu\"]",
                "4:10: error: `codecs` names pcmu twice (name each codec once, the preferred one first)",
            ),
            (
                "codecs = []",
                "4:10: error: `codecs` names no codec (name at least one of pcmu, pcma, g722)",
            ),
            (
                "ringback = \"FJ\"",
                "4:12: error: the ringback tone of FJ is not known (use a country with the same tone, or \
                 the name of a recording)",
            ),
            ("ringback = \"\"", "4:12: error: `ringback` is empty (fill it, or remove it)"),
        ] {
            check(&format!("{TRUNK}{line}"), &[expected]);
        }
    }
}
