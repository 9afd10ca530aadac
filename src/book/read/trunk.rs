//! `[[trunk]]`

use ipnet::IpNet;

use crate::base::table::Later;
use crate::base::table::Table;
use crate::base::table::Value;
use crate::book::Trunk;

use super::context::Context;

const KEYS: &[&str] = &["id", "accept_from", "outbound"];
const DIGEST: &str = "remove it; name the carrier's addresses in `accept_from`";
const LATER: &[Later] = &[
    Later { key: "username", remedy: DIGEST },
    Later { key: "password", remedy: DIGEST },
    Later { key: "register", remedy: DIGEST },
];

pub(super) fn read(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Trunk> {
    table.check_keys(KEYS, LATER, &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let accept_from = match table.value("accept_from") {
        Some(list) => accept_from(table.name(), &list, cx),
        None => Some(Vec::new()),
    };
    let outbound = match table.value("outbound") {
        Some(list) => list.list_or_one(&mut cx.report).and_then(|items| {
            let uris: Vec<_> = items.iter().map(|item| item.parse(&mut cx.report)).collect();
            uris.into_iter().collect()
        }),
        None => Some(Vec::new()),
    };
    if outbound.as_ref().is_some_and(Vec::is_empty) {
        cx.inbound_only.insert(table.name().to_owned());
    }
    let trunk = Trunk { id: id?, accept_from: accept_from?, outbound: outbound? };
    if trunk.accept_from.is_empty() && trunk.outbound.is_empty() {
        let hint = "say who may send calls in `accept_from`, or where calls go in `outbound`";
        cx.report.error(table.at(), format!("{} carries nothing", table.name()), hint);
    }
    Some(trunk)
}

fn accept_from(trunk: &str, list: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<Vec<IpNet>> {
    let items = list.list_or_one(&mut cx.report)?;
    let mut nets = Vec::new();
    for item in &items {
        let Some(net) = item.parse_by(network, &mut cx.report) else {
            continue;
        };
        if net.prefix_len() == 0 {
            let message = format!("`{net}` lets everybody send calls");
            cx.report.warning(item.at(), message, "name the carrier's own addresses");
        }
        let overlap = |other: &IpNet| other.contains(&net) || net.contains(other);
        let clash = cx.nets.iter().find(|(owner, other, _)| owner != trunk && overlap(other));
        if let Some((owner, other, at)) = clash {
            let message = format!("`{net}` overlaps `{other}` of {owner}");
            let hint = format!("an address belongs to one trunk; see line {}", cx.report.line(*at));
            cx.report.error(item.at(), message, hint);
        }
        cx.nets.push((trunk.to_owned(), net, item.at()));
        nets.push(net);
    }
    (nets.len() == items.len()).then_some(nets)
}

/// A network, or a single address as a network of one.
fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<std::net::IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let shown: String = text.chars().take(80).collect();
    let Ok(net) = text.parse::<IpNet>() else {
        return Err(format!(
            "`{shown}` is not an address or network: write it like 192.0.2.10 or 192.0.2.0/24"
        ));
    };
    if net.trunc() == net {
        return Ok(net);
    }
    let (address, all) = (net.addr(), net.trunc());
    Err(format!("`{shown}` is neither the address `{address}` nor the network `{all}`: choose one"))
}
