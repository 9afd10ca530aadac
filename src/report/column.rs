//! The columns of reports, and their values.

use serde::Serialize;
use serde::Serializer;

use super::Measure;
use super::Sums;
use crate::base::Currency;
use crate::base::Money;

/// A column of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// A measure as it is: a count, or an amount.
    Plain(Measure),
    /// Connected time, in seconds.
    TalkSeconds,
    /// Connected time per connected call, in seconds.
    AverageTalkSeconds,
    /// Connected calls ÷ calls.
    ConnectRate,
    /// Missed calls ÷ calls.
    MissedRate,
    /// Answered attempts ÷ attempts.
    AnswerRate,
    /// Attempts that were not answered.
    Unanswered,
    /// Average time until ringing, in milliseconds.
    AverageDelayMs,
    /// Average time until the answer, in milliseconds.
    AverageAnswerMs,
    /// Calls that a fallback sold.
    Recovered,
    /// Calls that a fallback sold ÷ calls that used it.
    RecoveryRate,
}

/// A value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// A number of things or of milliseconds; negative only if corrections came before the sale.
    Count(i64),
    /// Milliseconds, shown as seconds.
    Time(i64),
    /// A part of a whole, 0 to 1.
    Rate(f64),
    /// An amount.
    Amount(Money),
    /// Unknown: nothing to average.
    Unknown,
}

impl Column {
    /// Every column that is not a plain measure.
    pub const DERIVED: [Column; 10] = [
        Column::TalkSeconds,
        Column::AverageTalkSeconds,
        Column::ConnectRate,
        Column::MissedRate,
        Column::AnswerRate,
        Column::Unanswered,
        Column::AverageDelayMs,
        Column::AverageAnswerMs,
        Column::Recovered,
        Column::RecoveryRate,
    ];

    /// Returns the name in answers and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Column::Plain(measure) => measure.name(),
            Column::TalkSeconds => "talk_seconds",
            Column::AverageTalkSeconds => "average_talk_seconds",
            Column::ConnectRate => "connect_rate",
            Column::MissedRate => "missed_rate",
            Column::AnswerRate => "answer_rate",
            Column::Unanswered => "unanswered",
            Column::AverageDelayMs => "delay_average_ms",
            Column::AverageAnswerMs => "answer_average_ms",
            Column::Recovered => "recovered",
            Column::RecoveryRate => "recovery_rate",
        }
    }

    /// Returns the measures that its cells are made of.
    pub(super) fn measures(self) -> Vec<Measure> {
        match self {
            Column::Plain(measure) => vec![measure],
            Column::TalkSeconds => vec![Measure::TalkMs],
            Column::AverageTalkSeconds => vec![Measure::TalkMs, Measure::Connected],
            Column::ConnectRate => vec![Measure::Connected, Measure::Calls],
            Column::MissedRate => vec![Measure::Missed, Measure::Calls],
            Column::AnswerRate | Column::Unanswered => {
                vec![Measure::AttemptsAnswered, Measure::Attempts]
            }
            Column::AverageDelayMs => vec![Measure::DelayMs, Measure::Rings],
            Column::AverageAnswerMs => vec![Measure::AnswerMs, Measure::AttemptsAnswered],
            Column::Recovered => vec![Measure::Sold],
            Column::RecoveryRate => vec![Measure::Sold, Measure::Calls],
        }
    }

    /// Returns the sum by which rows are ordered.
    pub(super) const fn weight(self, sums: &Sums) -> i128 {
        match self {
            Column::Plain(measure) => sums.of(measure),
            Column::TalkSeconds
            | Column::AverageTalkSeconds
            | Column::ConnectRate
            | Column::MissedRate
            | Column::AnswerRate
            | Column::Unanswered
            | Column::AverageDelayMs
            | Column::AverageAnswerMs
            | Column::Recovered
            | Column::RecoveryRate => 0,
        }
    }

    /// Returns the value for sums. Amounts are in `currency`.
    pub fn cell(self, sums: &Sums, currency: Currency) -> Cell {
        let count = |measure| clamped(sums.of(measure));
        let rate = |part, whole| match (sums.of(part), sums.of(whole)) {
            (_, 0) => Cell::Unknown,
            (part, whole) => Cell::Rate(part as f64 / whole as f64),
        };
        let average = |sum, of| sums.of(sum).checked_div(sums.of(of)).map(clamped);
        match self {
            Column::Plain(measure) if measure.is_money() => {
                Cell::Amount(Money::from_micros(count(measure), currency))
            }
            Column::Plain(measure) => Cell::Count(count(measure)),
            Column::TalkSeconds => Cell::Time(count(Measure::TalkMs)),
            Column::AverageTalkSeconds => {
                average(Measure::TalkMs, Measure::Connected).map_or(Cell::Unknown, Cell::Time)
            }
            Column::ConnectRate => rate(Measure::Connected, Measure::Calls),
            Column::MissedRate => rate(Measure::Missed, Measure::Calls),
            Column::AnswerRate => rate(Measure::AttemptsAnswered, Measure::Attempts),
            Column::Unanswered => {
                let unanswered = sums.of(Measure::Attempts) - sums.of(Measure::AttemptsAnswered);
                Cell::Count(clamped(unanswered))
            }
            Column::AverageDelayMs => {
                average(Measure::DelayMs, Measure::Rings).map_or(Cell::Unknown, Cell::Count)
            }
            Column::AverageAnswerMs => average(Measure::AnswerMs, Measure::AttemptsAnswered)
                .map_or(Cell::Unknown, Cell::Count),
            Column::Recovered => Cell::Count(count(Measure::Sold)),
            Column::RecoveryRate => rate(Measure::Sold, Measure::Calls),
        }
    }
}

fn clamped(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl Cell {
    /// Returns the value as text: an amount without its currency, seconds with three decimals, a
    /// rate with four; empty if unknown.
    pub fn text(self) -> String {
        match self {
            Cell::Count(count) => count.to_string(),
            Cell::Time(millis) => {
                let (sign, size) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
                format!("{sign}{}.{:03}", size / 1_000, size % 1_000)
            }
            Cell::Rate(rate) => format!("{rate:.4}"),
            Cell::Amount(money) => money.amount(),
            Cell::Unknown => String::new(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Count(count) => to.serialize_i64(*count),
            Cell::Time(millis) => to.serialize_f64(*millis as f64 / 1_000.0),
            Cell::Rate(rate) => to.serialize_f64((rate * 10_000.0).round() / 10_000.0),
            Cell::Amount(money) => money.serialize(to),
            Cell::Unknown => to.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_values_follow_from_sums() {
        let mut sums = Sums::default();
        for (measure, value) in [
            (Measure::Calls, 8),
            (Measure::Connected, 3),
            (Measure::Missed, 5),
            (Measure::TalkMs, 10_000),
            (Measure::Attempts, 4),
            (Measure::AttemptsAnswered, 3),
            (Measure::AnswerMs, 10),
            (Measure::Revenue, 45_000_000),
            (Measure::Sold, 2),
        ] {
            sums.add(measure, value);
        }
        for (column, text, json) in [
            (Column::Plain(Measure::Calls), "8", "8"),
            (Column::Plain(Measure::Revenue), "45.00", r#"{"amount":"45.00","currency":"USD"}"#),
            (Column::TalkSeconds, "10.000", "10.0"),
            (Column::AverageTalkSeconds, "3.333", "3.333"),
            (Column::ConnectRate, "0.3750", "0.375"),
            (Column::MissedRate, "0.6250", "0.625"),
            (Column::AnswerRate, "0.7500", "0.75"),
            (Column::Unanswered, "1", "1"),
            (Column::AverageDelayMs, "", "null"),
            (Column::AverageAnswerMs, "3", "3"),
            (Column::Recovered, "2", "2"),
            (Column::RecoveryRate, "0.2500", "0.25"),
        ] {
            let cell = column.cell(&sums, Currency::USD);
            assert_eq!(cell.text(), text, "{}", column.name());
            assert_eq!(serde_json::to_string(&cell).unwrap(), json, "{}", column.name());
        }
        let empty = Sums::default();
        assert_eq!(Column::ConnectRate.cell(&empty, Currency::USD), Cell::Unknown);
        assert_eq!(Cell::Time(-1_500).text(), "-1.500");
    }
}
