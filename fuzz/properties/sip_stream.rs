//! Any stream, in segments whose lengths the first bytes give: the frames are the same as in one.

use strowger::sip::wire::Framing;
use strowger::sip::wire::Message;
use strowger::sip::wire::StreamFramer;

/// Bytes that give lengths of segments.
const LENGTHS: usize = 8;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Some((lengths, mut stream)) = data.split_at_checked(LENGTHS) else { return };
    let mut whole = StreamFramer::new();
    whole.push(stream);
    let mut parts = StreamFramer::new();
    let mut met = Vec::new();
    for length in lengths.iter().map(|length| usize::from(*length)).chain([usize::MAX]) {
        let (segment, rest) = stream.split_at(length.min(stream.len()));
        stream = rest;
        parts.push(segment);
        while let Some(Ok(frame)) = parts.next() {
            met.push(frame);
        }
    }
    let mut expected = Vec::new();
    while let Some(Ok(frame)) = whole.next() {
        let _ = Message::parse(frame.clone(), Framing::Stream);
        expected.push(frame);
    }
    assert_eq!(met, expected);
}
