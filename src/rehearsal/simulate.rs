//! Simulates a crowd of callers, one after the other.

use std::time::Duration;

use super::Crowd;
use super::Cue;
use super::Market;
use super::Play;
use super::Program;
use super::Report;
use super::Rings;
use super::Wants;
use super::answers::Answers;
use super::answers::mistyped;
use super::tally::Tally;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Now;
use crate::base::Rng;
use crate::flow::NotRouted;

/// Maximum number of callers in one simulation.
pub const CALLERS_MAX: u32 = 1_000_000;

/// Maximum number of cues for one caller: more than the flow's own bound allows.
pub(super) const CUES_MAX: usize = 20_000;

/// Time since the earlier call of repeat callers.
pub(super) const AN_HOUR: Duration = Duration::from_secs(3_600);

/// Plays a crowd one after the other, all at one instant, and counts the results. With a book, half
/// of the answers are values that its filters mention.
pub fn simulate(program: &Program, market: Option<Market>, crowd: &Crowd, now: Now) -> Report {
    let mut market = market;
    let answers = Answers::of(market.as_ref().map(|market| market.book().as_ref()));
    let mut rng = Rng::seeded(crowd.seed);
    let mut tally = Tally::new(program);
    for _ in 0..crowd.callers.min(CALLERS_MAX) {
        let mut own = rng.fork();
        let shown = !own.chance(u64::from(crowd.withheld), 100);
        let phone = answers.phone(&mut own).filter(|_| shown);
        let again = own.chance(u64::from(crowd.again), 100);
        let (program, lots) = (program.clone(), own.fork());
        let play = Play::new(program, market.as_mut(), phone, Fields::default(), now, lots);
        let play = if again { play.called_before(now.wall - AN_HOUR) } else { play };
        let mut caller = Caller { play: play.counted(), rng: own, answers: &answers, crowd };
        caller.call(&mut tally);
    }
    let offer = market.map(|market| market.offer);
    tally.report(program, crowd, now.wall, offer)
}

/// One caller of the crowd.
pub(super) struct Caller<'a, 'm> {
    play: Play<'m>,
    rng: Rng,
    answers: &'a Answers,
    crowd: &'a Crowd,
}

impl Caller<'_, '_> {
    fn call(&mut self, tally: &mut Tally) {
        tally.begin(self.play.pool());
        for _ in 0..CUES_MAX {
            let cue = match self.play.wants() {
                Wants::Begin => Cue::Begin,
                Wants::Keys => self.at_question(tally),
                Wants::Ring(_) | Wants::Dial(_) => Cue::Rings(self.buyer()),
                Wants::Lookup(fields) => self.server(&fields),
                Wants::Fate => self.fate(),
                Wants::Nothing => break,
            };
            self.play.cue(cue);
            while let Some(scene) = self.play.poll() {
                tally.see(&scene, self.play.pool());
            }
            tally.settle(self.play.question());
        }
        tally.end();
    }

    /// Returns the caller's action at a question.
    fn at_question(&mut self, tally: &mut Tally) -> Cue {
        let Some(question) = self.play.question() else { return Cue::HangUp };
        let gather = question.gather;
        let drawn = self.rng.below(100);
        let [hang_up, silent, mistype] =
            [self.crowd.hang_up, self.crowd.silent, self.crowd.mistype].map(u64::from);
        let keys = if drawn < hang_up {
            tally.asked(question, None);
            return Cue::HangUp;
        } else if drawn < hang_up + silent {
            None
        } else if drawn < hang_up + silent + mistype {
            Some(mistyped(gather, &mut self.rng))
        } else {
            self.answers.answer(gather, &mut self.rng)
        };
        tally.asked(question, keys.as_deref());
        keys.map_or(Cue::Silence, Cue::Keys)
    }

    /// Returns a web server's answer: servers answer as often as buyers do, and one in two knows a
    /// field.
    fn server(&mut self, fields: &[FieldName]) -> Cue {
        if self.buyer() != Rings::Answer {
            return Cue::Found(None);
        }
        let mut found = Vec::new();
        for field in fields {
            if self.rng.chance(1, 2) {
                found.push((field.clone(), self.answers.value(field, &mut self.rng)));
            }
        }
        Cue::Found(Some(found))
    }

    fn buyer(&mut self) -> Rings {
        let drawn = self.rng.below(100);
        let (busy, no_answer) = (u64::from(self.crowd.busy), u64::from(self.crowd.no_answer));
        if drawn < busy {
            Rings::Busy
        } else if drawn < busy + no_answer {
            Rings::NoAnswer
        } else {
            Rings::Answer
        }
    }

    /// Returns the outcome without a book: like a single buyer's; each reason of a call that is not
    /// taken is equally likely.
    fn fate(&mut self) -> Cue {
        if self.buyer() == Rings::Answer {
            return Cue::Taken;
        }
        let reasons = NotRouted::ALL;
        let place = self.rng.below(u64::try_from(reasons.len()).unwrap_or(1));
        let why = usize::try_from(place).ok().and_then(|place| reasons.get(place));
        Cue::NotTaken(why.copied().unwrap_or(NotRouted::NoBuyer))
    }
}
