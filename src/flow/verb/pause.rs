//! `<Pause>`: waits in silence.

use std::collections::VecDeque;
use std::time::Duration;

use roxmltree::Node;

use crate::flow::Output;
use crate::flow::Sound;
use crate::flow::reader::Reader;
use crate::flow::turn::Await;
use crate::flow::turn::Turn;

/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["length"];

/// Default length.
const LENGTH: Duration = Duration::from_secs(1);

/// Waits in silence, then continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Length, at most 60 s.
    pub length: Duration,
}

impl Pause {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Pause {
        reader.attributes(node, ATTRIBUTES);
        reader.children(node, &[]);
        Pause { length: reader.seconds(node, "length").unwrap_or(LENGTH) }
    }

    /// Returns the pause as a sound.
    pub fn sound(&self) -> Sound {
        Sound::Silence(self.length)
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Play(vec![self.sound()]));
        Turn::Wait(Await::Played)
    }
}
