//! Prints cXML.

use crate::base::xml::Element;
use crate::carrier::Carrier;
use crate::carrier::Gather;
use crate::carrier::Silence;

use super::twiml::Bounds;
use super::twiml::Dialect;

/// SignalWire's dialect. SIP goes over TLS unless the URI names another transport; no `sequential`.
pub(crate) struct SignalWire;

impl Dialect for SignalWire {
    const CARRIER: Carrier = Carrier::SignalWire;
    const BOUNDS: Bounds = Bounds {
        pause: 1..=180,
        gather: 1..=600,
        ring: 5..=600,
        talk: 1..=14_400,
        record: 1..=14_400,
        silence: 1..=600,
    };

    fn gather(&self, element: Element, gather: &Gather) -> Element {
        let element = element.with("method", "POST");
        match gather.silence {
            Silence::Action => element.with("actionOnEmptyResult", "true"),
            Silence::Next | Silence::Hangup => element,
        }
    }

    fn sip(&self, uri: &str) -> String {
        over_udp(uri)
    }
}

/// Returns the URI with `;transport=udp` among its parameters (RFC 3261 §19.1.1), unless it names a
/// transport or is `sips:`.
fn over_udp(uri: &str) -> String {
    let host = uri.find('@').map_or(0, |at| at + 1);
    let end = uri[host..].find('?').map_or(uri.len(), |at| host + at);
    let (address, headers) = uri.split_at(end);
    let parameters = address[host..].split(';').skip(1);
    let named = parameters
        .map(|parameter| parameter.split('=').next().unwrap_or_default())
        .any(|name| name.trim().eq_ignore_ascii_case("transport"));
    let secure = uri.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sips:"));
    if named || secure { uri.to_owned() } else { format!("{address};transport=udp{headers}") }
}

#[cfg(test)]
mod tests {
    use super::over_udp;
    use crate::carrier::CallerAnswer;
    use crate::carrier::Carrier;
    use crate::carrier::Dial;
    use crate::carrier::Ring;
    use crate::carrier::Verb;
    use crate::carrier::sample::*;

    #[test]
    fn traps() {
        let short = Dial { timeout: seconds(1), ..dial("+13055550101") };
        let traps = [
            Trap {
                name: "a question: silence asks the action, and a redirect follows",
                verbs: vec![Verb::Gather(gather())],
                has: &[
                    r#"action="https://calls.example/c/1?a=b&amp;n=2""#,
                    r#"method="POST" actionOnEmptyResult="true"><Say language="en-US">Zip?"#,
                    r#"<Pause length="1"/></Gather><Redirect method="POST">"#,
                ],
                lacks: &["bargeIn", "voice", "#rc"],
            },
            Trap {
                name: "phones and SIP never together: the first's kind",
                verbs: vec![Verb::Dial(dial("+13055550101 sip:a@x.example +13055550102"))],
                has: &[">+13055550101</Number></Dial>"],
                lacks: &["<Sip", "+13055550102"],
            },
            Trap {
                name: "SIP goes over TLS by default",
                verbs: vec![Verb::Dial(dial("sip:a@x.example sip:b@y.example;transport=tcp"))],
                has: &[">sip:a@x.example;transport=udp<", ">sip:b@y.example;transport=tcp<"],
                lacks: &[],
            },
            Trap {
                name: "five seconds at least",
                verbs: vec![Verb::Dial(short)],
                has: &[r#"timeout="5""#, r#"answerOnBridge="true""#],
                lacks: &[],
            },
            Trap {
                name: "no `sequential`; no answerOnBridge once answered",
                verbs: vec![Verb::Dial(Dial {
                    ring: Ring::Sequential,
                    answer: CallerAnswer::Already,
                    ..dial("+13055550101 +13055550102")
                })],
                has: &["</Number></Dial>"],
                lacks: &["sequential", "+13055550102", "answerOnBridge"],
            },
            Trap {
                name: "Chinese has another code here",
                verbs: vec![say("zh-CN", "x")],
                has: &[r#"language="zh-CN""#],
                lacks: &[],
            },
        ];
        check(Carrier::SignalWire, &traps);
    }

    #[test]
    fn transports() {
        for (uri, expected) in [
            ("sip:a@x.example", "sip:a@x.example;transport=udp"),
            ("sip:a@x.example:5070;lr", "sip:a@x.example:5070;lr;transport=udp"),
            ("sip:a@x.example;Transport=TLS", "sip:a@x.example;Transport=TLS"),
            ("sip:a;transport=tcp@x.example", "sip:a;transport=tcp@x.example;transport=udp"),
            ("sip:a@x.example?X-Call=1;2", "sip:a@x.example;transport=udp?X-Call=1;2"),
            ("SIPS:a@x.example", "SIPS:a@x.example"),
            ("sip:x.example", "sip:x.example;transport=udp"),
            ("", ";transport=udp"),
        ] {
            assert_eq!(over_udp(uri), expected, "{uri}");
        }
    }
}
