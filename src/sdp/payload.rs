//! Payload types: maps the numbers of a stream to formats.

use sdp_types::Media;

use crate::base::Codec;

/// Number of payload types, which are seven bits wide.
const PAYLOAD_TYPES: usize = 128;
/// Clock rate of the supported codecs and telephone events.
const CLOCK_HZ: &str = "8000";

/// Format of a payload type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Audio(Codec),
    /// Telephone events (RFC 4733).
    Events,
    /// A format that the switch does not support.
    Unknown,
}

/// Returns the payload types of a stream in its order, with their formats.
pub(crate) fn formats(media: &Media) -> impl Iterator<Item = (u8, Format)> + use<> {
    let mapped = rtpmaps(media);
    let listed: Vec<u8> = media
        .fmt
        .split_ascii_whitespace()
        .filter_map(|number| number.parse().ok())
        .filter(|number| usize::from(*number) < PAYLOAD_TYPES)
        .collect();
    listed.into_iter().map(move |number| {
        let mapped = mapped.get(usize::from(number)).copied().flatten();
        (number, mapped.unwrap_or_else(|| static_format(number)))
    })
}

/// Returns the formats of the `rtpmap` attributes by payload type; the first of each counts.
fn rtpmaps(media: &Media) -> [Option<Format>; PAYLOAD_TYPES] {
    let mut formats = [None; PAYLOAD_TYPES];
    for attribute in media.attributes.iter().filter(|a| a.attribute == "rtpmap") {
        let value = attribute.value.as_deref().unwrap_or_default().trim_ascii();
        let Some((number, encoding)) = value.split_once([' ', '\t']) else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        if let Some(format) = formats.get_mut(number) {
            format.get_or_insert(dynamic_format(encoding.trim_ascii()));
        }
    }
    formats
}

/// Returns the format of a payload type without `rtpmap` (RFC 3551 §6).
fn static_format(number: u8) -> Format {
    let codec = Codec::ALL.iter().find(|codec| codec.static_payload_type() == number);
    codec.map_or(Format::Unknown, |codec| Format::Audio(*codec))
}

/// Parses `name/clock[/channels]`; names are case-insensitive.
fn dynamic_format(encoding: &str) -> Format {
    let mut parts = encoding.split('/');
    let name = parts.next().unwrap_or_default();
    if parts.next() != Some(CLOCK_HZ) || !matches!(parts.next(), None | Some("1")) {
        return Format::Unknown;
    }
    if name.eq_ignore_ascii_case("telephone-event") {
        return Format::Events;
    }
    let codec = Codec::ALL.iter().find(|codec| codec.name().eq_ignore_ascii_case(name));
    codec.map_or(Format::Unknown, |codec| Format::Audio(*codec))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdp_types::Attribute;
    use sdp_types::MediaType;
    use sdp_types::TransportProto;

    #[test]
    fn numbers_mean_what_rtpmap_says_or_the_static_table() {
        let (pcmu, pcma) = (Format::Audio(Codec::Pcmu), Format::Audio(Codec::Pcma));
        for (fmt, maps, expected) in [
            ("0 8", &[][..], vec![(0, pcmu), (8, pcma)]),
            ("8 101", &["101 telephone-event/8000"], vec![(8, pcma), (101, Format::Events)]),
            (
                "96 97",
                &["96 pcmu/8000/1", "97 PCMA/16000"],
                vec![(96, pcmu), (97, Format::Unknown)],
            ),
            ("0", &["0 PCMA/8000", "0 PCMU/8000"], vec![(0, pcma)]),
            (
                "3  18 200 x -1",
                &["nonsense", "999 PCMU/8000"],
                vec![(3, Format::Unknown), (18, Format::Unknown)],
            ),
            (
                "101 100",
                &["101 telephone-event/48000", "100 Telephone-Event/8000"],
                vec![(101, Format::Unknown), (100, Format::Events)],
            ),
        ] {
            let mut media = Media::new(MediaType::Audio, 4000, TransportProto::RtpAvp, fmt);
            media.attributes.extend(maps.iter().map(|map| Attribute::with_value("rtpmap", map)));
            assert_eq!(formats(&media).collect::<Vec<_>>(), expected, "{fmt}");
        }
    }
}
