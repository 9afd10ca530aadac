//! Changes that remove so much of a book that they are likely mistakes.

use std::fmt;

use crate::book::Book;
use crate::book::Noun;

use super::changes::Change;
use super::changes::What;
use super::entries::entry_ids;

/// Fewest contracts that a large removal removes.
const CONTRACTS_MIN: usize = 3;
/// A removal of more than one contract in this many is large.
const CONTRACTS_SHARE: usize = 3;

/// A large removal. Prints as `4 of 9 contracts, all 2 buyers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeRemoval(Vec<Removed>);

/// How many entries of a kind are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Removed {
    noun: Noun,
    removed: usize,
    before: usize,
}

/// Returns what a change removes when it removes more than a third of the contracts, and three of
/// them at least, or every entry of a kind; `changes` are the differences from `before`.
pub fn large_removal(before: &Book, changes: &[Change]) -> Option<LargeRemoval> {
    let count = |noun, what: What| {
        changes.iter().filter(|change| change.noun == noun && change.what == what).count()
    };
    let large = Noun::ALL.into_iter().filter_map(|noun| {
        let removed = count(noun, What::Removed);
        if removed == 0 {
            return None;
        }
        let before = entry_ids(before, noun).len();
        let all = removed == before && count(noun, What::Added) == 0;
        let many = noun == Noun::Contract
            && removed >= CONTRACTS_MIN
            && removed * CONTRACTS_SHARE > before;
        (all || many).then_some(Removed { noun, removed, before })
    });
    let large: Vec<Removed> = large.collect();
    (!large.is_empty()).then_some(LargeRemoval(large))
}

impl fmt::Display for LargeRemoval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Removed { noun, removed, before }) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            match (removed == before, before) {
                (true, 1) => write!(f, "the only {}", noun.name())?,
                (true, _) => write!(f, "all {before} {}", noun.plural())?,
                (false, _) => write!(f, "{removed} of {before} {}", noun.plural())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::large_removal;
    use crate::book::changes;
    use crate::book::parse;

    /// A book of buyers with one contract each.
    fn book(buyers: &[&str]) -> crate::book::Book {
        let mut text = "[[offer]]\nid = \"auto\"\n".to_owned();
        for id in buyers {
            text += &format!(
                "[[buyer]]\nid = \"{id}\"\n[[contract]]\nid = \"{id}-auto\"\nbuyer = \"{id}\"\n\
                 offer = \"auto\"\nprice = {{ amount = \"1\", currency = \"USD\" }}\n\
                 destination = {{ sip = \"sip:a@192.0.2.1\" }}\n"
            );
        }
        parse("book.toml", &text).0.unwrap()
    }

    #[test]
    fn a_removal_is_large_from_a_third_of_the_contracts_or_all_of_a_kind_on() {
        let (nine, three) = (
            &["a", "b", "c", "d", "e", "f", "g", "h", "i"] as &[&str],
            &["a", "b", "c"] as &[&str],
        );
        let cases: [(&[&str], &[&str], Option<&str>); 9] = [
            (nine, nine, None),
            (nine, &nine[..6], None),
            (nine, &nine[..5], Some("4 of 9 contracts")),
            (nine, &nine[..1], Some("8 of 9 contracts")),
            (nine, &[], Some("all 9 buyers, all 9 contracts")),
            // Two of three are more than a third, but few.
            (three, &three[..1], None),
            (&three[..1], &[], Some("the only buyer, the only contract")),
            // A new id for the only buyer leaves a buyer.
            (&three[..1], &["z"], None),
            (&[], three, None),
        ];
        for (before, after, expected) in cases {
            let (old, new) = (book(before), book(after));
            let found = large_removal(&old, &changes(&old, &new)).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{before:?} {after:?}");
        }
    }
}
