//! The reports: what each shows, and what buyers and sources see of it.

use std::fmt;
use std::str::FromStr;

use super::Column;
use super::Dimension;
use super::Measure;
use crate::call::Scope;

/// A report over a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Profit and loss: calls, sales, and amounts.
    Pnl,
    /// Reasons: why calls ended, attempts were lost, and contracts were passed over.
    Rejections,
    /// Calls that used a fallback, and how many it sold.
    Fallbacks,
    /// Whether buyers answer, how long they are connected, and who hangs up before the buffer.
    Answer,
    /// Calls whose caller was connected to no one.
    Missed,
    /// How long buyers took to ring and to answer, by tier.
    Latency,
}

/// What a report sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// Calls and their postings.
    Calls,
    /// Attempts.
    Attempts,
    /// Reasons of calls, attempts and contracts.
    Reasons,
    /// Fallbacks.
    Fallbacks,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 6] = [
        Topic::Pnl,
        Topic::Rejections,
        Topic::Fallbacks,
        Topic::Answer,
        Topic::Missed,
        Topic::Latency,
    ];

    /// Returns the name in paths and commands.
    pub const fn name(self) -> &'static str {
        match self {
            Topic::Pnl => "pnl",
            Topic::Rejections => "rejections",
            Topic::Fallbacks => "fallbacks",
            Topic::Answer => "answer",
            Topic::Missed => "missed",
            Topic::Latency => "latency",
        }
    }

    /// Returns what a reader sums. A buyer's calls are those it won, so what it missed is found
    /// among its attempts.
    pub(super) const fn subjects(self, who: &Scope) -> &'static [Subject] {
        match (self, who) {
            (Topic::Pnl, _) | (Topic::Answer, Scope::Source(_)) => &[Subject::Calls],
            (Topic::Missed, Scope::All | Scope::Source(_)) => &[Subject::Calls],
            (Topic::Missed, Scope::Buyer(_)) | (Topic::Latency, _) => &[Subject::Attempts],
            (Topic::Answer, Scope::All | Scope::Buyer(_)) => &[Subject::Calls, Subject::Attempts],
            (Topic::Rejections, _) => &[Subject::Reasons],
            (Topic::Fallbacks, _) => &[Subject::Fallbacks],
        }
    }

    /// Returns the grouping of a request that names none.
    pub(super) const fn default_grouping(self, who: &Scope) -> &'static str {
        match (self, who) {
            (Topic::Answer, Scope::All) => "buyer",
            (Topic::Pnl | Topic::Missed | Topic::Answer, _) => "offer",
            (Topic::Rejections, Scope::All) => "kind,reason",
            (Topic::Rejections, Scope::Buyer(_) | Scope::Source(_)) => "reason",
            (Topic::Fallbacks, _) => "day,offer",
            (Topic::Latency, Scope::All) => "tier",
            (Topic::Latency, Scope::Buyer(_) | Scope::Source(_)) => "contract",
        }
    }

    /// Returns the dimensions that a reader may group by. Those of other parties are hidden from
    /// buyers and sources.
    pub fn dimensions(self, who: &Scope) -> &'static [Dimension] {
        use Dimension::Buyer;
        use Dimension::Contract;
        use Dimension::Flow;
        use Dimension::Kind;
        use Dimension::Number;
        use Dimension::Offer;
        use Dimension::Reason;
        use Dimension::Source;
        use Dimension::Tag;
        use Dimension::Tier;
        use Dimension::Trunk;
        match (self, who) {
            (Topic::Pnl | Topic::Missed, Scope::All) => {
                &[Offer, Buyer, Source, Number, Tag, Contract, Trunk, Flow, Reason]
            }
            (Topic::Answer, Scope::All) => {
                &[Offer, Buyer, Source, Number, Tag, Contract, Trunk, Flow, Reason, Tier]
            }
            (Topic::Pnl, Scope::Buyer(_)) => &[Offer, Buyer, Number, Contract],
            (Topic::Answer | Topic::Missed | Topic::Latency, Scope::Buyer(_)) => {
                &[Offer, Buyer, Contract]
            }
            (Topic::Pnl | Topic::Answer | Topic::Missed, Scope::Source(_)) => {
                &[Offer, Source, Number]
            }
            (Topic::Latency, Scope::All) => &[Tier, Offer, Buyer, Contract],
            (Topic::Latency, Scope::Source(_)) => &[Contract],
            (Topic::Rejections, Scope::All) => &[Kind, Reason, Offer, Contract, Buyer, Source],
            (Topic::Rejections, Scope::Buyer(_)) => &[Reason, Offer, Buyer],
            (Topic::Rejections, Scope::Source(_)) => &[Reason, Offer, Source],
            (Topic::Fallbacks, _) => &[Reason, Offer],
        }
    }

    /// Returns the columns that a reader sees. A buyer sees no payout, a source no price, and
    /// neither the margin. Columns of subjects that the grouping does not have are left out.
    pub(super) const fn columns(self, who: &Scope) -> &'static [Column] {
        match (self, who) {
            (Topic::Pnl, Scope::All) => PNL,
            (Topic::Pnl, Scope::Buyer(_)) => PNL_OF_BUYER,
            (Topic::Pnl, Scope::Source(_)) => PNL_OF_SOURCE,
            (Topic::Answer, Scope::All | Scope::Buyer(_)) => ANSWER,
            (Topic::Answer, Scope::Source(_)) => ANSWER_OF_SOURCE,
            (Topic::Missed, Scope::All | Scope::Source(_)) => MISSED,
            (Topic::Missed, Scope::Buyer(_)) => MISSED_OF_BUYER,
            (Topic::Latency, _) => LATENCY,
            (Topic::Rejections, Scope::All) => {
                &[Column::Plain(Measure::Calls), Column::Plain(Measure::Sold)]
            }
            (Topic::Rejections, Scope::Buyer(_) | Scope::Source(_)) => {
                &[Column::Plain(Measure::Calls)]
            }
            (Topic::Fallbacks, _) => {
                &[Column::Plain(Measure::Calls), Column::Recovered, Column::RecoveryRate]
            }
        }
    }
}

const PNL: &[Column] = &[
    Column::Plain(Measure::Calls),
    Column::Plain(Measure::Leads),
    Column::Plain(Measure::Answered),
    Column::Plain(Measure::Connected),
    Column::Plain(Measure::Billable),
    Column::Plain(Measure::Missed),
    Column::Plain(Measure::Duplicates),
    Column::Plain(Measure::Returned),
    Column::TalkSeconds,
    Column::Plain(Measure::Revenue),
    Column::Plain(Measure::Payout),
    Column::Plain(Measure::Cost),
    Column::Plain(Measure::Margin),
];
const PNL_OF_BUYER: &[Column] = &[
    Column::Plain(Measure::Calls),
    Column::Plain(Measure::Leads),
    Column::Plain(Measure::Billable),
    Column::Plain(Measure::Returned),
    Column::TalkSeconds,
    Column::Plain(Measure::Revenue),
];
const PNL_OF_SOURCE: &[Column] = &[
    Column::Plain(Measure::Calls),
    Column::Plain(Measure::Leads),
    Column::Plain(Measure::Answered),
    Column::Plain(Measure::Connected),
    Column::Plain(Measure::Billable),
    Column::Plain(Measure::Missed),
    Column::Plain(Measure::Duplicates),
    Column::Plain(Measure::Returned),
    Column::TalkSeconds,
    Column::Plain(Measure::Payout),
];
const ANSWER: &[Column] = &[
    Column::Plain(Measure::Attempts),
    Column::Plain(Measure::AttemptsAnswered),
    Column::AnswerRate,
    Column::Plain(Measure::AttemptsWon),
    Column::Plain(Measure::Calls),
    Column::Plain(Measure::Connected),
    Column::Plain(Measure::Billable),
    Column::Plain(Measure::EndedEarly),
    Column::TalkSeconds,
    Column::AverageTalkSeconds,
];
const ANSWER_OF_SOURCE: &[Column] = &[
    Column::Plain(Measure::Calls),
    Column::Plain(Measure::Connected),
    Column::ConnectRate,
    Column::Plain(Measure::Billable),
    Column::TalkSeconds,
    Column::AverageTalkSeconds,
];
const MISSED: &[Column] = &[
    Column::Plain(Measure::Calls),
    Column::Plain(Measure::Answered),
    Column::Plain(Measure::Connected),
    Column::Plain(Measure::Transferred),
    Column::Plain(Measure::Missed),
    Column::MissedRate,
];
const MISSED_OF_BUYER: &[Column] = &[
    Column::Plain(Measure::Attempts),
    Column::Plain(Measure::AttemptsAnswered),
    Column::Unanswered,
    Column::AnswerRate,
];
const LATENCY: &[Column] = &[
    Column::Plain(Measure::Attempts),
    Column::Plain(Measure::Rings),
    Column::AverageDelayMs,
    Column::Plain(Measure::DelayMaxMs),
    Column::Plain(Measure::AttemptsAnswered),
    Column::AverageAnswerMs,
    Column::Plain(Measure::AnswerMaxMs),
];

impl Subject {
    /// Returns whether a column is about this subject.
    pub(super) fn has(self, column: Column) -> bool {
        let of_attempts = match column {
            Column::Plain(measure) => Measure::OF_ATTEMPTS.contains(&measure),
            Column::AnswerRate
            | Column::Unanswered
            | Column::AverageDelayMs
            | Column::AverageAnswerMs => true,
            Column::TalkSeconds
            | Column::AverageTalkSeconds
            | Column::ConnectRate
            | Column::MissedRate
            | Column::Recovered
            | Column::RecoveryRate => false,
        };
        of_attempts == (self == Subject::Attempts)
    }

    /// Returns whether a subject has a dimension.
    pub(super) fn groups_by(self, dimension: Dimension) -> bool {
        match dimension {
            Dimension::Offer => true,
            Dimension::Buyer | Dimension::Contract => self != Subject::Fallbacks,
            Dimension::Source => matches!(self, Subject::Calls | Subject::Reasons),
            Dimension::Number | Dimension::Tag | Dimension::Trunk | Dimension::Flow => {
                self == Subject::Calls
            }
            Dimension::Tier => self == Subject::Attempts,
            Dimension::Reason => self != Subject::Attempts,
            Dimension::Kind => self == Subject::Reasons,
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Topic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|topic| topic.name() == text);
        found.ok_or_else(|| format!("`{text}` is not a report"))
    }
}
