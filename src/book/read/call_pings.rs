//! Reads `{ life = "30s", caller_id_required = true }`.

use crate::base::toml::Value;
use crate::book::BID_LIVES;
use crate::book::CallPings;

use super::context::Context;

const KEYS: &[&str] = &["life", "caller_id_required"];

/// Reads how a source's pings for calls are answered.
pub(super) fn read(value: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<CallPings> {
    let table = value.table(&mut cx.report)?.named(format!("`{}`", value.key()));
    table.check_keys(KEYS, &[], &mut cx.report);
    let CallPings { life, caller_id_required } = CallPings::USUAL;
    let given = table.value("life");
    let life = given.map_or(Some(life), |life| life.duration(BID_LIVES, &mut cx.report));
    let given = table.value("caller_id_required");
    let required = given.map_or(Some(caller_id_required), |flag| flag.boolean(&mut cx.report));
    Some(CallPings { life: life?, caller_id_required: required? })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::book::CallPings;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn source(keys: &str) -> String {
        format!("[[source]]\nid = \"x\"\n{keys}")
    }

    #[test]
    fn a_bid_lives_within_bounds() {
        assert_eq!(book(&source("")).sources[0].call_pings, CallPings::USUAL);
        let keys = r#"call_pings = { life = "2m", caller_id_required = true }"#;
        let own = CallPings { life: Duration::from_secs(120), caller_id_required: true };
        assert_eq!(book(&source(keys)).sources[0].call_pings, own);
        let fault = "3:23: error: `life` must be from 5s to 1h, not 2h";
        check(&source(r#"call_pings = { life = "2h" }"#), &[fault]);
    }
}
