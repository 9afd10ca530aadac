//! Draws a ladder as text, one line for each message.

use std::fmt::Write as _;

use super::columns::Arrow;
use super::columns::Column;
use super::columns::Columns;
use super::summary::SUMMARY_MAX;
use super::whole::Ladder;

/// Columns are that far apart: the longest summary, and an arrow around it.
const WIDTH: usize = SUMMARY_MAX + 8;
/// Characters before the first column: the time.
const MARGIN: usize = 16;

impl Ladder {
    /// Returns the ladder as text: a column for each address, an arrow for each message, with times in
    /// UTC. Dashed arrows are retransmissions.
    pub fn text(&self) -> String {
        let columns = Columns::of(self);
        let mut text = format!("{}\n\n", self.title());
        let (mut names, mut addresses) = (" ".repeat(MARGIN), " ".repeat(MARGIN));
        for Column { name, address } in &columns.columns {
            let _ = write!(names, "{name:<WIDTH$}");
            let _ = write!(addresses, "{:<WIDTH$}", address.to_string());
        }
        let _ = writeln!(text, "{}\n{}", names.trim_end(), addresses.trim_end());
        let mut day = None;
        for message in &self.messages {
            let at = message.at.timestamp();
            let date = at.strftime("%Y-%m-%d").to_string();
            let time = at.strftime("%H:%M:%S%.3f").to_string();
            if day.as_ref() != Some(&date) {
                let _ = writeln!(text, "{date} UTC");
                day = Some(date);
            }
            let shaft = if message.retransmission { '╌' } else { '─' };
            let line =
                line(columns.columns.len(), columns.arrow(message), shaft, &message.summary());
            let _ = writeln!(text, "{time:<MARGIN$}{}", line.trim_end());
        }
        if let Some(note) = self.left_out_note() {
            let _ = writeln!(text, "{note}");
        }
        text
    }

    /// Returns what the ladder is of.
    pub(super) fn title(&self) -> String {
        let count = self.messages.len();
        let plural = if count == 1 { "" } else { "s" };
        format!("call {}: {count} SIP message{plural}", self.call)
    }

    /// Returns how many messages are not in it.
    pub(super) fn left_out_note(&self) -> Option<String> {
        let plural = if self.left_out == 1 { "" } else { "s" };
        (self.left_out > 0).then(|| format!("{} message{plural} left out", self.left_out))
    }
}

/// Returns the columns' bars with an arrow between two of them.
fn line(columns: usize, arrow: Arrow, shaft: char, summary: &str) -> String {
    let (left, right) = (arrow.from.min(arrow.to), arrow.from.max(arrow.to));
    let mut line = String::new();
    for column in 0..columns {
        line.push('│');
        if column == left && left < right {
            let width = WIDTH * (right - left) - 1;
            line.push_str(&drawn(width, arrow.from < arrow.to, shaft, summary));
        } else if column < left || column >= right {
            line.push_str(&" ".repeat(WIDTH - 1));
        } else {
            // Inside the arrow: it is drawn already.
            line.pop();
        }
    }
    line
}

/// Returns an arrow of so many characters.
fn drawn(width: usize, to_the_right: bool, shaft: char, summary: &str) -> String {
    let free = width.saturating_sub(summary.chars().count() + 4);
    let (before, after) = (free / 2, free - free / 2);
    let shaft = |count: usize| String::from(shaft).repeat(count);
    match to_the_right {
        true => format!(" {} {summary} {}> ", shaft(before), shaft(after.saturating_sub(1))),
        false => format!(" <{} {summary} {} ", shaft(before.saturating_sub(1)), shaft(after)),
    }
}

#[cfg(test)]
mod tests {
    use crate::ladder::sample::call;
    use crate::ladder::sample::ladder;

    #[test]
    fn a_ladder_is_drawn_with_columns_and_arrows() {
        let mut ladder = ladder(call(1));
        ladder.left_out = 2;
        let text = ladder.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("call {}: 8 SIP messages", call(1)));
        assert!(lines[2].ends_with("leg 1") && lines[2].contains("caller"), "{text}");
        assert!(lines[3].contains("192.0.2.7:5060") && lines[3].contains("198.51.100.9:5080"));
        assert_eq!(lines[4], "2026-05-04 UTC");
        let shaft = "─".repeat(13);
        let first = format!("15:00:00.000    │ {shaft} INVITE (SDP) {shaft}> │");
        assert!(lines[5].starts_with(&first), "{text}");
        assert!(lines[6].starts_with("15:00:00.001    │ <───"), "{text}");
        assert!(lines[8].starts_with("15:00:00.750    │  ") && lines[8].contains('╌'), "{text}");
        assert_eq!(lines.last(), Some(&"2 messages left out"));
        // Every bar stands in its column.
        for line in &lines[5..13] {
            let bars: Vec<usize> =
                line.chars().enumerate().filter(|(_, c)| *c == '│').map(|(at, _)| at).collect();
            assert_eq!(bars, [16, 60, 104], "{line}");
        }
    }

    #[test]
    fn a_ladder_without_messages_is_short() {
        let mut ladder = ladder(call(1));
        ladder.messages.clear();
        assert_eq!(ladder.text(), format!("call {}: 0 SIP messages\n\n\n\n", call(1)));
    }
}
