//! Codecs of a call's legs.

use crate::base::Codec;
use crate::base::LegId;
use crate::book::Book;
use crate::book::Destination;

use super::Machine;

/// Returns the codecs that a destination's leg is offered: its trunk's, or all.
pub(super) fn codecs_of<'b>(destination: &Destination, book: &'b Book) -> &'b [Codec] {
    let trunk = book.trunk_to(destination);
    trunk.map_or(Codec::ALL, |trunk| &trunk.audio.codecs)
}

/// Returns the codecs with another leg's first, if it is among them: that avoids transcoding.
pub(super) fn preferring(first: Option<Codec>, codecs: &[Codec]) -> Vec<Codec> {
    let first = first.filter(|first| codecs.contains(first));
    let others = codecs.iter().copied().filter(|codec| Some(*codec) != first);
    first.into_iter().chain(others).collect()
}

impl Machine {
    /// Returns the codecs of a leg, the preferred one first.
    pub(super) fn codecs(&self, leg: LegId) -> Vec<Codec> {
        match self.legs.get(&leg) {
            Some(own) => preferring(self.caller.codec, codecs_of(&own.destination, &self.book)),
            None => self.caller.codecs.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_legs_codec_is_first_if_it_is_allowed() {
        use Codec::G722;
        use Codec::Pcma;
        use Codec::Pcmu;
        for (first, codecs, expected) in [
            (None, &[Pcmu, Pcma, G722][..], vec![Pcmu, Pcma, G722]),
            (Some(G722), &[Pcmu, Pcma, G722], vec![G722, Pcmu, Pcma]),
            (Some(Pcma), &[Pcmu, Pcma, G722], vec![Pcma, Pcmu, G722]),
            (Some(G722), &[Pcma, Pcmu], vec![Pcma, Pcmu]),
        ] {
            assert_eq!(preferring(first, codecs), expected, "{first:?} {codecs:?}");
        }
    }
}
