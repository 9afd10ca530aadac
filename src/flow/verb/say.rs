//! `<Say>`: speaks a sentence.

use std::collections::VecDeque;

use roxmltree::Node;

use crate::flow::Facts;
use crate::flow::Output;
use crate::flow::Sound;
use crate::flow::Text;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;
use crate::flow::turn::Await;
use crate::flow::turn::Turn;

/// Maximum length of a sentence, in characters: about a minute of speech.
const TEXT_CHARS_MAX: usize = 1_000;

/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["language"];

/// Speaks a sentence, then continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// BCP 47 tag of the language to speak in.
    pub language: String,
    /// Sentence with white space collapsed; it may have variables.
    pub text: Text,
}

impl Say {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Say> {
        reader.attributes(node, ATTRIBUTES);
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
        let text = Text::read(&text, node.range().start, reader)?;
        Some(Say { language, text })
    }

    /// Returns the sentence as a sound: [`Sound::Template`] when it has variables.
    pub fn sound(&self) -> Sound {
        let language = self.language.clone();
        match self.text.plain() {
            Some(plain) => Sound::Say { language, text: plain.to_owned() },
            None => Sound::Template { language, text: self.text.clone() },
        }
    }

    pub(crate) fn begin(&self, facts: &Facts<'_>, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Play(vec![self.sound().filled(facts.fields)]));
        Turn::Wait(Await::Played)
    }
}
