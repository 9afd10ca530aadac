//! Prints TeXML.

use crate::base::xml::Element;
use crate::carrier::Carrier;
use crate::carrier::Gather;

use super::twiml::Bounds;
use super::twiml::Dialect;

/// Telnyx's dialect. `<Gather>` has no `method`, no `actionOnEmptyResult` and no `<Pause>` inside;
/// no `sequential`.
pub(crate) struct Telnyx;

impl Dialect for Telnyx {
    const CARRIER: Carrier = Carrier::Telnyx;
    const BOUNDS: Bounds = Bounds {
        pause: 1..=180,
        gather: 1..=120,
        ring: 5..=120,
        talk: 60..=14_400,
        record: 1..=14_400,
        silence: 1..=120,
    };

    /// Names a voice: `man` (the default) and `woman` speak English in any language.
    fn say(&self, element: Element) -> Element {
        element.with("voice", "alice")
    }

    fn gather(&self, element: Element, _gather: &Gather) -> Element {
        element
    }

    fn pauses_in_gather(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use crate::carrier::BargeIn;
    use crate::carrier::Carrier;
    use crate::carrier::Dial;
    use crate::carrier::Gather;
    use crate::carrier::Rejection;
    use crate::carrier::Ring;
    use crate::carrier::Verb;
    use crate::carrier::sample::*;

    #[test]
    fn traps() {
        const TWO: &str = "+13055550101 sip:a@x.example";
        let long = Dial { timeout: seconds(200), time_limit: seconds(10), ..dial(TWO) };
        let traps = [
            Trap {
                name: "a question: no method, no actionOnEmptyResult, no pause, a redirect",
                verbs: vec![Verb::Gather(gather())],
                has: &[
                    r#"<Gather input="dtmf" action="https://calls.example/c/1?a=b&amp;n=2" "#,
                    r##"finishOnKey="#"><Say language="en-US" voice="alice">Zip?</Say></Gather>"##,
                    r#"</Gather><Redirect method="POST">"#,
                ],
                lacks: &[r#"="dtmf" method"#, "actionOnEmptyResult", "<Pause", "#rc"],
            },
            Trap {
                name: "a question's time is bounded",
                verbs: vec![Verb::Gather(Gather { timeout: seconds(500), ..gather() })],
                has: &[r#"timeout="120""#],
                lacks: &[],
            },
            Trap {
                name: "prompts that no key ends stand before the question",
                verbs: vec![Verb::Gather(Gather { barge_in: BargeIn::Off, ..gather() })],
                has: &[r#"Zip?</Say><Pause length="1"/><Gather "#, r##"finishOnKey="#"/>"##],
                lacks: &["bargeIn"],
            },
            Trap {
                name: "braces are Mustache: parted in speech",
                verbs: vec![say("en-US", "a {{name}} {{{x}}} {y}")],
                has: &[">a { {name} } { { {x} } } {y}<"],
                lacks: &["{{", "}}"],
            },
            Trap {
                name: "braces are encoded in addresses",
                verbs: vec![Verb::Play { url: "https://cdn.example/{{a}}.wav".into() }],
                has: &["https://cdn.example/%7B%7Ba%7D%7D.wav"],
                lacks: &["{"],
            },
            Trap {
                name: "a dial's times are bounded: 5 to 120 s, 60 s at least to talk",
                verbs: vec![Verb::Dial(long)],
                has: &[r#"timeout="120" timeLimit="60""#, "</Number><Sip"],
                lacks: &["confirm"],
            },
            Trap {
                name: "one after another is one alone: no `sequential`",
                verbs: vec![Verb::Dial(Dial { ring: Ring::Sequential, ..dial(TWO) })],
                has: &["</Number></Dial>"],
                lacks: &["sequential", "<Sip"],
            },
            Trap {
                name: "a language that is not spoken is not named",
                verbs: vec![say("fi-FI", "Hei")],
                has: &[r#"<Say voice="alice">Hei</Say>"#],
                lacks: &["language"],
            },
            Trap {
                name: "a rejection",
                verbs: vec![Verb::Reject(Rejection::Rejected)],
                has: &[r#"<Reject reason="rejected"/>"#],
                lacks: &[],
            },
        ];
        check(Carrier::Telnyx, &traps);
    }
}
