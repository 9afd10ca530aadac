//! What a carrier shall do next with a call, in no dialect yet.

use std::time::Duration;

use crate::base::Phone;

/// What a carrier shall do next, verb by verb. An empty document ends the call; as the answer to a
/// whisper's accepted key it joins the two legs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The verbs, in order. Nothing comes after a [`Verb::Gather`], [`Verb::Record`],
    /// [`Verb::Dial`], [`Verb::Redirect`], [`Verb::Hangup`] or [`Verb::Reject`]; but a
    /// [`Verb::Hangup`] after a [`Verb::Redirect`] where a carrier might not take the latter.
    pub verbs: Vec<Verb>,
}

/// One verb. Every URL is absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Speaks a sentence.
    Say {
        /// BCP 47 tag, like `en-US`.
        language: String,
        /// The sentence.
        text: String,
    },
    /// Plays a sound file.
    Play {
        /// Its URL.
        url: String,
    },
    /// Is silent.
    Pause {
        /// For how long.
        length: Duration,
    },
    /// Asks for keys.
    Gather(Gather),
    /// Records the caller.
    Record(Record),
    /// Rings buyers.
    Dial(Dial),
    /// Asks for the next document elsewhere.
    Redirect {
        /// Where.
        url: String,
    },
    /// Ends the call.
    Hangup,
    /// Refuses the call; once it was answered, ends it.
    Reject(Rejection),
}

/// How a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// As a number that is not in service.
    Rejected,
    /// As busy.
    Busy,
}

/// What is heard while keys are awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// A sentence.
    Say {
        /// BCP 47 tag.
        language: String,
        /// The sentence.
        text: String,
    },
    /// A sound file.
    Play {
        /// Its URL.
        url: String,
    },
    /// Silence.
    Pause {
        /// For how long.
        length: Duration,
    },
}

impl From<Prompt> for Verb {
    fn from(prompt: Prompt) -> Verb {
        match prompt {
            Prompt::Say { language, text } => Verb::Say { language, text },
            Prompt::Play { url } => Verb::Play { url },
            Prompt::Pause { length } => Verb::Pause { length },
        }
    }
}

/// Asks for keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gather {
    /// What is heard before and while keys are pressed.
    pub prompts: Vec<Prompt>,
    /// Where the keys go.
    pub action: String,
    /// How many keys end the answer; none: as many as are pressed.
    pub digits: Option<usize>,
    /// The key that ends the answer and is no part of it; none: no key does.
    pub finish_on_key: Option<char>,
    /// Time for the first key.
    pub timeout: Duration,
    /// Time for each further key, at carriers that know the difference (Plivo).
    pub inter_digit_timeout: Duration,
    /// Whether a key ends the prompts.
    pub barge_in: BargeIn,
    /// What happens when nothing was pressed.
    pub silence: Silence,
}

/// Whether a key that is pressed during the prompts ends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BargeIn {
    /// It does, and counts.
    On,
    /// The prompts are heard to their end.
    Off,
}

/// What happens when nothing was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The action is asked, without keys.
    Action,
    /// The verb that follows is carried out.
    Next,
    /// The leg is hung up: what a whisper needs, where a carrier takes few verbs.
    Hangup,
}

/// Records the caller. The action is asked even when nothing was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// URL of the callback that reports the recording.
    pub action: String,
    /// Longest recording.
    pub max: Duration,
    /// Silence that ends it.
    pub silence: Duration,
    /// The key that ends it; none: no key does.
    pub finish_on_key: Option<char>,
    /// Whether a tone marks the start.
    pub beep: Beep,
}

/// Whether a tone marks the start of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beep {
    /// It does.
    On,
    /// It begins silently.
    Off,
}

/// Rings targets, and joins the first that takes the call with the caller. When the carrier takes
/// none of them, its action is asked at once, without an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// URL of the callback that reports the outcome; its answer continues the call.
    pub action: String,
    /// How long it rings.
    pub timeout: Duration,
    /// Longest connected time.
    pub time_limit: Duration,
    /// The number that targets see; none: the caller's, where the carrier allows.
    pub caller_id: Option<Phone>,
    /// When the caller is answered.
    pub answer: CallerAnswer,
    /// The numbers to ring; [`Carrier::wave`] is the most that one `<Dial>` takes.
    pub nouns: Vec<Noun>,
    /// In which order.
    pub ring: Ring,
}

/// When the caller of a [`Dial`] is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerAnswer {
    /// When a target is: the caller hears ringing until then. Only where nothing was said, asked or
    /// recorded before, in this document or an earlier one.
    OnBridge,
    /// It has been already.
    Already,
}

/// In which order targets are rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// One after another. Only Twilio does that within one `<Dial>`.
    Sequential,
    /// All at once; the first wins.
    Together,
}

/// One target of a [`Dial`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noun {
    /// Who.
    pub target: Target,
    /// The document that is heard by who answers, before the two are joined. Not at Plivo, which
    /// has [`Noun::confirm`].
    pub url: Option<String>,
    /// URL of the callbacks that report the attempt's states.
    pub status: Option<String>,
    /// Plivo's own whisper; the others ignore it.
    pub confirm: Option<Confirm>,
}

/// Plivo's whisper and press-to-accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The key that takes the call; none: the sound is played, then the two are joined.
    pub key: Option<char>,
    /// URL of the document that is heard: Say, Play and Pause only.
    pub sound: String,
    /// How long the key is awaited once the call was answered; Plivo's default is two minutes.
    pub timeout: Duration,
}

/// Who is rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A phone.
    Phone(Phone),
    /// A SIP URI, `sip:` or `sips:`.
    Sip(String),
}

impl Target {
    /// Returns whether a carrier means this target: phones are written with or without `+`, SIP
    /// addresses with or without their scheme and parameters.
    pub(crate) fn is_written(&self, text: &str) -> bool {
        match self {
            Target::Phone(phone) => {
                let read = text.parse().or_else(|_| format!("+{}", text.trim()).parse());
                read.is_ok_and(|read: Phone| read == *phone)
            }
            Target::Sip(uri) => bare(uri) == bare(text),
        }
    }

    /// Returns whether both are phones, or both SIP addresses.
    pub(crate) fn is_like(&self, other: &Target) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Returns a SIP address without scheme and parameters.
fn bare(uri: &str) -> &str {
    let address = uri.strip_prefix("sips:").or(uri.strip_prefix("sip:")).unwrap_or(uri);
    address.split([';', '?']).next().unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriers_write_targets_in_their_own_way() {
        let phone = Target::Phone("+13055550101".parse().unwrap());
        let address = Target::Sip("sip:desk@198.51.100.9;transport=udp".to_owned());
        for (target, text, expected) in [
            (&phone, "+13055550101", true),
            (&phone, "13055550101", true),
            (&phone, "+13055550102", false),
            (&phone, "", false),
            (&address, "sip:desk@198.51.100.9", true),
            (&address, "desk@198.51.100.9", true),
            (&address, "sip:other@198.51.100.9", false),
            (&address, "+13055550101", false),
        ] {
            assert_eq!(target.is_written(text), expected, "{text}");
        }
    }
}
