//! `<Say>`: speaks a sentence.

use std::collections::VecDeque;

use roxmltree::Node;

use crate::flow::Output;
use crate::flow::Sound;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;
use crate::flow::run::Await;
use crate::flow::run::Turn;

/// Longest sentence, in characters: about a minute of speech.
const TEXT_CHARS_MAX: usize = 1_000;

/// Speaks a sentence, then goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// BCP 47 tag of the language to speak in.
    pub language: String,
    /// The sentence, white space collapsed.
    pub text: String,
}

impl Say {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Say> {
        reader.attributes(node, &["language"]);
        let language = reader.language_of(node).unwrap_or_else(|| reader.language.clone());
        let text = reader.sentence(node);
        let chars = text.chars().count();
        if text.is_empty() {
            reader.error(Fault::new(node.range().start, "<Say> has no text"));
            return None;
        }
        if chars > TEXT_CHARS_MAX {
            let message = format!("the text has {chars} characters, more than {TEXT_CHARS_MAX}");
            reader.error(Fault::new(node.range().start, message).hint("split it"));
            return None;
        }
        Some(Say { language, text })
    }

    /// The sentence as a sound.
    pub fn sound(&self) -> Sound {
        Sound::Say { language: self.language.clone(), text: self.text.clone() }
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Play(vec![self.sound()]));
        Turn::Wait(Await::Played)
    }
}
