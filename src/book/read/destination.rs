//! Reads `destination = { sip | phone + trunk, whisper, accept, symmetric_rtp, srtp }`.

use crate::base::TrunkId;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::Accept;
use crate::book::Destination;
use crate::book::Noun;
use crate::book::Target;

use super::audio;
use super::context::Context;

const KEYS: &[&str] = &["sip", "phone", "trunk", "whisper", "accept", "symmetric_rtp", "srtp"];
const ACCEPTS: &[(&str, Accept)] = &[("none", Accept::None), ("press-1", Accept::Press1)];
const ACCEPTS_LATER: &[&str] = &["human"];

/// Maximum length of a whisper, in bytes: about 30 s of speech.
const WHISPER_BYTES_MAX: usize = 500;

pub(super) fn read<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Destination> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let to = target(&table, cx);
    let whisper = whisper(&table, &mut cx.report);
    let accept = match table.value("accept") {
        Some(accept) => accept.choice(ACCEPTS, ACCEPTS_LATER, &mut cx.report),
        None => Some(Accept::None),
    };
    let symmetric_rtp = audio::symmetric_rtp(&table, &mut cx.report);
    let srtp = audio::srtp(&table, &mut cx.report);
    let (to, whisper, accept) = (to?, whisper?, accept?);
    Some(Destination { to, whisper, accept, symmetric_rtp: symmetric_rtp?, srtp: srtp? })
}

fn target<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Target> {
    let trunk = table.value("trunk");
    match (table.value("sip"), table.value("phone")) {
        (Some(uri), None) => {
            if let Some(trunk) = trunk {
                let hint = "remove it; a SIP address is dialed directly";
                cx.report.error(trunk.key_at(), "`trunk` beside `sip` has no effect", hint);
            }
            uri.parse(&mut cx.report).map(|uri| Target::Sip { uri })
        }
        (None, Some(phone)) => {
            let number = phone.parse(&mut cx.report);
            let trunk = table.needed("trunk", &mut cx.report).and_then(|id| carrier(&id, cx));
            Some(Target::Phone { number: number?, trunk: trunk? })
        }
        (Some(_), Some(both)) => {
            cx.report.error(both.key_at(), "`phone` beside `sip`", "use one of them");
            None
        }
        (None, None) => {
            let hint = "{ sip = \"sip:…\" } or { phone = \"+1…\", trunk = \"…\" }";
            cx.report.error(table.at(), "`destination` has neither `sip` nor `phone`", hint);
            None
        }
    }
}

fn carrier<'d>(id: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<TrunkId> {
    let trunk: TrunkId = cx.names.refer(Noun::Trunk, id, &mut cx.report)?;
    if cx.inbound_only.contains(&format!("trunk `{trunk}`")) {
        let message = format!("trunk `{trunk}` has no `outbound` address to dial through");
        cx.report.error(id.at(), message, "add one to the trunk, or choose another");
    }
    Some(trunk)
}

/// Reads the whisper. The outer `None` is a fault.
fn whisper(table: &Table<'_>, report: &mut Report<'_>) -> Option<Option<String>> {
    let Some(whisper) = table.value("whisper") else {
        return Some(None);
    };
    whisper.words(WHISPER_BYTES_MAX, report).map(|text| Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SymmetricRtp;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn with(destination: &str) -> String {
        format!("[[contract]]\n{}", contract(&format!("destination = {destination}")))
    }

    #[test]
    fn a_number_through_a_carrier() {
        let text = with(
            "{ phone = \"(305) 555-0123\", trunk = \"t\", whisper = \"Hi.\", accept = \"press-1\", \
             symmetric_rtp = \"off\" }",
        );
        let destination = book(&text).contracts[0].destination.clone().unwrap();
        let number = "+13055550123".parse().unwrap();
        assert_eq!(destination.to, Target::Phone { number, trunk: "t".parse().unwrap() });
        assert_eq!(destination.whisper.as_deref(), Some("Hi."));
        assert_eq!(destination.accept, Accept::Press1);
        assert_eq!(destination.symmetric_rtp, Some(SymmetricRtp::Off));
        let stored = serde_json::to_string(&destination).unwrap();
        assert_eq!(serde_json::from_str::<Destination>(&stored).unwrap(), destination);
    }

    #[test]
    fn faults() {
        for (destination, expected) in [
            (
                "{}",
                "2:15: error: `destination` has neither `sip` nor `phone` ({ sip = \"sip:…\" } or \
                 { phone = \"+1…\", trunk = \"…\" })",
            ),
            (
                r#"{ sip = "sip:x", phone = "+13055550123" }"#,
                "2:32: error: `phone` beside `sip` (use one of them)",
            ),
            (
                r#"{ sip = "sip:x", trunk = "t" }"#,
                "2:32: error: `trunk` beside `sip` has no effect (remove it; a SIP address is \
                 dialed directly)",
            ),
            (r#"{ sip = "x" }"#, "2:23: error: `x` does not start with `sip:` or `sips:`"),
            (
                r#"{ phone = "911", trunk = "t" }"#,
                "2:25: error: not a phone number: write it in E.164, like +13055550123",
            ),
            (r#"{ phone = "+13055550123" }"#, "2:15: error: `trunk` is missing in `destination`"),
            (
                r#"{ phone = "+13055550123", trunk = "in" }"#,
                "2:49: error: trunk `in` has no `outbound` address to dial through (add one to \
                 the trunk, or choose another)",
            ),
            (
                r#"{ sip = "sip:x", accept = "human" }"#,
                "2:41: error: `accept = \"human\"` is not supported yet (use none, press-1)",
            ),
            (
                r#"{ sip = "sip:x", whisper = "" }"#,
                "2:42: error: `whisper` is empty (fill it, or remove it)",
            ),
        ] {
            check(&with(destination), &[expected]);
        }
    }
}
