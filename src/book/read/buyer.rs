//! `[[buyer]]`

use jiff::tz::TimeZone;
use jiff::tz::TimeZoneDatabase;

use crate::base::suggest;
use crate::base::table::Later;
use crate::base::table::Table;
use crate::base::table::Value;
use crate::book::Buyer;

use super::caps;
use super::context::Context;

const KEYS: &[&str] = &["id", "timezone", "caps", "enabled"];
const LATER: &[Later] =
    &[Later { key: "prepaid", remedy: "remove it; a cap bounds what the buyer takes" }];

pub(super) fn read(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Buyer> {
    table.check_keys(KEYS, LATER, &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let timezone = match table.value("timezone") {
        Some(name) => zone(&name, cx),
        None => {
            let message = format!("{} has no `timezone`", table.name());
            let hint = "caps turn and hours are read in UTC; name one like \"America/New_York\"";
            cx.report.warning(table.at(), message, hint);
            Some(TimeZone::UTC)
        }
    };
    let caps = caps::read(table, &mut cx.report);
    let enabled =
        table.value("enabled").map_or(Some(true), |enabled| enabled.boolean(&mut cx.report));
    Some(Buyer { id: id?, timezone: timezone?, caps: caps?, enabled: enabled? })
}

/// A zone of the bundled database: the same on every machine.
fn zone(name: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<TimeZone> {
    let text = name.text(&mut cx.report)?;
    let zones = TimeZoneDatabase::bundled();
    if let Ok(zone) = zones.get(text) {
        return Some(zone);
    }
    let names: Vec<String> = zones.available().map(|zone| zone.to_string()).collect();
    let hint = match suggest(text, names.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "use a name like America/New_York".to_owned(),
    };
    let shown: String = text.chars().take(80).collect();
    cx.report.error(name.at(), format!("`{shown}` is not a time zone"), hint);
    None
}
