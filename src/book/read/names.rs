//! Ids and references to them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::base::toml::Report;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::Noun;

/// The ids that a book declares, and their offsets.
#[derive(Debug, Default)]
pub(super) struct Names<'d>(BTreeMap<(Noun, &'d str), usize>);

impl<'d> Names<'d> {
    /// Adds an id. A duplicate id is a fault.
    pub(super) fn declare(&mut self, noun: Noun, id: &Value<'d>, report: &mut Report<'_>) {
        let Some(text) = id.as_text() else {
            return;
        };
        if let Some(first) = self.0.get(&(noun, text)) {
            let message = format!("{} `{}` is declared twice", noun.name(), clip(text));
            let hint = format!("the first is at {}", report.name(*first));
            report.error(id.at(), message, hint);
        } else {
            self.0.insert((noun, text), id.at());
        }
    }

    /// Reads a reference. A reference to an undeclared id is a fault.
    pub(super) fn refer<T>(&self, noun: Noun, id: &Value<'d>, report: &mut Report<'_>) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = id.text(report)?;
        if self.0.contains_key(&(noun, text)) {
            // A declared id that is not a slug is reported where it is declared.
            return text.parse().ok();
        }
        let known = self.0.keys().filter(|(of, _)| *of == noun).map(|(_, known)| *known);
        let name = noun.name();
        let hint = report
            .meant(text, known)
            .unwrap_or_else(|| format!("declare it in a [[{name}]], or name one that is"));
        let shown = clip(text);
        report.error(id.at(), format!("{name} `{shown}` is unknown"), hint);
        None
    }
}
