//! Prints TwiML.

use crate::base::xml::Element;
use crate::carrier::BargeIn;
use crate::carrier::Carrier;
use crate::carrier::Dial;
use crate::carrier::Gather;
use crate::carrier::Silence;

use super::twiml::Bounds;
use super::twiml::Dialect;
use super::twiml::is_sequential;

/// Fragment that makes Twilio retry a URL up to three times, after a failed connection, a timeout
/// or a 5xx. By default Twilio tries a URL once.
const RETRY: &str = "#rc=3&rp=ct,rt,5xx";

/// Twilio's dialect.
pub(crate) struct Twilio;

impl Dialect for Twilio {
    const CARRIER: Carrier = Carrier::Twilio;
    const BOUNDS: Bounds = Bounds {
        pause: 1..=180,
        gather: 1..=600,
        ring: 1..=600,
        talk: 1..=14_400,
        record: 1..=14_400,
        silence: 1..=600,
    };

    fn callback(&self, url: &str) -> String {
        if url.contains('#') { url.to_owned() } else { format!("{url}{RETRY}") }
    }

    fn gather(&self, element: Element, gather: &Gather) -> Element {
        let element = element.with("method", "POST");
        let element = match gather.barge_in {
            BargeIn::On => element,
            BargeIn::Off => element.with("bargeIn", "false"),
        };
        match gather.silence {
            Silence::Action => element.with("actionOnEmptyResult", "true"),
            Silence::Next | Silence::Hangup => element,
        }
    }

    fn knows_barge_in(&self) -> bool {
        true
    }

    fn dial(&self, element: Element, dial: &Dial) -> Element {
        if is_sequential(dial) { element.with("sequential", "true") } else { element }
    }
}

#[cfg(test)]
mod tests {
    use super::Twilio;
    use crate::carrier::BargeIn;
    use crate::carrier::CallerAnswer;
    use crate::carrier::Carrier;
    use crate::carrier::Dial;
    use crate::carrier::Gather;
    use crate::carrier::Record;
    use crate::carrier::Rejection;
    use crate::carrier::Ring;
    use crate::carrier::Silence;
    use crate::carrier::Verb;
    use crate::carrier::print::twiml::Dialect as _;
    use crate::carrier::sample::*;

    const ACTION: &str = r#"action="https://calls.example/c/1?a=b&amp;n=2#rc=3&amp;rp=ct,rt,5xx""#;
    const TWO: &str = "+13055550101 sip:a@x.example";

    fn questions() -> Vec<Trap> {
        vec![
            Trap {
                name: "a question is followed by a redirect, silence asks the action too",
                verbs: vec![Verb::Gather(gather())],
                has: &[
                    ACTION,
                    r#"method="POST" actionOnEmptyResult="true">"#,
                    r#"<Say language="en-US">Zip?</Say><Pause length="1"/></Gather>"#,
                    r#"</Gather><Redirect method="POST">https://calls.example/c/1?a=b&amp;n=2#rc"#,
                    r##"timeout="6" numDigits="5" finishOnKey="#""##,
                ],
                lacks: &["bargeIn", "nterDigit"],
            },
            Trap {
                name: "no key at a whisper hangs up without a callback",
                verbs: vec![Verb::Gather(Gather { silence: Silence::Hangup, ..gather() })],
                has: &["</Gather><Hangup/></Response>"],
                lacks: &["actionOnEmptyResult", "Redirect"],
            },
            Trap {
                name: "no finish key is said: without the attribute it is #",
                verbs: vec![Verb::Gather(Gather { finish_on_key: None, digits: None, ..gather() })],
                has: &[r#"finishOnKey="""#],
                lacks: &["numDigits"],
            },
            Trap {
                name: "a finish key A-D is none",
                verbs: vec![Verb::Gather(Gather { finish_on_key: Some('A'), ..gather() })],
                has: &[r#"finishOnKey="""#],
                lacks: &[],
            },
            Trap {
                name: "prompts that no key ends",
                verbs: vec![Verb::Gather(Gather { barge_in: BargeIn::Off, ..gather() })],
                has: &[r#"bargeIn="false""#, "</Say><Pause"],
                lacks: &[],
            },
            Trap {
                name: "an empty recording asks no action: a redirect does",
                verbs: vec![Verb::Record(record())],
                has: &[r#"finishOnKey="" playBeep="true"/><Redirect method="POST">"#],
                lacks: &[],
            },
            Trap {
                name: "bounds of a recording",
                verbs: vec![Verb::Record(Record {
                    max: seconds(99_999),
                    silence: seconds(0),
                    ..record()
                })],
                has: &[r#"timeout="1""#, r#"maxLength="14400""#],
                lacks: &[],
            },
        ]
    }

    fn dials() -> Vec<Trap> {
        vec![
            Trap {
                name: "a dial: absolute URLs with retries, events of each noun",
                verbs: vec![Verb::Dial(dial(TWO))],
                has: &[
                    ACTION,
                    r#"timeout="20" timeLimit="3600" callerId="+13055550123""#,
                    r##"<Number url="https://calls.example/w#rc=3&amp;rp=ct,rt,5xx" "##,
                    r#"Event="initiated ringing answered completed">+13055550101</Number>"#,
                    r#">sip:a@x.example</Sip></Dial></Response>"#,
                ],
                lacks: &["confirm", "sequential", "transport"],
            },
            Trap {
                name: "one after another",
                verbs: vec![Verb::Dial(Dial { ring: Ring::Sequential, ..dial(TWO) })],
                has: &[r#"sequential="true""#, "</Number><Sip"],
                lacks: &[],
            },
            Trap {
                name: "answered on bridge when nothing was heard",
                verbs: vec![Verb::Dial(dial(TWO))],
                has: &[r#"answerOnBridge="true""#],
                lacks: &[],
            },
            Trap {
                name: "not after a word in this document",
                verbs: vec![say("en", "Wait."), Verb::Dial(dial(TWO))],
                has: &["<Dial"],
                lacks: &["answerOnBridge"],
            },
            Trap {
                name: "not after a word in an earlier one",
                verbs: vec![Verb::Dial(Dial { answer: CallerAnswer::Already, ..dial(TWO) })],
                has: &["<Dial"],
                lacks: &["answerOnBridge"],
            },
            Trap {
                name: "bounds of a dial, and no caller id",
                verbs: vec![Verb::Dial(Dial {
                    timeout: seconds(9_999),
                    time_limit: seconds(0),
                    caller_id: None,
                    ..dial(TWO)
                })],
                has: &[r#"timeout="600""#, r#"timeLimit="1""#],
                lacks: &["callerId"],
            },
            Trap {
                name: "no number to dial: a redirect to the action keeps the call",
                verbs: vec![Verb::Dial(dial(""))],
                has: &[r#"<Response><Redirect method="POST">https://calls.example/c/1?"#],
                lacks: &["<Dial"],
            },
            Trap {
                name: "ten nouns at most",
                verbs: vec![Verb::Dial(dial(
                    "+13055550101 +13055550102 +13055550103 +13055550104 +13055550105 \
                     +13055550106 +13055550107 +13055550108 +13055550109 +13055550110 \
                     +13055550111",
                ))],
                has: &["+13055550110<"],
                lacks: &["+13055550111"],
            },
        ]
    }

    #[test]
    fn traps() {
        check(Carrier::Twilio, &questions());
        check(Carrier::Twilio, &dials());
        let others = [
            Trap {
                name: "a rejection comes first or is a hangup",
                verbs: vec![Verb::Reject(Rejection::Busy)],
                has: &[r#"<Response><Reject reason="busy"/></Response>"#],
                lacks: &[],
            },
            Trap {
                name: "after a word the call was answered",
                verbs: vec![say("en", "No."), Verb::Reject(Rejection::Rejected)],
                has: &["</Say><Hangup/>"],
                lacks: &["Reject"],
            },
            Trap {
                name: "sound files are fetched as they are",
                verbs: vec![Verb::Play { url: "https://cdn.example/a.wav".into() }],
                has: &["<Play>https://cdn.example/a.wav</Play>"],
                lacks: &["#rc"],
            },
            Trap {
                name: "an empty sentence is refused by the carrier",
                verbs: vec![say("en", " \u{1} "), Verb::Hangup],
                has: &["<Response><Hangup/></Response>"],
                lacks: &[],
            },
            Trap { name: "nothing", verbs: vec![], has: &["<Response/>"], lacks: &[] },
            Trap {
                name: "braces are only Telnyx's",
                verbs: vec![say("tlh", "{{x}}"), Verb::Pause { length: seconds(0) }],
                has: &[r#"<Say>{{x}}</Say><Pause length="1"/>"#],
                lacks: &[],
            },
        ];
        check(Carrier::Twilio, &others);
    }

    #[test]
    fn a_url_that_says_how_to_retry_keeps_its_word() {
        assert_eq!(Twilio.callback("https://a.example/x#rc=1"), "https://a.example/x#rc=1");
    }
}
