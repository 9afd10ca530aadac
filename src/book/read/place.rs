//! Finds the entries of a book in its text, for faults that are found beside the text.

use crate::base::Place;
use crate::base::toml::Document;
use crate::base::toml::Report;
use crate::book::Noun;

/// The text of a book, and its name in diagnostics.
#[derive(Debug, Clone, Copy)]
pub struct BookText<'t> {
    /// Name of the file.
    pub file: &'t str,
    /// Its text in TOML; empty for a book that was not read from TOML.
    pub text: &'t str,
}

impl<'t> BookText<'t> {
    /// Creates the name of a book whose text is not at hand. Its faults are at its start.
    pub const fn named(file: &'t str) -> Self {
        Self { file, text: "" }
    }

    /// Returns the place of the key that identifies an entry; the start of the text if the entry is
    /// not there. Reads the whole text.
    pub fn place(&self, noun: Noun, id: &str) -> Place {
        self.find(noun, id).unwrap_or(Place::START)
    }

    fn find(&self, noun: Noun, id: &str) -> Option<Place> {
        let mut report = Report::new(self.file, self.text);
        let document = Document::parse(self.text, &mut report)?;
        let entries = document.root().value(noun.name())?.tables(&mut report);
        let is_it = |given: &str| match noun {
            Noun::Number => given.parse().is_ok_and(|phone: crate::base::Phone| phone.e164() == id),
            Noun::Trunk
            | Noun::Source
            | Noun::Buyer
            | Noun::Offer
            | Noun::Contract
            | Noun::Postback => given == id,
        };
        let keys = entries.iter().filter_map(|entry| entry.value(noun.key()));
        let mut keys = keys.filter(|key| key.as_text().is_some_and(is_it));
        keys.next().map(|key| report.place(key.at()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_id() {
        let text = "[[buyer]]\nid = \"a\"\n[[contract]]\nid = \"a\"\n[[contract]]\n  id = \"b\"\n\
                    [[number]]\nnumber = \"+1 305 555 0123\"\n";
        let book = BookText { file: "b", text };
        for (noun, id, line, column) in [
            (Noun::Buyer, "a", 2, 6),
            (Noun::Contract, "a", 4, 6),
            (Noun::Contract, "b", 6, 8),
            (Noun::Number, "+13055550123", 8, 10),
            (Noun::Contract, "c", 1, 1),
            (Noun::Offer, "a", 1, 1),
        ] {
            assert_eq!(book.place(noun, id), Place { line, column }, "{noun} {id}");
        }
        assert_eq!(BookText::named("b").place(Noun::Buyer, "a"), Place::START);
        let broken = BookText { file: "b", text: "[[buyer" };
        assert_eq!(broken.place(Noun::Buyer, "a"), Place::START);
    }
}
