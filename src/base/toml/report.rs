//! The faults of one file.

use std::fmt;

use crate::base::Diagnostic;
use crate::base::Place;
use crate::base::suggest;

/// Most faults reported for one file. Further ones are only counted.
pub const FAULTS_MAX: usize = 200;

/// Names for places in a text that was generated from another source, for hints.
pub trait Places: fmt::Debug {
    /// Returns the name of a place in the text.
    fn name(&self, place: Place) -> String;
}

/// Collector of the faults of one file, with the place of each offset.
#[derive(Debug)]
pub struct Report<'t> {
    file: &'t str,
    text: &'t str,
    /// Offsets of the line starts, so that finding a place does not scan the whole file.
    lines: Vec<usize>,
    places: Option<&'t dyn Places>,
    faults: Vec<Diagnostic>,
    refused: bool,
    unreported: usize,
}

impl<'t> Report<'t> {
    /// Creates an empty report.
    pub fn new(file: &'t str, text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { file, text, lines, places: None, faults: Vec::new(), refused: false, unreported: 0 }
    }

    /// Returns a report that names places by the source of the text instead of by line.
    pub fn naming(self, places: &'t dyn Places) -> Self {
        Self { places: Some(places), ..self }
    }

    /// Reports a fault that stops the file from being used; `hint` may be empty.
    pub fn error(&mut self, at: usize, message: impl Into<String>, hint: impl Into<String>) {
        self.refused = true;
        if self.has_room() {
            let fault = Diagnostic::error(self.file, self.place(at), message);
            self.faults.push(fault.hint(hint));
        }
    }

    /// Reports a fault that does not; `hint` may be empty.
    pub fn warning(&mut self, at: usize, message: impl Into<String>, hint: impl Into<String>) {
        if self.has_room() {
            let fault = Diagnostic::warning(self.file, self.place(at), message);
            self.faults.push(fault.hint(hint));
        }
    }

    /// Returns whether one more fault is reported, and counts those that are not.
    fn has_room(&mut self) -> bool {
        let room = !self.is_full();
        self.unreported += usize::from(!room);
        room
    }

    /// Returns the name of the file.
    pub fn file(&self) -> &'t str {
        self.file
    }

    /// Returns whether further faults are only counted, so that they need no hints.
    pub fn is_full(&self) -> bool {
        self.faults.len() >= FAULTS_MAX
    }

    /// Returns a hint with the most similar known name, if one is similar enough.
    pub fn meant<'n>(
        &self,
        wrong: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Option<String> {
        if self.is_full() {
            return None;
        }
        suggest(&clip(wrong), known).map(|meant| format!("did you mean `{meant}`?"))
    }

    /// Returns the place of a byte offset.
    pub fn place(&self, at: usize) -> Place {
        let line = self.line(at);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let within = Place::of(self.text.get(start..).unwrap_or_default(), at - start);
        Place { line: u32::try_from(line).unwrap_or(u32::MAX), column: within.column }
    }

    /// Returns the name of a byte offset, for hints about another place: `line 12`.
    pub fn name(&self, at: usize) -> String {
        match self.places {
            Some(places) => places.name(self.place(at)),
            None => format!("line {}", self.line(at)),
        }
    }

    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).max(1)
    }

    /// Returns whether any fault stops the file from being used.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Returns the faults, in the file's order.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.faults.sort_by_key(|fault| fault.place);
        if let Some(last) = self.faults.last().filter(|_| self.unreported > 0) {
            let message = format!("and {} more faults", self.unreported);
            let rest = match self.refused {
                true => Diagnostic::error(self.file, last.place, message),
                false => Diagnostic::warning(self.file, last.place, message),
            };
            self.faults.push(rest.hint("mend these first"));
        }
        self.faults
    }
}

/// Returns a text, cut to the length that messages show.
pub fn clip(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    text.chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_agree_with_the_slow_way() {
        let text = "ab\ncé\n\nlast";
        let report = Report::new("x", text);
        for at in 0..text.len() + 3 {
            assert_eq!(report.place(at), Place::of(text, at), "offset {at}");
        }
    }

    #[test]
    fn faults_are_sorted_and_bounded() {
        let mut report = Report::new("x.toml", "a\nb");
        report.error(2, "later", "");
        report.warning(0, "earlier", "");
        for _ in 0..FAULTS_MAX {
            report.error(2, "again", "");
        }
        let faults = report.finish();
        assert_eq!(faults.len(), FAULTS_MAX + 1);
        assert_eq!(faults[0].to_string(), "x.toml:1:1: warning: earlier");
        assert_eq!(
            faults[FAULTS_MAX].to_string(),
            "x.toml:2:1: error: and 2 more faults (mend these first)"
        );
    }
}
