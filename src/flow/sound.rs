//! The sounds that a caller hears, and the file names of spoken sentences.

use std::time::Duration;

use sha2::Digest as _;
use sha2::Sha256;

use crate::base::Fields;

use super::Text;
use super::spoken;
use super::text::Piece;
use super::white_space::collapse;

/// Maximum number of words of a text in its file name.
const SLUG_WORDS_MAX: usize = 6;
/// Maximum length of the readable part of a file name, in bytes.
const SLUG_BYTES_MAX: usize = 40;
/// Bytes of the hash in a file name.
const HASH_BYTES: usize = 4;

/// One item to play.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sound {
    /// A spoken sentence. Its file is looked up under [`sound_file_name`]; without a file it is
    /// skipped.
    Say {
        /// BCP 47 tag, like `en-US`.
        language: String,
        /// Sentence, white space collapsed.
        text: String,
    },
    /// A sentence with variables, as written in the flow. A run never plays one: it fills in the
    /// variables and plays [`Sound::Spoken`].
    Template {
        /// BCP 47 tag, like `en-US`.
        language: String,
        /// Sentence and its variables.
        text: Text,
    },
    /// A sentence with its variables filled in. It plays its parts in sequence if all of them have
    /// a file; else a file that is synthesised for the whole sentence.
    Spoken {
        /// BCP 47 tag, like `en-US`.
        language: String,
        /// Sentence in words that a speech program reads out correctly: `nine zero`.
        text: String,
        /// Parts of the sentence, each a [`Sound::Say`].
        parts: Vec<Sound>,
    },
    /// WAV file beside the flow or in the prompts' directory; a relative path.
    File(String),
    /// WAV file on the web; `https` only.
    Url(String),
    /// Silence of this length.
    Silence(Duration),
}

impl Sound {
    /// Returns the sound with its variables filled in.
    pub(crate) fn filled(&self, fields: &Fields) -> Sound {
        match self {
            Sound::Template { language, text } => text.spoken(language, fields),
            Sound::Say { .. } | Sound::Spoken { .. } => self.clone(),
            Sound::File(_) | Sound::Url(_) | Sound::Silence(_) => self.clone(),
        }
    }
}

impl Text {
    /// Returns the sentence with its values, in words and in parts.
    pub(crate) fn spoken(&self, language: &str, fields: &Fields) -> Sound {
        let (mut text, mut parts) = (String::new(), Vec::new());
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => {
                    text.push_str(words);
                    parts.extend(said(language, words));
                }
                Piece::Variable { field, speak } => {
                    let value = fields.value(field.as_str()).unwrap_or_default();
                    let words = spoken::words(language, *speak, value);
                    text.push_str(&words.join(" "));
                    parts.extend(words.iter().filter_map(|word| said(language, word)));
                }
            }
        }
        Sound::Spoken { language: language.to_owned(), text, parts }
    }

    /// Returns every part that [`Text::spoken`] may produce, except values that are text.
    pub(crate) fn parts(&self, language: &str) -> Vec<Sound> {
        let mut parts = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => parts.extend(said(language, words)),
                Piece::Variable { speak, .. } => {
                    let words = spoken::vocabulary(language, *speak);
                    parts.extend(words.iter().filter_map(|word| said(language, word)));
                }
            }
        }
        parts
    }
}

/// Returns words as one sound; `None` for a full stop after a variable.
fn said(language: &str, words: &str) -> Option<Sound> {
    let text = words.trim().trim_start_matches(['.', ',', ';', ':', '!', '?']).trim();
    let heard = text.chars().any(char::is_alphanumeric);
    heard.then(|| Sound::Say { language: language.to_owned(), text: text.to_owned() })
}

/// Returns the name of the file of a spoken sentence: its first words, then 8 hexadecimal digits of
/// the SHA-256 of language, line feed and sentence, then `.wav`. White space does not matter:
/// `Thank you.` in `en-US` is `thank-you-cb350d7e.wav`, however the file breaks its lines.
pub fn sound_file_name(language: &str, text: &str) -> String {
    let text = collapse(text);
    let hash = Sha256::digest(format!("{language}\n{text}").as_bytes());
    let mut name = slug(&text);
    for byte in hash.iter().take(HASH_BYTES) {
        name.push_str(&format!("{byte:02x}"));
    }
    name + ".wav"
}

/// Returns the first words in lower case with dashes, and a last dash; empty without such a word.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    let words = text.split(|c: char| c.is_whitespace() || c == '-').filter_map(|word| {
        let word: String =
            word.to_lowercase().chars().map(plain).filter(char::is_ascii_alphanumeric).collect();
        (!word.is_empty()).then_some(word)
    });
    for word in words.take(SLUG_WORDS_MAX) {
        if slug.len() + word.len() >= SLUG_BYTES_MAX {
            break;
        }
        slug.push_str(&word);
        slug.push('-');
    }
    slug
}

/// Returns the letter without its accent, for the common ones.
fn plain(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_unique() {
        for (language, text, start) in [
            ("en-US", "Thank you for calling.", "thank-you-for-calling-"),
            ("en-US", "For a new-home quote, press 1.", "for-a-new-home-quote-press-"),
            ("es-US", "¿Está ahí?", "esta-ahi-"),
            ("ja-JP", "もしもし", ""),
            ("en-US", &"x".repeat(60), ""),
        ] {
            let name = sound_file_name(language, text);
            assert!(name.starts_with(start), "{name}");
            assert_eq!(name.len(), start.len() + HASH_BYTES * 2 + 4, "{name}");
        }
        assert_ne!(sound_file_name("en-US", "Hola"), sound_file_name("es-US", "Hola"));
    }

    #[test]
    fn white_space_does_not_matter() {
        let name = sound_file_name("en-US", "Thank you.");
        assert_eq!(sound_file_name("en-US", "\n  Thank\t you. "), name);
        assert_eq!(name, "thank-you-cb350d7e.wav");
    }
}
