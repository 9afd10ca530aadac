//! Writes trunks.

use crate::base::Codec;
use crate::base::Prack;
use crate::base::Preference;
use crate::base::Srtp;
use crate::base::SymmetricRtp;
use crate::base::print_duration;
use crate::book::Audio;
use crate::book::CallerIdentity;
use crate::book::DayLimits;
use crate::book::FINAL_CODES;
use crate::book::GATEWAY_PREFERENCE;
use crate::book::Gateway;
use crate::book::NumberForm;
use crate::book::PING;
use crate::book::REGISTER_EXPIRES;
use crate::book::Ringback;
use crate::book::Trunk;
use crate::book::TrunkPrefix;

use super::keys::Keys;
use super::node::Node;

/// Returns the keys of a trunk, without its id.
pub(super) fn keys(trunk: &Trunk) -> Keys {
    let Trunk { id: _, accept_from, outbound, allow_prefixes, timezone, rate, day, .. } = trunk;
    let Trunk { identity, number_form, calls_at_once, calls_per_second, .. } = trunk;
    let shown_identity =
        (*identity != CallerIdentity::default()).then(|| Node::text(identity.name()));
    let form = (*number_form != NumberForm::default()).then(|| Node::text(number_form.name()));
    let Trunk { ping, final_codes, register, register_expires, from_domain, .. } = trunk;
    let Trunk { credentials, prefixes, country, headers, prack, .. } = trunk;
    let Audio { symmetric_rtp, srtp, codecs, ringback, hold_music } = &trunk.audio;
    let add = |keys: Keys, (name, value): &(String, _)| keys.with(name, Node::text(value));
    let added = headers.add.iter().fold(Keys::default(), add);
    let net = |net: &ipnet::IpNet| match net.prefix_len() == net.max_prefix_len() {
        true => Node::text(net.addr()),
        false => Node::text(net),
    };
    let symmetric =
        (*symmetric_rtp != SymmetricRtp::default()).then(|| Node::text(symmetric_rtp.name()));
    let reliable = (*prack != Prack::default()).then(|| Node::text(prack.name()));
    let secured = (*srtp != Srtp::default()).then(|| Node::text(srtp.name()));
    let codec = |codec: &Codec| Node::text(codec.name().to_lowercase());
    let codecs = match codecs[..] == *Codec::ALL {
        true => Vec::new(),
        false => codecs.iter().map(codec).collect(),
    };
    let ringback = ringback.as_ref().map(|ringback| match ringback {
        Ringback::Country(country) => Node::text(country),
        Ringback::Recording(name) => Node::text(name),
    });
    let expires = (*register_expires != REGISTER_EXPIRES)
        .then(|| Node::text(print_duration(*register_expires)));
    let pinged = (*ping != Some(PING))
        .then(|| ping.map_or_else(|| Node::text("off"), |time| Node::text(print_duration(time))));
    let codes = (final_codes[..] != FINAL_CODES)
        .then(|| Node::List(final_codes.iter().map(Node::number).collect()));
    Keys::default()
        .listed("accept_from", accept_from.iter().map(net).collect())
        .maybe("credentials", credentials.as_ref().map(Node::text))
        .listed("register", register.iter().map(Node::text).collect())
        .maybe("register_expires", expires)
        .maybe("from_domain", from_domain.as_ref().map(Node::text))
        .listed("outbound", gateways(outbound))
        .maybe("ping", pinged)
        .maybe("final_codes", codes)
        .maybe("identity", shown_identity)
        .maybe("number_form", form)
        .listed("headers_pass", headers.pass.iter().map(Node::text).collect())
        .maybe("headers_add", added.table())
        .listed("headers_remove", headers.remove.iter().map(Node::text).collect())
        .maybe("prack", reliable)
        .maybe("calls_at_once", calls_at_once.map(Node::number))
        .maybe("calls_per_second", calls_per_second.map(Node::number))
        .listed("allow_prefixes", allow_prefixes.iter().map(Node::text).collect())
        .maybe("timezone", Node::zone_unless_utc(timezone))
        .maybe("rate", rate.map(Node::Money))
        .maybe("day", day_limits(day))
        .listed("prefixes", prefixes.iter().map(trunk_prefix).collect())
        .maybe("symmetric_rtp", symmetric)
        .maybe("srtp", secured)
        .listed("codecs", codecs)
        .maybe("country", country.as_ref().map(Node::text))
        .maybe("ringback", ringback)
        .maybe("hold_music", hold_music.as_ref().map(Node::text))
}

fn gateways(outbound: &[Gateway]) -> Vec<Node> {
    if let Some(uris) = Gateway::uris_in_order(outbound) {
        return uris.into_iter().map(Node::text).collect();
    }
    let written = |gateway: &Gateway| {
        let Preference { priority, weight } = gateway.preference;
        let unless = |own: u16, default: u16| (own != default).then(|| Node::number(own));
        let keys = Keys::default()
            .with("uri", Node::text(&gateway.uri))
            .maybe("priority", unless(priority, GATEWAY_PREFERENCE.priority))
            .maybe("weight", unless(weight, GATEWAY_PREFERENCE.weight));
        Node::Table(keys.0)
    };
    outbound.iter().map(written).collect()
}

fn day_limits(day: &DayLimits) -> Option<Node> {
    let DayLimits { calls, minutes, cost } = day;
    Keys::default()
        .maybe("calls", calls.map(Node::number))
        .maybe("minutes", minutes.map(Node::number))
        .maybe("cost", cost.map(Node::Money))
        .table()
}

fn trunk_prefix(own: &TrunkPrefix) -> Node {
    let TrunkPrefix { prefix, rate, day } = own;
    let keys = Keys::default().with("prefix", Node::text(prefix));
    Node::Table(keys.maybe("rate", rate.map(Node::Money)).maybe("day", day_limits(day)).0)
}
