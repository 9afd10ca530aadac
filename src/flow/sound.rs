//! What a caller hears, and under which file name it is looked up.

use std::time::Duration;

use sha2::Digest as _;
use sha2::Sha256;

use crate::base::Fields;

use super::Text;
use super::spoken;
use super::text::Piece;
use super::white_space::collapse;

/// Most words of a text that show in its file's name.
const SLUG_WORDS_MAX: usize = 6;
/// Longest readable part of a file's name, in bytes.
const SLUG_BYTES_MAX: usize = 40;
/// Bytes of the hash that a file's name carries.
const HASH_BYTES: usize = 4;

/// One thing to play.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sound {
    /// A sentence, spoken. Its sound is looked up under [`sound_file_name`]; without one it is
    /// passed over.
    Say {
        /// BCP 47 tag, like `en-US`.
        language: String,
        /// The sentence, white space collapsed.
        text: String,
    },
    /// A sentence with variables, as it stands in the flow. A run never asks to play one: it
    /// fills it in and asks for [`Sound::Spoken`].
    Template {
        /// BCP 47 tag, like `en-US`.
        language: String,
        /// The sentence and its variables.
        text: Text,
    },
    /// A sentence whose variables are filled in. Its sound is that of its parts, one after the
    /// other, where all of them have one; else that of the whole sentence, made for the occasion.
    Spoken {
        /// BCP 47 tag, like `en-US`.
        language: String,
        /// The sentence in words that a speech program reads out as they are meant: `nine zero`.
        text: String,
        /// The same in parts: [`Sound::Say`] each.
        parts: Vec<Sound>,
    },
    /// A WAV file beside the flow or in the prompts' directory; a relative path.
    File(String),
    /// A WAV file on the web; `https` only.
    Url(String),
    /// Nothing, for this long.
    Silence(Duration),
}

impl Sound {
    /// With its variables filled in, where it has any.
    pub(crate) fn filled(&self, fields: &Fields) -> Sound {
        match self {
            Sound::Template { language, text } => text.spoken(language, fields),
            Sound::Say { .. } | Sound::Spoken { .. } => self.clone(),
            Sound::File(_) | Sound::Url(_) | Sound::Silence(_) => self.clone(),
        }
    }
}

impl Text {
    /// The sentence with its values, in words and in parts.
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

    /// Everything that [`Text::spoken`] may make a part of, but for values that are text.
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

/// Words as a sound of their own; a full stop behind a variable is none.
fn said(language: &str, words: &str) -> Option<Sound> {
    let text = words.trim().trim_start_matches(['.', ',', ';', ':', '!', '?']).trim();
    let heard = text.chars().any(char::is_alphanumeric);
    heard.then(|| Sound::Say { language: language.to_owned(), text: text.to_owned() })
}

/// The name of the file that holds a spoken sentence: its first words, then 8 hexadecimal digits
/// of the SHA-256 of language, line feed and sentence, then `.wav`. White space does not matter:
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

/// The first words in lower case with dashes, and a last dash; empty when there is no such word.
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

/// The letter without its accent, for the common ones.
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
