//! The behavior of the people in a call: the caller, and the callees.

use std::time::Duration;

/// Attestation of the caller's carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attestation {
    /// Full: the caller may use the number.
    A,
    /// Partial: the customer is known, the number is not.
    B,
    /// Gateway.
    C,
    /// The call had an invalid token.
    Failed,
}

/// Reaction of the caller to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Presses keys, the first `after` the start of the question, the others `gap` apart.
    Press {
        /// `0`–`9`, `*`, `#`.
        keys: String,
        /// Time from the start of the prompt.
        after: Duration,
        /// Time between two keys.
        gap: Duration,
    },
    /// Presses nothing.
    Silence,
    /// Hangs up, `after` the start of the question.
    HangUp {
        /// Time from the start of the prompt.
        after: Duration,
    },
}

/// Reaction of the callee to the whisper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtWhisper {
    /// Listens and presses nothing, like voicemail.
    Listens,
    /// Presses keys at the first question.
    Presses(String),
    /// Hangs up in the middle.
    HangsUp,
}

/// The callee's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// A human.
    Human,
    /// Voicemail.
    Machine,
}

/// A side of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The caller.
    Caller,
    /// The callee.
    Dialled,
}

/// What happens at a dialed phone after it has rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Busy; the phone does not ring.
    Busy,
    /// The call cannot be set up, with this SIP status.
    Fails(u16),
    /// It rings until the carrier stops.
    RingsOn,
    /// The phone is answered.
    Answers {
        /// Kind of callee.
        voice: Voice,
        /// Reaction to the whisper.
        whisper: AtWhisper,
        /// Connected time.
        length: Duration,
        /// Side that hangs up.
        ends: Side,
    },
}

/// Behavior of a dialed phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// How long it rings first.
    pub rings: Duration,
    /// What happens then.
    pub then: Then,
}

impl Behaviour {
    /// Returns a phone that is busy at once.
    pub fn busy() -> Self {
        Self { rings: Duration::ZERO, then: Then::Busy }
    }

    /// Returns a phone that is unreachable, with a SIP status.
    pub fn fails(status: u16) -> Self {
        Self { rings: Duration::ZERO, then: Then::Fails(status) }
    }

    /// Returns a phone that is not answered.
    pub fn no_answer() -> Self {
        Self { rings: Duration::ZERO, then: Then::RingsOn }
    }

    /// Returns a phone that a human answers after `rings`. They press 1 after the whisper and stay
    /// connected for `length` until the caller hangs up.
    pub fn answers(rings: Duration, length: Duration) -> Self {
        let whisper = AtWhisper::Presses("1".to_owned());
        let ends = Side::Caller;
        Self { rings, then: Then::Answers { voice: Voice::Human, whisper, length, ends } }
    }

    /// Returns a phone that voicemail answers after `rings`. It presses nothing and would listen
    /// for `length`.
    pub fn voicemail(rings: Duration, length: Duration) -> Self {
        let (voice, whisper, ends) = (Voice::Machine, AtWhisper::Listens, Side::Caller);
        Self { rings, then: Then::Answers { voice, whisper, length, ends } }
    }

    /// Sets the reaction to the whisper.
    #[must_use]
    pub fn at_whisper(mut self, conduct: AtWhisper) -> Self {
        if let Then::Answers { whisper, .. } = &mut self.then {
            *whisper = conduct;
        }
        self
    }

    /// Sets the side that hangs up.
    #[must_use]
    pub fn ended_by(mut self, side: Side) -> Self {
        if let Then::Answers { ends, .. } = &mut self.then {
            *ends = side;
        }
        self
    }
}

/// The script of one call.
#[derive(Debug, Clone)]
pub struct Script {
    /// The caller in the carrier's format: E.164, `anonymous`, or any text that a gateway passes.
    pub from: String,
    /// The called number.
    pub to: String,
    /// Attestation of the call; `None` if it has no token.
    pub attestation: Option<Attestation>,
    /// The caller's reactions to the questions, in order. No input when the list ends.
    pub replies: Vec<Reply>,
    /// How long the caller speaks in a recording.
    pub speaks: Duration,
    /// Time from the start of the call at which the caller hangs up in any case.
    pub hangs_up_at: Option<Duration>,
    /// Phones that may be dialed; an unlisted phone rings without an answer.
    pub targets: Vec<(String, Behaviour)>,
    /// Additional parameters of the first request.
    pub extra: Vec<(String, String)>,
}

impl Script {
    /// Creates a caller who presses nothing.
    pub fn new(from: &str, to: &str) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            attestation: None,
            replies: Vec::new(),
            speaks: Duration::from_secs(8),
            hangs_up_at: None,
            targets: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Presses keys at the next question, a second after its start.
    #[must_use]
    pub fn presses(self, keys: &str) -> Self {
        let (after, gap) = (Duration::from_secs(1), Duration::from_millis(300));
        self.replies(Reply::Press { keys: keys.to_owned(), after, gap })
    }

    /// Gives no input at the next question.
    #[must_use]
    pub fn is_silent(self) -> Self {
        self.replies(Reply::Silence)
    }

    /// Hangs up at the next question, two seconds after its start.
    #[must_use]
    pub fn hangs_up(self) -> Self {
        self.replies(Reply::HangUp { after: Duration::from_secs(2) })
    }

    /// Adds a reaction to the next question.
    #[must_use]
    pub fn replies(mut self, reply: Reply) -> Self {
        self.replies.push(reply);
        self
    }

    /// Hangs up when the call has lasted for `after`.
    #[must_use]
    pub fn gives_up(mut self, after: Duration) -> Self {
        self.hangs_up_at = Some(after);
        self
    }

    /// Sets the attestation.
    #[must_use]
    pub fn attested(mut self, attestation: Attestation) -> Self {
        self.attestation = Some(attestation);
        self
    }

    /// Adds a phone that may be dialed: a number, or a SIP URI without parameters.
    #[must_use]
    pub fn phone(mut self, target: &str, behaviour: Behaviour) -> Self {
        self.targets.push((target.to_owned(), behaviour));
        self
    }

    /// Returns the behavior of a dialed target. Numbers are compared by their digits, SIP URIs
    /// without parameters and headers.
    pub(super) fn behaviour(&self, target: &str) -> Behaviour {
        let wanted = bare(target);
        let found = self.targets.iter().find(|(listed, _)| bare(listed) == wanted);
        found.map_or_else(Behaviour::no_answer, |(_, behaviour)| behaviour.clone())
    }
}

fn bare(target: &str) -> String {
    match target.split_once(':') {
        Some((_, rest)) => rest.split(['?', ';']).next().unwrap_or_default().to_owned(),
        None => target.chars().filter(char::is_ascii_digit).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_however_a_carrier_writes_them() {
        let script = Script::new("+1", "+2")
            .phone("+13055550123", Behaviour::busy())
            .phone("sip:a@192.0.2.1:5060", Behaviour::fails(404));
        let cases = [
            ("+13055550123", Behaviour::busy()),
            ("13055550123", Behaviour::busy()),
            ("sip:a@192.0.2.1:5060;transport=udp?X-A=1", Behaviour::fails(404)),
            ("sip:b@192.0.2.1:5060", Behaviour::no_answer()),
            ("+13055550124", Behaviour::no_answer()),
        ];
        for (target, expected) in cases {
            assert_eq!(script.behaviour(target), expected, "{target}");
        }
    }
}
