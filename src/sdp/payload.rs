//! Payload types: maps the numbers of a stream to formats.

use sdp_types::Media;

use crate::base::Codec;

/// Number of payload types, which are seven bits wide.
const PAYLOAD_TYPES: usize = 128;
/// Clock rate of the supported codecs and telephone events.
const CLOCK_HZ: &str = "8000";
/// First dynamic payload type (RFC 3551 §3).
const DYNAMIC_MIN: u8 = 96;
/// Payload type of telephone events by common practice.
const EVENTS_COMMON: u8 = 101;
/// Names of telephone events: the registered one, and those of gear in the field.
const EVENT_NAMES: &[&str] = &["telephone-event", "telephone-events", "telephone_event"];
/// Lists of events in `fmtp` that only telephone events have (RFC 4733 §2.4.1).
const EVENT_LISTS: &[&str] = &["0-15", "0-16", "0-11", "0-11,16", "0-15,16"];

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
    let format_of = |number: u8| match mapped.get(usize::from(number)).copied().flatten() {
        Some(format) => format,
        None if is_unmapped_events(media, number) => Format::Events,
        None => static_format(number),
    };
    let formats: Vec<_> = listed.into_iter().map(|number| (number, format_of(number))).collect();
    formats.into_iter()
}

/// Returns the formats of the `rtpmap` attributes by payload type. Of several for one number, the
/// first that the switch supports counts.
fn rtpmaps(media: &Media) -> [Option<Format>; PAYLOAD_TYPES] {
    let mut formats = [None; PAYLOAD_TYPES];
    for attribute in media.attributes.iter().filter(|a| a.attribute == "rtpmap") {
        let value = attribute.value.as_deref().unwrap_or_default().trim_ascii();
        let Some((number, encoding)) = value.split_once([' ', '\t']) else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        if let Some(format) = formats.get_mut(number) {
            let read = dynamic_format(encoding.trim_ascii());
            match format {
                None | Some(Format::Unknown) => *format = Some(read),
                Some(Format::Audio(_) | Format::Events) => {}
            }
        }
    }
    formats
}

/// Returns whether a payload type without `rtpmap` has telephone events: by its list of events, or
/// by the number that is common for them.
fn is_unmapped_events(media: &Media, number: u8) -> bool {
    let is_dynamic = number >= DYNAMIC_MIN;
    let of_number = |value: &str| {
        let (named, events) = value.trim_ascii().split_once([' ', '\t'])?;
        let events = events.trim_ascii();
        (named.parse() == Ok(number)).then(|| EVENT_LISTS.contains(&events))
    };
    let lists = media.attributes.iter().filter(|a| a.attribute == "fmtp");
    let listed = lists.filter_map(|a| a.value.as_deref()).find_map(of_number);
    is_dynamic && listed.unwrap_or(number == EVENTS_COMMON)
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
    let (clock, channels) = (parts.next().map(str::trim_ascii), parts.next().map(str::trim_ascii));
    let is_events = EVENT_NAMES.iter().any(|known| name.trim_ascii().eq_ignore_ascii_case(known));
    if is_events && clock.is_none() {
        return Format::Events;
    }
    if clock != Some(CLOCK_HZ) || !matches!(channels, None | Some("" | "1")) {
        return Format::Unknown;
    }
    if is_events {
        return Format::Events;
    }
    let name = name.trim_ascii();
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
            // Case 06: a mapping that the switch supports wins over one that it does not.
            (
                "8 101 101",
                &["101 telephone-event/16000", "101 telephone-event/8000"],
                vec![(8, pcma), (101, Format::Events), (101, Format::Events)],
            ),
            (
                "101",
                &["101 telephone-event/8000", "101 telephone-event/16000"],
                vec![(101, Format::Events)],
            ),
            ("0 101", &[], vec![(0, pcmu), (101, Format::Events)]),
            ("0 101", &["101 opus/48000/2"], vec![(0, pcmu), (101, Format::Unknown)]),
            ("0 100", &[], vec![(0, pcmu), (100, Format::Unknown)]),
            ("96", &["96 telephone-event"], vec![(96, Format::Events)]),
            ("96", &["96 telephone_event/8000/1"], vec![(96, Format::Events)]),
            ("96", &["96  telephone-events / 8000 "], vec![(96, Format::Events)]),
        ] {
            let mut media = Media::new(MediaType::Audio, 4000, TransportProto::RtpAvp, fmt);
            media.attributes.extend(maps.iter().map(|map| Attribute::with_value("rtpmap", map)));
            assert_eq!(formats(&media).collect::<Vec<_>>(), expected, "{fmt}");
        }
    }

    #[test]
    fn events_without_a_mapping_are_known_by_their_list() {
        for (fmt, list, expected) in [
            ("0 97", "97 0-15", Format::Events),
            ("0 97", "97 0-16", Format::Events),
            ("0 97", "97 mode=20", Format::Unknown),
            ("0 97", "98 0-15", Format::Unknown),
            ("0 101", "101 mode=20", Format::Unknown),
        ] {
            let mut media = Media::new(MediaType::Audio, 4000, TransportProto::RtpAvp, fmt);
            media.attributes.push(Attribute::with_value("fmtp", list));
            assert_eq!(formats(&media).last().map(|(_, format)| format), Some(expected), "{list}");
        }
    }
}
