//! What the people of a call do: the caller, and whoever is dialled.

use std::time::Duration;

/// What the caller's own carrier vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attestation {
    /// Full: the caller may use the number.
    A,
    /// Partial: the customer is known, the number is not.
    B,
    /// Gateway.
    C,
    /// A token came, and was wrong.
    Failed,
}

/// What the caller does when asked for keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Presses keys, the first `after` the question began, the others `gap` apart.
    Press {
        /// `0`–`9`, `*`, `#`.
        keys: String,
        /// From the beginning of the prompt.
        after: Duration,
        /// Between two keys.
        gap: Duration,
    },
    /// Presses nothing.
    Silence,
    /// Hangs up, `after` the question began.
    HangUp {
        /// From the beginning of the prompt.
        after: Duration,
    },
}

/// What the one who is dialled does about the whisper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtWhisper {
    /// Listens and presses nothing, as voicemail does.
    Listens,
    /// Presses keys at the first question.
    Presses(String),
    /// Hangs up in the middle.
    HangsUp,
}

/// Who speaks at the other end.
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
    /// Who called the number.
    Caller,
    /// Who was dialled.
    Dialled,
}

/// What happens at a dialled phone once it has rung for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Busy; the phone does not ring.
    Busy,
    /// The call cannot be set up; with the SIP status.
    Fails(u16),
    /// It rings until the carrier gives up.
    RingsOn,
    /// The phone is answered.
    Answers {
        /// Who.
        voice: Voice,
        /// What they do about the whisper.
        whisper: AtWhisper,
        /// How long the conversation lasts.
        length: Duration,
        /// Who ends it.
        ends: Side,
    },
}

/// How a dialled phone behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// How long it rings before something happens.
    pub rings: Duration,
    /// What then happens.
    pub then: Then,
}

impl Behaviour {
    /// Busy at once.
    pub fn busy() -> Self {
        Self { rings: Duration::ZERO, then: Then::Busy }
    }

    /// Cannot be reached, with a SIP status.
    pub fn fails(status: u16) -> Self {
        Self { rings: Duration::ZERO, then: Then::Fails(status) }
    }

    /// The phone is not answered.
    pub fn no_answer() -> Self {
        Self { rings: Duration::ZERO, then: Then::RingsOn }
    }

    /// A human answers after `rings`, presses 1 after the whisper, and stays connected for `length`
    /// until the caller hangs up.
    pub fn answers(rings: Duration, length: Duration) -> Self {
        let whisper = AtWhisper::Presses("1".to_owned());
        let ends = Side::Caller;
        Self { rings, then: Then::Answers { voice: Voice::Human, whisper, length, ends } }
    }

    /// Voicemail answers after `rings`, presses nothing, and would listen for `length`.
    pub fn voicemail(rings: Duration, length: Duration) -> Self {
        let (voice, whisper, ends) = (Voice::Machine, AtWhisper::Listens, Side::Caller);
        Self { rings, then: Then::Answers { voice, whisper, length, ends } }
    }

    /// With another conduct at the whisper.
    #[must_use]
    pub fn at_whisper(mut self, conduct: AtWhisper) -> Self {
        if let Then::Answers { whisper, .. } = &mut self.then {
            *whisper = conduct;
        }
        self
    }

    /// The conversation is ended by `side`.
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
    /// The caller, as the carrier writes it: E.164, `anonymous`, or anything a gateway lets by.
    pub from: String,
    /// The number that is called.
    pub to: String,
    /// What is vouched for; `None`: the call carried no token.
    pub attestation: Option<Attestation>,
    /// What the caller does at each question, in turn. Silence when the list is used up.
    pub replies: Vec<Reply>,
    /// How long the caller speaks when recorded.
    pub speaks: Duration,
    /// When the caller hangs up, counted from the call's beginning, whatever happens then.
    pub hangs_up_at: Option<Duration>,
    /// Phones that are dialled; one that is not listed rings without an answer.
    pub targets: Vec<(String, Behaviour)>,
    /// Further parameters of the first request.
    pub extra: Vec<(String, String)>,
}

impl Script {
    /// A caller who presses nothing.
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

    /// Answers the next question with keys, a second after it began.
    #[must_use]
    pub fn presses(self, keys: &str) -> Self {
        let (after, gap) = (Duration::from_secs(1), Duration::from_millis(300));
        self.replies(Reply::Press { keys: keys.to_owned(), after, gap })
    }

    /// Does not answer the next question.
    #[must_use]
    pub fn is_silent(self) -> Self {
        self.replies(Reply::Silence)
    }

    /// Hangs up at the next question, two seconds after it began.
    #[must_use]
    pub fn hangs_up(self) -> Self {
        self.replies(Reply::HangUp { after: Duration::from_secs(2) })
    }

    /// Does something at the next question.
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

    /// Vouched for.
    #[must_use]
    pub fn attested(mut self, attestation: Attestation) -> Self {
        self.attestation = Some(attestation);
        self
    }

    /// A phone that may be dialled: a number, or a SIP URI without parameters.
    #[must_use]
    pub fn phone(mut self, target: &str, behaviour: Behaviour) -> Self {
        self.targets.push((target.to_owned(), behaviour));
        self
    }

    /// How a dialled target behaves. Numbers are compared by their digits, SIP URIs up to their
    /// parameters and headers.
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
