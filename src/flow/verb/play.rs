//! `<Play>`: plays a sound file.

use std::collections::VecDeque;

use roxmltree::Node;

use crate::flow::Output;
use crate::flow::Sound;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;
use crate::flow::reader::excerpt;
use crate::flow::turn::Await;
use crate::flow::turn::Turn;

/// Maximum length of a path or URL, in bytes.
const PATH_BYTES_MAX: usize = 255;

/// Plays a WAV file, then continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Play {
    /// Relative path without `..`: beside the flow, or in the prompts' directory.
    File(String),
    /// An `https` URL.
    Url(String),
}

impl Play {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Play> {
        reader.attributes(node, &[]);
        let name = reader.sentence(node);
        if is_file(&name) {
            return Some(Play::File(name));
        }
        if is_url(&name) {
            return Some(Play::Url(name));
        }
        let fault =
            Fault::new(node.range().start, format!("`{}` cannot be played", excerpt(&name)));
        reader.error(fault.hint("a WAV file's name like greeting.wav, or an https URL"));
        None
    }

    /// Returns the file as a sound.
    pub fn sound(&self) -> Sound {
        match self {
            Play::File(path) => Sound::File(path.clone()),
            Play::Url(url) => Sound::Url(url.clone()),
        }
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Play(vec![self.sound()]));
        Turn::Wait(Await::Played)
    }
}

/// Returns whether a path has only parts of letters, digits, `.`, `_`, `-`, none of them hidden,
/// joined by `/`.
pub(super) fn is_file(path: &str) -> bool {
    let clean = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let part = |p: &str| !p.is_empty() && !p.starts_with('.') && p.chars().all(clean);
    path.len() <= PATH_BYTES_MAX
        && path.to_ascii_lowercase().ends_with(".wav")
        && path.split('/').all(part)
}

fn is_url(url: &str) -> bool {
    let host = url.strip_prefix("https://").unwrap_or_default();
    url.len() <= PATH_BYTES_MAX
        && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && url.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (path, good) in [
            ("greeting.wav", true),
            ("sounds/a-1_b.WAV", true),
            ("", false),
            (".wav", false),
            ("greeting.mp3", false),
            ("../greeting.wav", false),
            ("a/../b.wav", false),
            ("/etc/x.wav", false),
            ("a//b.wav", false),
            ("a\\b.wav", false),
            ("two words.wav", false),
        ] {
            assert_eq!(is_file(path), good, "{path}");
        }
    }

    #[test]
    fn only_https_is_fetched() {
        for (url, good) in [
            ("https://cdn.example/a.wav", true),
            ("http://cdn.example/a.wav", false),
            ("file:///etc/passwd", false),
            ("https://", false),
            ("https://a b", false),
        ] {
            assert_eq!(is_url(url), good, "{url}");
        }
    }
}
