//! Reads `auto_pause = { unanswered, window, pause }`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::toml::Report;
use crate::base::toml::Value;
use crate::book::AutoPause;
use crate::book::UNANSWERED_MAX;

const KEYS: &[&str] = &["unanswered", "window", "pause"];
const TIMES: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(86_400);

pub(super) fn read(value: &Value<'_>, report: &mut Report<'_>) -> Option<AutoPause> {
    let table = value.table(report)?;
    table.check_keys(KEYS, &[], report);
    let unanswered = table.needed("unanswered", report);
    let unanswered = unanswered.and_then(|count| count.whole(1..=UNANSWERED_MAX.into(), report));
    let mut time = |key: &str| table.needed(key, report)?.duration(TIMES, report);
    let (window, pause) = (time("window"), time("pause"));
    let unanswered = u8::try_from(unanswered?).ok()?;
    Some(AutoPause { unanswered, window: window?, pause: pause? })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::book::AutoPause;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn with(rule: &str) -> String {
        let destination = r#"destination = { sip = "sip:x" }"#;
        format!("[[contract]]\n{destination}\n{}", contract(&format!("auto_pause = {rule}")))
    }

    #[test]
    fn a_rule() {
        let text = with(r#"{ unanswered = 3, window = "1h", pause = "30m" }"#);
        let (window, pause) = (Duration::from_secs(3_600), Duration::from_secs(1_800));
        let expected = AutoPause { unanswered: 3, window, pause };
        assert_eq!(book(&text).contracts[0].auto_pause, Some(expected));
    }

    #[test]
    fn faults() {
        for (rule, expected) in [
            ("3", "3:14: error: `auto_pause` must be a table, not a whole number"),
            (
                r#"{ unanswered = 3, window = "1h" }"#,
                "3:14: error: `pause` is missing in `auto_pause`",
            ),
            (
                r#"{ unanswered = 0, window = "1h", pause = "30m" }"#,
                "3:29: error: `unanswered` must be from 1 to 100, not 0",
            ),
            (
                r#"{ unanswered = 3, window = "1h", pause = "2s" }"#,
                "3:55: error: `pause` must be from 1m to 1d, not 2s",
            ),
        ] {
            check(&with(rule), &[expected]);
        }
    }
}
