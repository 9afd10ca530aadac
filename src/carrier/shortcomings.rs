//! Warnings of the flow check: what a carrier cannot do as SIP does.

use crate::base::Diagnostic;
use crate::base::Place;
use crate::flow::BargeIn;
use crate::flow::Dial;
use crate::flow::DialTo;
use crate::flow::Flow;
use crate::flow::Gather;
use crate::flow::Lookup;
use crate::flow::Sound;
use crate::flow::Verb;

use super::Carrier;
use super::Target;
use super::print::say_language;

/// A feature that some carriers lack.
struct Lack {
    verb: &'static str,
    what: String,
    hint: &'static str,
    at: Vec<Carrier>,
}

/// Returns one warning for each place in a flow that the given carriers cannot carry out. It names
/// the verb and the carriers. `file` is the flow's path as the user wrote it. Calls still go
/// through: a warning describes how they differ from SIP calls.
pub fn shortcomings(file: &str, flow: &Flow, carriers: &[Carrier]) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for verb in flow.steps.iter().flat_map(|step| &step.verbs) {
        let mut warn = |lack: Lack| warnings.extend(warning(file, verb.place, lack, carriers));
        match &verb.what {
            Verb::Say(say) => unspoken(&say.sound(), &mut warn),
            Verb::Gather(question) => gather(question, &mut warn),
            Verb::Play(_) | Verb::Pause(_) => {}
            Verb::Record(_) => {}
            Verb::Dial(dial) => dialling(dial, &mut warn),
            Verb::Lookup(lookup) => looking_up(lookup, &mut warn),
            Verb::Route(route) if route.ringing.ringback.is_some() => {
                let what = "the caller hears the carrier's own ringing, not `ringback`".to_owned();
                let hint = "say before what the caller waits for";
                warn(Lack { verb: "Route", what, hint, at: Carrier::ALL.to_vec() });
            }
            Verb::Set(_) | Verb::Tag(_) | Verb::If(_) | Verb::Route(_) => {}
            Verb::Redirect(_) | Verb::Hangup(_) | Verb::Reject(_) => {}
        }
    }
    warnings.dedup();
    warnings
}

/// Returns a warning if one of the carriers lacks the feature.
fn warning(file: &str, place: Place, lack: Lack, carriers: &[Carrier]) -> Option<Diagnostic> {
    let concerned = carriers.iter().filter(|carrier| lack.at.contains(carrier));
    let names: Vec<&str> = concerned.map(|carrier| carrier.title()).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!("<{}> on {}: {}", lack.verb, names.join(", "), lack.what);
    Some(Diagnostic::warning(file, place, message).hint(lack.hint))
}

fn dialling(dial: &Dial, warn: &mut dyn FnMut(Lack)) {
    let lack = |what: &str, hint, at: &[Carrier]| {
        let (what, at) = (what.to_owned(), at.to_vec());
        Lack { verb: "Dial", what, hint, at }
    };
    match &dial.to {
        DialTo::Phone { trunk: Some(_), .. } => {
            let hint = "leave `trunk` out where that matters";
            warn(lack("the carrier itself calls, whatever `trunk` says", hint, &Carrier::ALL));
        }
        DialTo::Phone { trunk: None, .. } => {}
        DialTo::Sip(uri) if Carrier::Plivo.takes(&Target::Sip(uri.to_string())) => {}
        DialTo::Sip(_) => {
            let hint = "give a phone number, or take such calls over SIP";
            warn(lack("dials no SIP address but its own endpoints'", hint, &[Carrier::Plivo]));
        }
    }
}

fn looking_up(lookup: &Lookup, warn: &mut dyn FnMut(Lack)) {
    for carrier in Carrier::ALL {
        let most = carrier.waits_max();
        if lookup.timeout > most {
            let most = most.as_secs_f64();
            let what = format!("is waited for {most} s at most: the carrier awaits its document");
            let hint = "lower `timeout`, or ask a faster server";
            warn(Lack { verb: "Lookup", what, hint, at: vec![carrier] });
        }
    }
}

fn gather(gather: &Gather, warn: &mut dyn FnMut(Lack)) {
    let lack = |what: &str, hint, at: &[Carrier]| {
        let (what, at) = (what.to_owned(), at.to_vec());
        Lack { verb: "Gather", what, hint, at }
    };
    for sound in gather.prompt.iter().chain(&gather.no_input).chain(&gather.no_match) {
        unspoken(sound, warn);
    }
    if gather.inter_digit_timeout != gather.timeout {
        warn(lack(
            "`timeout` stands for every key; there is no `interDigitTimeout`",
            "finish the answer by `numDigits` or `finishOnKey` where it can be",
            &[Carrier::Twilio, Carrier::Telnyx, Carrier::SignalWire],
        ));
    }
    let pauses = gather.prompt.iter().any(|sound| matches!(sound, Sound::Silence(_)));
    match gather.barge_in {
        BargeIn::Off => warn(lack(
            "keys that are pressed during the prompts are lost, as there is no `bargeIn`",
            "leave it on, or keep the prompts short",
            &[Carrier::Telnyx, Carrier::SignalWire, Carrier::Plivo],
        )),
        BargeIn::On if pauses => warn(lack(
            "a <Pause> among its prompts is left out",
            "put it before the question",
            &[Carrier::Telnyx, Carrier::Plivo],
        )),
        BargeIn::On => {}
    }
}

/// Warns of a sentence in a language that some carriers do not speak.
fn unspoken(sound: &Sound, warn: &mut dyn FnMut(Lack)) {
    let language = match sound {
        Sound::Say { language, .. }
        | Sound::Template { language, .. }
        | Sound::Spoken { language, .. } => language,
        Sound::File(_) | Sound::Url(_) | Sound::Silence(_) => return,
    };
    for carrier in &Carrier::ALL {
        if say_language(*carrier, language).is_none() {
            warn(Lack {
                verb: "Say",
                what: format!("`{language}` is not spoken there"),
                hint: "play a recorded file instead",
                at: vec![*carrier],
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::parse;

    fn warnings(body: &str, carriers: &[Carrier]) -> Vec<String> {
        let (flow, faults) = parse("t.xml", &format!("<Flow name='t'>\n{body}</Flow>"));
        let flow = flow.unwrap_or_else(|| panic!("{faults:?}"));
        shortcomings("t.xml", &flow, carriers).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_carriers_cannot_do() {
        const ONE_TIMEOUT: &str = "t.xml:2:1: warning: <Gather> on Twilio, Telnyx, SignalWire: \
            `timeout` stands for every key; there is no `interDigitTimeout` (finish the answer by \
            `numDigits` or `finishOnKey` where it can be)";
        const LOST: &str = "t.xml:2:1: warning: <Gather> on Telnyx, SignalWire, Plivo: keys that \
            are pressed during the prompts are lost, as there is no `bargeIn` (leave it on, or \
            keep the prompts short)";
        const LEFT_OUT: &str = "t.xml:2:1: warning: <Gather> on Telnyx, Plivo: a <Pause> among \
            its prompts is left out (put it before the question)";
        let cases: &[(&str, &[&str])] = &[
            (
                "<Lookup url='https://x.example/' timeout='2'><Field name='x' pointer='/x'/></Lookup>\
                 <Route/>",
                &["t.xml:2:1: warning: <Lookup> on Telnyx: is waited for 1 s at most: the \
                   carrier awaits its document (lower `timeout`, or ask a faster server)"],
            ),
            ("<Say>Hi</Say><Pause length='60'/><Play>a.wav</Play><Route/>", &[]),
            ("<Gather field='x'><Say>Q</Say></Gather><Route/>", &[]),
            ("<Record field='x'/><Tag name='t' value='1'/><Hangup/>", &[]),
            (
                "<Route ringWidth='2' ringback='hold.wav'/>",
                &["t.xml:2:1: warning: <Route> on Twilio, Telnyx, SignalWire, Plivo: the caller \
                   hears the carrier's own ringing, not `ringback` (say before what the caller \
                   waits for)"],
            ),
            (
                "<Dial to='sip:a@b.example'/><Hangup/>",
                &["t.xml:2:1: warning: <Dial> on Plivo: dials no SIP address but its own \
                   endpoints' (give a phone number, or take such calls over SIP)"],
            ),
            (
                "<Gather field='x' interDigitTimeout='2'><Say>Q</Say></Gather><Route/>",
                &[ONE_TIMEOUT],
            ),
            ("<Gather field='x' bargeIn='false'><Say>Q</Say><Pause/></Gather><Route/>", &[LOST]),
            ("<Gather field='x'><Say>Q</Say><Pause/></Gather><Route/>", &[LEFT_OUT]),
            (
                "<Say language='fi-FI'>Hei</Say><Hangup/>",
                &[
                    "t.xml:2:1: warning: <Say> on Telnyx: `fi-FI` is not spoken there (play a \
                 recorded file instead)",
                    "t.xml:2:1: warning: <Say> on Plivo: `fi-FI` is not spoken there (play a \
                 recorded file instead)",
                ],
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(warnings(body, &Carrier::ALL), *expected, "{body}");
        }
    }

    #[test]
    fn only_the_carriers_that_are_asked_about() {
        let body = "<Gather field='x'><Say>Q</Say><Pause/></Gather><Route/>";
        assert_eq!(warnings(body, &[Carrier::Twilio]), [""; 0]);
        let warnings = warnings(body, &[Carrier::Plivo]);
        assert!(warnings.len() == 1 && warnings[0].contains("<Gather> on Plivo:"), "{warnings:?}");
    }
}
