//! `destination = { sip | phone + trunk, whisper, accept }`

use crate::base::TrunkId;
use crate::base::table::Report;
use crate::base::table::Table;
use crate::base::table::Value;
use crate::book::Accept;
use crate::book::Destination;
use crate::book::Target;

use super::context::Context;
use super::names::Noun;

const KEYS: &[&str] = &["sip", "phone", "trunk", "whisper", "accept"];
const ACCEPTS: &[(&str, Accept)] = &[("none", Accept::None), ("press-1", Accept::Press1)];
const ACCEPTS_LATER: &[&str] = &["human"];

/// Longest whisper, in bytes: some thirty seconds of speech.
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
    Some(Destination { to: to?, whisper: whisper?, accept: accept? })
}

fn target<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Target> {
    let trunk = table.value("trunk");
    match (table.value("sip"), table.value("phone")) {
        (Some(uri), None) => {
            if let Some(trunk) = trunk {
                let hint = "remove it; a SIP address is dialled straight";
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
            cx.report.error(both.key_at(), "`phone` beside `sip`", "a destination is one of them");
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

/// The outer `None` is a fault.
fn whisper(table: &Table<'_>, report: &mut Report<'_>) -> Option<Option<String>> {
    let Some(whisper) = table.value("whisper") else {
        return Some(None);
    };
    whisper.words(WHISPER_BYTES_MAX, report).map(|text| Some(text.to_owned()))
}
