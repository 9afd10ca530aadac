//! The demo's terminal: colours, and lines of at most 80 columns.

use std::io::IsTerminal as _;

use crate::app::out::out;
use crate::app::wrap::wrap;

/// Width of the terminal that every line fits.
pub(super) const COLUMNS: usize = 80;

/// How a line is set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Title,
    /// Less important than the lines around it.
    Faint,
    Good,
    Bad,
}

/// Where lines go.
#[derive(Debug, Clone)]
enum Sheet {
    /// To the terminal at once.
    Terminal,
    /// Kept until [`Screen::release`].
    Kept(Vec<String>),
}

/// The demo's output.
#[derive(Debug, Clone)]
pub(super) struct Screen {
    is_coloured: bool,
    sheet: Sheet,
}

impl Screen {
    /// Returns a screen that prints at once. Colours are used on a terminal, unless the environment
    /// asks for none.
    pub(super) fn terminal() -> Self {
        let is_coloured = std::io::stdout().is_terminal() && crate::config::wants_colours();
        Self { is_coloured, sheet: Sheet::Terminal }
    }

    /// Returns a screen like this one that keeps its lines.
    pub(super) fn keeping(&self) -> Self {
        Self { is_coloured: self.is_coloured, sheet: Sheet::Kept(Vec::new()) }
    }

    /// Prints what was kept.
    pub(super) fn release(self) {
        match self.sheet {
            Sheet::Terminal => {}
            Sheet::Kept(lines) => lines.iter().for_each(|line| out!("{line}")),
        }
    }

    /// Prints an empty line.
    pub(super) fn gap(&mut self) {
        self.put(String::new());
    }

    /// Prints a text behind `head`. Further lines of the text stand below its first.
    pub(super) fn print(&mut self, ink: Ink, head: &str, text: &str) {
        let indent = head.chars().count();
        let lines = wrap(text, COLUMNS.saturating_sub(indent));
        for (number, line) in lines.iter().enumerate() {
            let head = if number == 0 { head.to_owned() } else { " ".repeat(indent) };
            let line = format!("{head}{line}");
            self.put(self.inked(ink, line.trim_end()));
        }
    }

    fn put(&mut self, line: String) {
        match &mut self.sheet {
            Sheet::Terminal => out!("{line}"),
            Sheet::Kept(lines) => lines.push(line),
        }
    }

    fn inked(&self, ink: Ink, line: &str) -> String {
        let code = match ink {
            Ink::Plain => return line.to_owned(),
            Ink::Title => "1",
            Ink::Faint => "2",
            Ink::Good => "32",
            Ink::Bad => "1;31",
        };
        if self.is_coloured { format!("\u{1b}[{code}m{line}\u{1b}[0m") } else { line.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_below_their_text() {
        let mut screen = Screen { is_coloured: false, sheet: Sheet::Kept(Vec::new()) };
        let text = "the state is TX, and the contract takes CA, NV and AZ only ".repeat(3);
        screen.print(Ink::Faint, "      12.345 s  ", text.trim_end());
        screen.print(Ink::Plain, "   ", &"x".repeat(200));
        let Sheet::Kept(lines) = screen.sheet else { unreachable!("it keeps") };
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS), "{lines:#?}");
        assert!(lines[0].starts_with("      12.345 s  the state"), "{lines:#?}");
        assert!(lines[1].starts_with(&" ".repeat(16)) && !lines[1].starts_with(&" ".repeat(17)));
        assert_eq!(lines.iter().map(|line| line.matches("x").count()).sum::<usize>(), 200);
    }

    #[test]
    fn colours_are_for_terminals() {
        let screen = |is_coloured| Screen { is_coloured, sheet: Sheet::Terminal };
        assert_eq!(screen(true).inked(Ink::Bad, "no"), "\u{1b}[1;31mno\u{1b}[0m");
        assert_eq!(screen(false).inked(Ink::Bad, "no"), "no");
        assert_eq!(screen(true).inked(Ink::Plain, "so"), "so");
    }
}
