//! Reads `{ max = 60, per = "1m" }`.

use crate::base::toml::Value;
use crate::book::RATE_MAX;
use crate::book::RATE_WINDOWS;
use crate::book::Rate;

use super::context::Context;

const KEYS: &[&str] = &["max", "per"];

/// Reads how often something may happen.
pub(super) fn read(value: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<Rate> {
    let table = value.table(&mut cx.report)?.named(format!("`{}`", value.key()));
    table.check_keys(KEYS, &[], &mut cx.report);
    let max = table.needed("max", &mut cx.report);
    let max = max.and_then(|max| max.whole(1..=RATE_MAX.into(), &mut cx.report));
    let per = table.needed("per", &mut cx.report);
    let per = per.and_then(|per| per.duration(RATE_WINDOWS, &mut cx.report));
    Some(Rate { max: u32::try_from(max?).ok()?, per: per? })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::book::Rate;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn source(keys: &str) -> String {
        format!("[[source]]\nid = \"x\"\n{keys}")
    }

    #[test]
    fn a_rate_has_a_number_and_a_window() {
        let read = book(&source(r#"pings = { max = 60, per = "1m" }"#)).sources[0].pings;
        assert_eq!(read, Some(Rate { max: 60, per: Duration::from_secs(60) }));
        for (rate, expected) in [
            ("{ max = 60 }", "3:9: error: `per` is missing in `pings`"),
            (r#"{ max = 0, per = "1m" }"#, "3:17: error: `max` must be from 1 to 1000000, not 0"),
        ] {
            check(&source(&format!("pings = {rate}")), &[expected]);
        }
    }
}
