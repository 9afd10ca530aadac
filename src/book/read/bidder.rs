//! Reads `bidder = { url, expose_caller_id, allow, buffer_max, confirm, … }`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::AllowedDestination;
use crate::book::Bidder;
use crate::book::CallerId;
use crate::book::Channel;
use crate::book::Channels;
use crate::book::Confirm;
use crate::book::Destination;
use crate::book::RingbaBody;
use crate::book::SipOk;
use crate::book::Target;

use super::context::Context;
use super::delivery;
use super::exchange;
use super::exchange::Unlisted;

const KEYS: &[&str] = &["expose_caller_id", "allow", "buffer_max", "confirm"];
const CONFIRM_KEYS: &[&str] = &["url", "timeout"];

/// Most allowed destinations.
const ALLOWED_MAX: usize = 100;
const BUFFER: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(4 * 3_600);
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(10);

/// Reads how the buyer of a contract is asked for bids on calls. The outer `None` is a fault.
pub(super) fn of<'d>(
    table: &Table<'d>,
    channels: Option<Channels>,
    own: Option<&Destination>,
    cx: &mut Context<'d, '_>,
) -> Option<Option<Bidder>> {
    let Some(value) = table.value("bidder") else { return Some(None) };
    if channels.is_some_and(|channels| !channels.contains(Channel::Call)) {
        let message = "`bidder` of a contract that takes no calls";
        let hint = "add \"call\" to its `channels`; leads are asked for by `delivery.ping`";
        cx.report.warning(value.key_at(), message, hint);
    }
    read(&value, own, cx).map(Some)
}

fn read<'d>(
    value: &Value<'d>,
    own: Option<&Destination>,
    cx: &mut Context<'d, '_>,
) -> Option<Bidder> {
    let table = if value.as_text().is_some() { None } else { Some(value.table(&mut cx.report)?) };
    let exposed = table.as_ref().and_then(|table| table.value("expose_caller_id"));
    let caller_id = match exposed.map(|exposed| exposed.boolean(&mut cx.report)) {
        Some(Some(true)) => Some(CallerId::Exposed),
        Some(Some(false)) | None => Some(CallerId::Hidden),
        Some(None) => None,
    };
    let allow = match table.as_ref().and_then(|table| table.value("allow")) {
        Some(list) => allowed(&list, own, cx),
        None => Some(Vec::new()),
    };
    let buffer_max = match table.as_ref().and_then(|table| table.value("buffer_max")) {
        Some(longest) => longest.duration(BUFFER, &mut cx.report),
        None => Some(Bidder::BUFFER_MAX),
    };
    let (caller_id, allow) = (caller_id?, allow?);
    let says = |caller_id| RingbaBody { caller_id, sip: sip_ok(&allow, own) };
    let ping = delivery::ping(value, Unlisted::Ringba(says(caller_id)), KEYS, cx)?;
    delivery::check_partial(&ping.ask, caller_id, value, &mut cx.report)?;
    let confirm = match table.as_ref().and_then(|table| table.value("confirm")) {
        Some(value) => confirm(&value, says(CallerId::Exposed), cx).map(Some),
        None => Some(None),
    };
    let confirm = confirm?.map(Box::new);
    Some(Bidder { ping, caller_id, allow, buffer_max: buffer_max?, confirm })
}

/// Reads the destinations that bids may name.
fn allowed<'d>(
    list: &Value<'d>,
    own: Option<&Destination>,
    cx: &mut Context<'d, '_>,
) -> Option<Vec<AllowedDestination>> {
    let allowed: Vec<AllowedDestination> =
        list.each(&mut cx.report, |item, report| item.parse(report))?;
    if allowed.len() > ALLOWED_MAX {
        cx.report.error(list.at(), format!("`allow` has over {ALLOWED_MAX} items"), "");
        return None;
    }
    let through_trunk = own.is_none_or(|own| matches!(own.to, Target::Phone { .. }));
    if !through_trunk && allowed.iter().any(AllowedDestination::is_phone) {
        let message = "`allow` has phone numbers, and nothing says through which trunk they go";
        let hint = "make the `destination` of the contract a `phone` with a `trunk`";
        cx.report.error(list.at(), message, hint);
        return None;
    }
    Some(allowed)
}

/// Returns whether a bid may name a SIP address.
fn sip_ok(allow: &[AllowedDestination], own: Option<&Destination>) -> SipOk {
    let is_own = own.is_some_and(|own| matches!(own.to, Target::Sip { .. }));
    if is_own || allow.iter().any(|allowed| !allowed.is_phone()) { SipOk::Yes } else { SipOk::No }
}

/// Reads the request that confirms a bid: a URL, or a table.
fn confirm<'d>(value: &Value<'d>, says: RingbaBody, cx: &mut Context<'d, '_>) -> Option<Confirm> {
    let unlisted = Unlisted::Ringba(says);
    if value.as_text().is_some() {
        let ask = exchange::plain(value, unlisted, cx)?;
        return Some(Confirm { ask, timeout: Confirm::TIMEOUT });
    }
    let table = value.table(&mut cx.report)?;
    table.check_keys(&[CONFIRM_KEYS, exchange::KEYS].concat(), &[], &mut cx.report);
    let ask = exchange::read(&table, "url", unlisted, cx);
    let timeout = match table.value("timeout") {
        Some(value) => value.duration(TIMEOUT, &mut cx.report),
        None => Some(Confirm::TIMEOUT),
    };
    Some(Confirm { ask: ask?, timeout: timeout? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::DeliveryBody;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    const SIP: &str = "destination = { sip = \"sip:x\" }";
    const PHONE: &str = "destination = { phone = \"+13055550123\", trunk = \"t\" }";

    fn with(destination: &str, bidder: &str) -> String {
        format!("[[contract]]\n{}", contract(&format!("{destination}\nbidder = {bidder}")))
    }

    fn bidder(destination: &str, keys: &str) -> Bidder {
        *book(&with(destination, keys)).contracts[0].bidder.clone().unwrap()
    }

    #[test]
    fn a_url_is_enough() {
        let read = bidder(SIP, "\"https://rtb.example/v1/1.json\"");
        assert_eq!((read.caller_id, read.buffer_max), (CallerId::Hidden, Bidder::BUFFER_MAX));
        assert!(read.allow.is_empty() && read.confirm.is_none());
        let says = RingbaBody { caller_id: CallerId::Hidden, sip: SipOk::Yes };
        assert!(matches!(read.ping.ask.body, DeliveryBody::Ringba(_, _, it) if it == says));
    }

    #[test]
    fn every_key_is_read() {
        let read = bidder(
            PHONE,
            "{ url = \"https://rtb.example/\", expose_caller_id = true, buffer_max = \"2m\", \
             allow = [\"+1888*\"], max = { amount = \"90.00\", currency = \"USD\" }, \
             confirm = { url = \"https://rtb.example/take\", timeout = \"300ms\" } }",
        );
        assert_eq!((read.caller_id, read.buffer_max.as_secs()), (CallerId::Exposed, 120));
        assert_eq!(read.allow[0].to_string(), "+1888*");
        let says = RingbaBody { caller_id: CallerId::Exposed, sip: SipOk::No };
        assert!(matches!(read.ping.ask.body, DeliveryBody::Ringba(_, _, it) if it == says));
        let confirm = read.confirm.unwrap();
        assert_eq!(confirm.timeout.as_millis(), 300);
    }

    #[test]
    fn faults() {
        for (destination, keys, expected) in [
            (
                SIP,
                "{ url = \"https://r.example/\", allow = [\"+1888*\"] }",
                "3:48: error: `allow` has phone numbers, and nothing says through which trunk they \
                 go (make the `destination` of the contract a `phone` with a `trunk`)",
            ),
            (
                PHONE,
                "{ url = \"https://r.example/\", allow = [\"888\"] }",
                "3:49: error: `888` is no destination: write it like +18005550100, +1888*, \
                 sip:host, or sip:*.domain",
            ),
            (
                PHONE,
                "{ url = \"https://r.example/\", fields = { CID = \"{field.phone}\" } }",
                "3:10: error: the ping sends `{field.phone}`, which identifies the person (send \
                 its hash, such as {field.phone.sha256})",
            ),
            (
                PHONE,
                "{ url = \"https://r.example/\", confirm = { url = \"https://r.example/\", \
                 timeout = \"1m\" } }",
                "3:90: error: `timeout` must be from 100ms to 10s, not 1m",
            ),
        ] {
            check(&with(destination, keys), &[expected]);
        }
        let exposed = "{ url = \"https://r.example/\", expose_caller_id = true, \
                       fields = { CID = \"{field.phone.digits}\" } }";
        book(&with(SIP, exposed));
    }
}
