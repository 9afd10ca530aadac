//! Prints documents in each carrier's dialect: one printer per file, with the carrier's traps.

mod braces;
mod plivo;
mod seconds;
mod signalwire;
mod telnyx;
mod say_language;
mod twilio;
mod twiml;

pub(crate) use say_language::say_language;

use super::Carrier;
use super::Document;

impl Document {
    /// Returns the document as XML in the carrier's dialect: UTF-8, with one `<Response>`. Printing
    /// cannot fail: it clamps times to the carrier's bounds, drops characters that XML 1.0 does not
    /// allow, and leaves out what the carrier lacks (nouns beyond [`Carrier::wave`], `sequential`,
    /// `answerOnBridge`, a finish key A–D, `<Pause>` inside a `<Gather>`).
    pub fn print(&self, carrier: Carrier) -> String {
        let response = match carrier {
            Carrier::Twilio => twiml::response(self, &twilio::Twilio),
            Carrier::Telnyx => braces::part(twiml::response(self, &telnyx::Telnyx)),
            Carrier::SignalWire => twiml::response(self, &signalwire::SignalWire),
            Carrier::Plivo => plivo::response(self),
        };
        response.document()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::xml::Kind;
    use crate::base::xml::is_kept;
    use crate::carrier::BargeIn;
    use crate::carrier::Carrier;
    use crate::carrier::Dial;
    use crate::carrier::Gather;
    use crate::carrier::Prompt;
    use crate::carrier::Silence;
    use crate::carrier::Verb;
    use crate::carrier::sample::*;

    /// Texts with every character that means something in XML, Mustache or a terminal.
    const TEXT: &str = "([<>&\"'{}\\]\\[!;#x0-9 \\t\\r\\n\u{0}-\u{1f}\u{7f}-\u{9f}]|\\PC|.){0,40}";

    fn kept(kind: Kind, text: &str) -> String {
        text.chars().filter(|c| is_kept(kind, *c)).collect()
    }

    /// Returns the text without the spaces that separate equal braces.
    fn rejoined(text: &str) -> String {
        text.replace("{ {", "{{").replace("{ {", "{{").replace("} }", "}}").replace("} }", "}}")
    }

    /// Returns the spoken texts, and the played addresses.
    fn texts(xml: &roxmltree::Document<'_>) -> (Vec<String>, String) {
        let text = |node: roxmltree::Node<'_, '_>| node.text().unwrap_or_default().to_owned();
        let of = |names: &[&str]| {
            let named = |node: &roxmltree::Node<'_, '_>| names.contains(&node.tag_name().name());
            xml.descendants().filter(named).map(text).collect::<Vec<_>>()
        };
        (of(&["Say", "Speak"]), of(&["Play"]).concat())
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in TEXT, url in TEXT, barge_in: bool, silence: bool) {
            let barge_in = if barge_in { BargeIn::On } else { BargeIn::Off };
            let silence = if silence { Silence::Action } else { Silence::Hangup };
            let prompts = vec![Prompt::Say { language: url.clone(), text: text.clone() }];
            let asked = Gather { prompts, action: url.clone(), barge_in, silence, ..gather() };
            let nouns = vec![noun("+13055550101"), noun(&format!("sip:a@x.example?{url}"))];
            let verbs = [
                say(&text, &text),
                Verb::Play { url: url.clone() },
                Verb::Gather(asked),
                Verb::Dial(Dial { action: url.clone(), nouns, ..dial("") }),
                Verb::Redirect { url: url.clone() },
            ];
            for carrier in Carrier::ALL {
                let printed = document(verbs.clone()).print(carrier);
                let xml = roxmltree::Document::parse(&printed);
                prop_assert!(xml.is_ok(), "{carrier}: {xml:?} {printed}");
                let xml = xml.unwrap();
                prop_assert_eq!(xml.root_element().tag_name().name(), "Response");
                let (said, played) = texts(&xml);
                let wanted = kept(Kind::Words, &text);
                prop_assert_eq!(said.len(), if wanted.trim().is_empty() { 0 } else { 2 });
                let address = kept(Kind::Address, &url);
                if carrier == Carrier::Telnyx {
                    prop_assert!(!printed.contains("{{") && !printed.contains("}}"), "{printed}");
                    prop_assert!(said.iter().all(|said| rejoined(said) == rejoined(&wanted)));
                    prop_assert_eq!(played, address.replace('{', "%7B").replace('}', "%7D"));
                } else {
                    prop_assert!(said.iter().all(|said| *said == wanted), "{printed}");
                    prop_assert_eq!(played, address);
                }
            }
        }
    }
}
