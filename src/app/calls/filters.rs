//! Filters for calls: the same as those of the API.

use clap::Args;

use crate::app::Fault;
use crate::base::Wall;
use crate::call::CallQuery;

/// The options; every one that is given must hold.
#[derive(Debug, Default, Args)]
pub(super) struct Filters {
    /// `live` or `ended`.
    #[arg(long)]
    state: Option<String>,
    /// Calls that came at this time or later: RFC 3339, or how long ago, like 30d or 12h.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Calls that came before this time: RFC 3339, or how long ago.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The number that was dialled.
    #[arg(long)]
    number: Option<String>,
    /// The source that sent the call.
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// The offer that the call was last routed for.
    #[arg(long, value_name = "ID")]
    offer: Option<String>,
    /// A buyer who was rung for the call, whether they took it or not.
    #[arg(long, value_name = "ID")]
    buyer: Option<String>,
    /// How the call ended: a code of `docs/reasons.md`.
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// A tag that the flow kept: a name, or name=value.
    #[arg(long, value_name = "NAME[=VALUE]")]
    tag: Option<String>,
    /// The caller's number.
    #[arg(long, value_name = "NUMBER")]
    caller: Option<String>,
}

impl Filters {
    /// Returns the query.
    ///
    /// # Errors
    /// Every invalid value, each on its own line.
    pub(super) fn query(&self, now: Wall) -> Result<CallQuery, Fault> {
        let Self { state, since, until, number, source, .. } = self;
        let Self { offer, buyer, reason, tag, caller, .. } = self;
        let given = [state, since, until, number, source, offer, buyer, reason, tag, caller];
        let mut query = CallQuery::default();
        let mut faults = Vec::new();
        for (name, value) in CallQuery::FILTERS.iter().zip(given) {
            let Some(value) = value else { continue };
            if let Err(invalid) = query.set(name, value, now) {
                let (value, expected) = (invalid.value, invalid.expected);
                faults.push(format!("--{name}: invalid value `{value}`: {expected}"));
            }
        }
        if faults.is_empty() { Ok(query) } else { Err(Fault::of(faults.join("\nstrowger: "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_sets_the_filter_of_its_name() {
        let now: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        let text = |text: &str| Some(text.to_owned());
        let filters = Filters {
            state: text("ended"),
            since: text("2d"),
            until: text("1d"),
            number: text("8005550100"),
            source: text("s"),
            offer: text("o"),
            buyer: text("b"),
            reason: text("hung_up"),
            tag: text("t=x"),
            caller: text("+13055550123"),
        };
        let query = serde_json::to_value(filters.query(now).unwrap()).unwrap();
        let expected = serde_json::json!({
            "who": "all", "state": "ended", "since": "2026-05-02T15:00:00Z",
            "until": "2026-05-03T15:00:00Z", "number": "+18005550100", "source": "s",
            "offer": "o", "buyer": "b", "reason": "hung_up",
            "tag": { "name": "t", "value": "x" }, "caller": "+13055550123",
        });
        assert_eq!(query, expected);
    }

    #[test]
    fn every_fault_is_reported() {
        let text = |text: &str| Some(text.to_owned());
        let filters = Filters { state: text("up"), caller: text("x"), ..Filters::default() };
        let error = filters.query(Wall::default()).unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert!(lines[0].starts_with("strowger: --state: invalid value `up`: "), "{error}");
        assert!(lines[1].starts_with("strowger: --caller: invalid value `x`: "), "{error}");
    }
}
