//! Names and values as they are collected, within bounds.

use crate::base::tree::TEXT;
use crate::base::tree::Tree;

use super::bounds::NAME_BYTES_MAX;
use super::bounds::VALUE_BYTES_MAX;
use super::bounds::VALUES_MAX;
use super::refusal::BodyRefusal;
use super::refusal::shown;

/// Names and values in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Fill(Vec<(String, String)>);

impl Fill {
    /// Adds a value.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Result<(), BodyRefusal> {
        if name.len() > NAME_BYTES_MAX {
            return Err(BodyRefusal::LongName);
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(BodyRefusal::LongValue(shown(name)));
        }
        if self.0.len() >= VALUES_MAX {
            return Err(BodyRefusal::Many(VALUES_MAX));
        }
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Adds the values of a document under dotted names: `contact.phones.0`. `null` counts as
    /// absent, and an attribute of XML as a child.
    pub(super) fn add_document(&mut self, tree: &Tree) -> Result<(), BodyRefusal> {
        match tree {
            Tree::Named(_) => self.add_tree("", tree),
            // An XML element without content.
            Tree::Text(text) if text.is_empty() => Ok(()),
            Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => {
                Err(BodyRefusal::NoObject)
            }
        }
    }

    fn add_tree(&mut self, name: &str, tree: &Tree) -> Result<(), BodyRefusal> {
        match tree {
            Tree::Null => Ok(()),
            Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) => {
                self.add(name, &tree.text().unwrap_or_default())
            }
            Tree::List(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(at, item)| self.add_tree(&below(name, &at.to_string()), item)),
            Tree::Named(pairs) => pairs.iter().try_for_each(|(step, value)| {
                let step = step.strip_prefix('@').unwrap_or(step);
                match (step, name) {
                    (TEXT, "") => Ok(()),
                    (TEXT, name) => self.add_tree(name, value),
                    (step, name) => self.add_tree(&below(name, step), value),
                }
            }),
        }
    }

    /// Adds the values whose names are not there yet, in any case.
    pub(super) fn add_missing(&mut self, below: Fill) -> Result<(), BodyRefusal> {
        let own = self.0.len();
        for (name, value) in below.0 {
            let above = self.0.get(..own).unwrap_or_default();
            if !above.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                self.add(&name, &value)?;
            }
        }
        Ok(())
    }

    /// Takes out the values under any of these names, in any case; returns the first.
    pub(super) fn take(&mut self, names: &[&str]) -> Option<String> {
        let is_it = |name: &str| names.iter().any(|own| own.eq_ignore_ascii_case(name));
        let found = self.0.iter().find(|(name, _)| is_it(name)).map(|(_, value)| value.clone());
        self.0.retain(|(name, _)| !is_it(name));
        found
    }

    /// Returns the names and values.
    pub(super) fn into_values(self) -> Vec<(String, String)> {
        self.0
    }
}

fn below(name: &str, step: &str) -> String {
    if name.is_empty() { step.to_owned() } else { format!("{name}.{step}") }
}
