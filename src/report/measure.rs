//! What reports sum.

/// A quantity that is summed over calls, attempts, or postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Calls that ended.
    Calls,
    /// Form leads that ended.
    Leads,
    /// Calls that the switch answered.
    Answered,
    /// Calls in which a buyer was connected.
    Connected,
    /// Calls in which only a fixed destination was connected.
    Transferred,
    /// Calls whose caller was connected to no one.
    Missed,
    /// Calls for which a contract was passed over because the person had been sold before.
    Duplicates,
    /// Sales that the buyer owes for.
    Billable,
    /// Sales whose revenue was taken back.
    Returned,
    /// Calls that the buyer ended at most [`super::EARLY`] before the buffer.
    EndedEarly,
    /// Connected time, in milliseconds.
    TalkMs,
    /// Amount that buyers owe, in micros.
    Revenue,
    /// Amount that sources are owed, in micros.
    Payout,
    /// Revenue less payout and costs, in micros.
    Margin,
    /// Buyers who were rung.
    Attempts,
    /// Attempts that were answered, by a person or a machine.
    AttemptsAnswered,
    /// Attempts that won the call.
    AttemptsWon,
    /// Attempts whose buyer's side reported ringing.
    Rings,
    /// Time until the ringing of those attempts, in milliseconds.
    DelayMs,
    /// Longest of these times.
    DelayMaxMs,
    /// Time until the answer of answered attempts, in milliseconds.
    AnswerMs,
    /// Longest of these times.
    AnswerMaxMs,
    /// Calls of a reason that a buyer took all the same.
    Sold,
    /// Costs of traffic beside payouts, in micros.
    Cost,
}

impl Measure {
    /// Number of measures.
    pub const COUNT: usize = 24;

    /// Every measure, in the order of [`Sums`].
    pub const ALL: [Measure; Measure::COUNT] = [
        Measure::Calls,
        Measure::Leads,
        Measure::Answered,
        Measure::Connected,
        Measure::Transferred,
        Measure::Missed,
        Measure::Duplicates,
        Measure::Billable,
        Measure::Returned,
        Measure::EndedEarly,
        Measure::TalkMs,
        Measure::Revenue,
        Measure::Payout,
        Measure::Margin,
        Measure::Attempts,
        Measure::AttemptsAnswered,
        Measure::AttemptsWon,
        Measure::Rings,
        Measure::DelayMs,
        Measure::DelayMaxMs,
        Measure::AnswerMs,
        Measure::AnswerMaxMs,
        Measure::Sold,
        Measure::Cost,
    ];

    /// Measures of calls.
    pub const OF_CALLS: &'static [Measure] = &[
        Measure::Calls,
        Measure::Leads,
        Measure::Answered,
        Measure::Connected,
        Measure::Transferred,
        Measure::Missed,
        Measure::Duplicates,
        Measure::Billable,
        Measure::Returned,
        Measure::EndedEarly,
        Measure::TalkMs,
        Measure::Revenue,
        Measure::Payout,
        Measure::Margin,
    ];

    /// Measures of attempts.
    pub const OF_ATTEMPTS: &'static [Measure] = &[
        Measure::Attempts,
        Measure::AttemptsAnswered,
        Measure::AttemptsWon,
        Measure::Rings,
        Measure::DelayMs,
        Measure::DelayMaxMs,
        Measure::AnswerMs,
        Measure::AnswerMaxMs,
    ];

    /// Measures of reasons.
    pub const OF_REASONS: &'static [Measure] = &[Measure::Calls, Measure::Sold];

    /// Returns the name, which is also that of its column in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Calls => "calls",
            Measure::Leads => "leads",
            Measure::Answered => "answered",
            Measure::Connected => "connected",
            Measure::Transferred => "transferred",
            Measure::Missed => "missed",
            Measure::Duplicates => "duplicates",
            Measure::Billable => "billable",
            Measure::Returned => "returned",
            Measure::EndedEarly => "ended_early",
            Measure::TalkMs => "talk_ms",
            Measure::Revenue => "revenue",
            Measure::Payout => "payout",
            Measure::Margin => "margin",
            Measure::Attempts => "attempts",
            Measure::AttemptsAnswered => "attempts_answered",
            Measure::AttemptsWon => "attempts_won",
            Measure::Rings => "rings",
            Measure::DelayMs => "delay_ms",
            Measure::DelayMaxMs => "delay_max_ms",
            Measure::AnswerMs => "answer_ms",
            Measure::AnswerMaxMs => "answer_max_ms",
            Measure::Sold => "sold",
            Measure::Cost => "cost",
        }
    }

    /// Returns whether it is an amount of money.
    pub const fn is_money(self) -> bool {
        matches!(self, Measure::Revenue | Measure::Payout | Measure::Margin | Measure::Cost)
    }

    /// Returns whether it is a time, in milliseconds.
    pub const fn is_time(self) -> bool {
        matches!(self, Measure::TalkMs | Measure::DelayMs | Measure::AnswerMs)
    }

    /// Returns whether values combine to their maximum instead of their sum.
    pub const fn is_greatest(self) -> bool {
        matches!(self, Measure::DelayMaxMs | Measure::AnswerMaxMs)
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// A value of every measure; 0 for those that do not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums([i128; Measure::COUNT]);

impl Sums {
    /// Returns the value of a measure.
    pub const fn of(&self, measure: Measure) -> i128 {
        self.0[measure.index()]
    }

    /// Adds a value to a measure; the greater of two values stays for [`Measure::is_greatest`].
    pub fn add(&mut self, measure: Measure, value: impl Into<i128>) {
        let (sum, value) = (&mut self.0[measure.index()], value.into());
        *sum = if measure.is_greatest() { value.max(*sum) } else { sum.saturating_add(value) };
    }

    /// Returns what a cost of traffic adds: the margin is net of it.
    pub fn of_cost(micros: i64) -> Self {
        let mut sums = Self::default();
        sums.add(Measure::Cost, micros);
        sums.add(Measure::Margin, -i128::from(micros));
        sums
    }

    /// Returns what takes these sums back. Greatest values stay: what they were before is unknown.
    pub(super) fn negated(&self) -> Self {
        let mut negated = Self::default();
        for measure in Measure::ALL.into_iter().filter(|measure| !measure.is_greatest()) {
            negated.add(measure, self.of(measure).saturating_neg());
        }
        negated
    }

    /// Adds every value of other sums.
    pub fn absorb(&mut self, other: &Sums) {
        for measure in Measure::ALL {
            self.add(measure, other.of(measure));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_its_own_place_and_name() {
        let mut names: Vec<&str> = Measure::ALL.iter().map(|one| one.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Measure::COUNT);
        for (place, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(measure.index(), place);
        }
    }

    #[test]
    fn sums_add_and_maxima_stay() {
        let mut sums = Sums::default();
        for value in [5, -2] {
            sums.add(Measure::Revenue, value);
            sums.add(Measure::DelayMaxMs, value);
        }
        let mut twice = sums;
        twice.absorb(&sums);
        assert_eq!((twice.of(Measure::Revenue), twice.of(Measure::DelayMaxMs)), (6, 5));
    }
}
