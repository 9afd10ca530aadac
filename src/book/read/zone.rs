//! Reads `timezone = "America/New_York"`.

use jiff::tz::TimeZone;

use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::base::zone_hint;

use super::context::Context;

/// Reads the name of an IANA time zone.
pub(super) fn read(name: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<TimeZone> {
    let text = name.text(&mut cx.report)?;
    if let Ok(zone) = cx.zones.get(text) {
        return Some(zone);
    }
    let shown = clip(text);
    let hint = match cx.report.is_full() {
        true => String::new(),
        false => zone_hint(&shown),
    };
    cx.report.error(name.at(), format!("`{shown}` is not a time zone"), hint);
    None
}
