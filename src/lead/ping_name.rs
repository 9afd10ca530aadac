//! The names under which posts name their ping.

use crate::book::AnswerPreset;

/// Names that mean a ping whoever sends them. Others (`token`, `id`, `TXID`) may mean anything: a
/// book names them.
const NAMES: &[&str] = &["ping_id", "pingId", "pingToken", "ping_token", "lp_ping_id"];

/// Returns the name under which a platform's sources name the ping.
pub const fn ping_name(platform: AnswerPreset) -> &'static str {
    match platform {
        AnswerPreset::Plain | AnswerPreset::LeadConduit => "ping_id",
        AnswerPreset::LeadProsper | AnswerPreset::LeadsPedia => "lp_ping_id",
        AnswerPreset::Boberdoo => "Lead_ID",
    }
}

/// Takes the id of the ping out of the values of a post, by a platform's name or a usual one, in
/// any case. A blank one counts as absent.
pub fn take_ping(values: &mut Vec<(String, String)>, platform: AnswerPreset) -> Option<String> {
    let own = ping_name(platform);
    let is_it =
        |name: &str| NAMES.iter().chain([&own]).any(|known| known.eq_ignore_ascii_case(name));
    let mut found = None;
    values.retain(|(name, value)| {
        if !is_it(name) {
            return true;
        }
        let value = value.trim();
        if found.is_none() && !value.is_empty() {
            found = Some(value.to_owned());
        }
        false
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_own_name() {
        for (name, platform, expected) in [
            ("ping_id", AnswerPreset::Plain, true),
            ("pingToken", AnswerPreset::Plain, true),
            ("LP_PING_ID", AnswerPreset::LeadsPedia, true),
            ("lp_ping_id", AnswerPreset::LeadProsper, true),
            ("Lead_ID", AnswerPreset::Boberdoo, true),
            ("Lead_ID", AnswerPreset::Plain, false),
            ("token", AnswerPreset::Plain, false),
        ] {
            let mut values = vec![(name.to_owned(), " p-1 ".to_owned())];
            let taken = take_ping(&mut values, platform);
            assert_eq!(taken, expected.then(|| "p-1".to_owned()), "{name}");
            assert_eq!(values.is_empty(), expected, "{name}");
        }
        let mut values = vec![("ping_id".to_owned(), " ".to_owned())];
        assert_eq!(take_ping(&mut values, AnswerPreset::Plain), None);
    }
}
