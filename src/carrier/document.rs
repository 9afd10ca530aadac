//! Documents: what a carrier must do next with a call, in no dialect yet.

use std::time::Duration;

use crate::base::Phone;

/// What a carrier must do next, verb by verb. An empty document ends the call; as the answer to an
/// accepted key of a whisper, it bridges the two legs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The verbs, in order. No verb follows a [`Verb::Gather`], [`Verb::Record`], [`Verb::Dial`],
    /// [`Verb::Redirect`], [`Verb::Hangup`] or [`Verb::Reject`], except a [`Verb::Hangup`] after a
    /// [`Verb::Redirect`] that a carrier may fail to follow.
    pub verbs: Vec<Verb>,
}

/// One verb. Every URL is absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Speaks a sentence.
    Say {
        /// BCP 47 language tag, such as `en-US`.
        language: String,
        /// Text of the sentence.
        text: String,
    },
    /// Plays a sound file.
    Play {
        /// URL of the file.
        url: String,
    },
    /// Waits in silence.
    Pause {
        /// Length of the silence.
        length: Duration,
    },
    /// Asks the caller for keys.
    Gather(Gather),
    /// Records the caller.
    Record(Record),
    /// Rings buyers.
    Dial(Dial),
    /// Requests the next document from another URL.
    Redirect {
        /// URL of the next document.
        url: String,
    },
    /// Ends the call.
    Hangup,
    /// Rejects the call; if it is answered, ends it.
    Reject(Rejection),
}

/// How a call is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// As a number that is out of service.
    Rejected,
    /// As busy.
    Busy,
}

/// A sound that the caller hears while the carrier waits for keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// A sentence.
    Say {
        /// BCP 47 language tag.
        language: String,
        /// Text of the sentence.
        text: String,
    },
    /// A sound file.
    Play {
        /// URL of the file.
        url: String,
    },
    /// Silence.
    Pause {
        /// Length of the silence.
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

/// A question for keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gather {
    /// Sounds played before and during the key presses.
    pub prompts: Vec<Prompt>,
    /// URL of the callback that reports the keys.
    pub action: String,
    /// Number of keys that ends the answer; `None`: any number of keys.
    pub digits: Option<usize>,
    /// Key that ends the answer and is not part of it; `None`: no key does.
    pub finish_on_key: Option<char>,
    /// Timeout for the first key.
    pub timeout: Duration,
    /// Timeout for each further key, at carriers that have a separate one (Plivo).
    pub inter_digit_timeout: Duration,
    /// Whether a key stops the prompts.
    pub barge_in: BargeIn,
    /// What happens if the caller presses no key.
    pub silence: Silence,
}

/// Whether a key pressed during the prompts stops them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BargeIn {
    /// The key stops the prompts, and counts.
    On,
    /// The prompts play to their end.
    Off,
}

/// What happens if the caller presses no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The carrier requests the action, without keys.
    Action,
    /// The carrier carries out the next verb.
    Next,
    /// The carrier hangs up the leg. For whispers, where carriers support few verbs.
    Hangup,
}

/// A recording of the caller. The carrier requests the action even if the caller says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// URL of the callback that reports the recording.
    pub action: String,
    /// Longest recording.
    pub max: Duration,
    /// Silence that ends the recording.
    pub silence: Duration,
    /// Key that ends the recording; `None`: no key does.
    pub finish_on_key: Option<char>,
    /// Whether a tone marks the start.
    pub beep: Beep,
}

/// Whether a tone marks the start of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beep {
    /// A tone marks the start.
    On,
    /// The recording starts silently.
    Off,
}

/// A dial: rings targets, and bridges the caller and the first target that takes the call. If the
/// carrier can ring none of them, it requests the action at once, without an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// URL of the callback that reports the outcome; its answer continues the call.
    pub action: String,
    /// How long the targets ring.
    pub timeout: Duration,
    /// Longest connected time.
    pub time_limit: Duration,
    /// Number that targets see; `None`: the caller's, where the carrier allows it.
    pub caller_id: Option<Phone>,
    /// When the carrier answers the caller.
    pub answer: CallerAnswer,
    /// Targets to ring; [`Carrier::wave`] returns how many of them one `<Dial>` takes.
    pub nouns: Vec<Noun>,
    /// Order in which the targets ring.
    pub ring: Ring,
}

/// When the carrier answers the caller of a [`Dial`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerAnswer {
    /// When a target answers; the caller hears ringing until then. Only if nothing was said, asked
    /// or recorded before, in this document or an earlier one.
    OnBridge,
    /// The carrier has already answered.
    Already,
}

/// Order in which targets ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// One after another. Only Twilio supports that within one `<Dial>`.
    Sequential,
    /// All at once; the first wins.
    Together,
}

/// One target of a [`Dial`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noun {
    /// The target.
    pub target: Target,
    /// URL of the document that the target hears before the bridge. Not at Plivo, which has
    /// [`Noun::confirm`].
    pub url: Option<String>,
    /// URL of the callbacks that report the attempt's states.
    pub status: Option<String>,
    /// Plivo's own whisper; other carriers ignore it.
    pub confirm: Option<Confirm>,
}

/// Plivo's whisper and press-to-accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// Key that accepts the call; `None`: the carrier plays the sound, then bridges the two.
    pub key: Option<char>,
    /// URL of the document that the target hears: Say, Play and Pause only.
    pub sound: String,
    /// How long the carrier waits for the key after the answer; Plivo's default is two minutes.
    pub timeout: Duration,
}

/// A phone or a SIP address to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A phone number.
    Phone(Phone),
    /// A SIP URI, `sip:` or `sips:`.
    Sip(String),
}

impl Target {
    /// Returns whether a carrier's text names this target. Carriers write phone numbers with or
    /// without `+`, and SIP addresses with or without scheme and parameters.
    pub(crate) fn is_written(&self, text: &str) -> bool {
        match self {
            Target::Phone(phone) => {
                let read = text.parse().or_else(|_| format!("+{}", text.trim()).parse());
                read.is_ok_and(|read: Phone| read == *phone)
            }
            Target::Sip(uri) => bare(uri) == bare(text),
        }
    }

    /// Returns whether both are phone numbers, or both SIP addresses.
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
