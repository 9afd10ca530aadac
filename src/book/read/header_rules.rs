//! Reads the header rules of a trunk: `headers_pass`, `headers_add`, and `headers_remove`.

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::HeaderRules;
use crate::book::HeaderToken;
use crate::book::Spot;
use crate::book::Template;
use crate::sip::wire::HeaderName;
use crate::sip::wire::is_token;

use super::template;

/// Headers that belong to the dialog, the transaction, or the body: the switch alone writes them.
const OF_THE_DIALOG: &[HeaderName<'static>] = &[
    HeaderName::Accept,
    HeaderName::AcceptEncoding,
    HeaderName::AcceptLanguage,
    HeaderName::Allow,
    HeaderName::AllowEvents,
    HeaderName::Authorization,
    HeaderName::CallId,
    HeaderName::Contact,
    HeaderName::ContentDisposition,
    HeaderName::ContentEncoding,
    HeaderName::ContentLanguage,
    HeaderName::ContentLength,
    HeaderName::ContentType,
    HeaderName::Cseq,
    HeaderName::Event,
    HeaderName::Expires,
    HeaderName::From,
    HeaderName::MaxForwards,
    HeaderName::MimeVersion,
    HeaderName::MinExpires,
    HeaderName::MinSe,
    HeaderName::Path,
    HeaderName::ProxyAuthenticate,
    HeaderName::ProxyAuthorization,
    HeaderName::ProxyRequire,
    HeaderName::RAck,
    HeaderName::RSeq,
    HeaderName::RecordRoute,
    HeaderName::ReferTo,
    HeaderName::ReferredBy,
    HeaderName::Replaces,
    HeaderName::Require,
    HeaderName::RetryAfter,
    HeaderName::Route,
    HeaderName::ServiceRoute,
    HeaderName::SessionExpires,
    HeaderName::SubscriptionState,
    HeaderName::Supported,
    HeaderName::Timestamp,
    HeaderName::To,
    HeaderName::Unsupported,
    HeaderName::UserAgent,
    HeaderName::Via,
    HeaderName::WwwAuthenticate,
    HeaderName::Other("Join"),
    HeaderName::Other("Target-Dialog"),
];
/// Headers that show who calls: `identity` decides on them, and no caller may write one.
const OF_THE_CALLER: &[HeaderName<'static>] = &[
    HeaderName::PAssertedIdentity,
    HeaderName::PPreferredIdentity,
    HeaderName::RemotePartyId,
    HeaderName::Privacy,
];
/// Headers that are repeated without a rule, or that the switch writes: they may be left out.
const OPTIONAL: &[HeaderName<'static>] = &[
    HeaderName::Identity,
    HeaderName::Diversion,
    HeaderName::HistoryInfo,
    HeaderName::Other("X-Strowger-Call"),
    HeaderName::Other("X-Strowger-Key"),
];

/// What a rule does with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Pass,
    Add,
    Remove,
}

/// The names of a trunk's rules so far.
#[derive(Debug, Default)]
struct Named(Vec<(String, Rule)>);

/// Reads the rules, and reports every fault. `None` if there is one.
pub(super) fn read(table: &Table<'_>, report: &mut Report<'_>) -> Option<HeaderRules> {
    let mut named = Named::default();
    let pass = names(table, ("headers_pass", Rule::Pass), &mut named, report);
    let add = added(table, &mut named, report);
    let remove = names(table, ("headers_remove", Rule::Remove), &mut named, report);
    let rules = HeaderRules { pass: pass?, add: add?, remove: remove? };
    let count = rules.pass.len() + rules.add.len() + rules.remove.len();
    if count > HeaderRules::MAX {
        let message = format!("a trunk has at most {} rules for headers", HeaderRules::MAX);
        report.error(table.at(), message, "remove some");
        return None;
    }
    Some(rules)
}

fn names(
    table: &Table<'_>,
    (key, rule): (&str, Rule),
    named: &mut Named,
    report: &mut Report<'_>,
) -> Option<Vec<String>> {
    let Some(list) = table.value(key) else { return Some(Vec::new()) };
    let items = list.list_or_one(report)?;
    let read: Vec<_> = items
        .iter()
        .map(|item| {
            let name = item.text(report)?;
            named.take((name, rule), item.at(), report).then(|| name.to_owned())
        })
        .collect();
    read.into_iter().collect()
}

fn added(
    table: &Table<'_>,
    named: &mut Named,
    report: &mut Report<'_>,
) -> Option<Vec<(String, Template<HeaderToken>)>> {
    let Some(value) = table.value("headers_add") else { return Some(Vec::new()) };
    let given: Vec<Value<'_>> = value.table(report)?.values().collect();
    let read: Vec<_> = given
        .iter()
        .map(|header| {
            let is_good = named.take((header.key(), Rule::Add), header.key_at(), report);
            let template = text(header, report)?;
            is_good.then(|| (header.key().to_owned(), template))
        })
        .collect();
    let mut read = read.into_iter().collect::<Option<Vec<_>>>()?;
    // In one order, so that a written book reads as an equal one.
    read.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(read)
}

fn text(value: &Value<'_>, report: &mut Report<'_>) -> Option<Template<HeaderToken>> {
    let text = value.words(HeaderRules::VALUE_MAX, report)?;
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let message = format!("the header `{}` has other than printable ASCII", clip(value.key()));
        report.error(value.at(), message, "");
        return None;
    }
    template::read(value, Spot::Header, HeaderToken::ALL.iter().map(|token| token.name()), report)
}

impl Named {
    /// Adds a name, unless it may not be in such a rule, or is in another one.
    fn take(&mut self, (name, rule): (&str, Rule), at: usize, report: &mut Report<'_>) -> bool {
        let shown = clip(name);
        if !is_token(name.as_bytes()) || name.len() > HeaderRules::NAME_MAX {
            let hint = format!("a token of at most {} bytes", HeaderRules::NAME_MAX);
            report.error(at, format!("`{shown}` is not the name of a header"), hint);
            return false;
        }
        let is_of = |names: &[HeaderName<'_>]| names.contains(&HeaderName::parse(name));
        if is_of(OF_THE_DIALOG) {
            let message = format!("the switch alone writes the header `{shown}`");
            report.error(at, message, "remove it");
            return false;
        }
        if is_of(OF_THE_CALLER) {
            let message = format!("the header `{shown}` shows who calls");
            report.error(at, message, "choose it by `identity`");
            return false;
        }
        if is_of(OPTIONAL) && rule != Rule::Remove {
            let message = format!("the switch writes or repeats the header `{shown}` itself");
            report.error(at, message, "only `headers_remove` may name it");
            return false;
        }
        let is_same = |known: &str| HeaderName::parse(known) == HeaderName::parse(name);
        if let Some((_, other)) = self.0.iter().find(|(known, _)| is_same(known)) {
            let hint = match *other == rule {
                true => "remove one of them",
                false => "a header has one rule",
            };
            report.error(at, format!("the header `{shown}` has two rules"), hint);
            return false;
        }
        self.0.push((name.to_owned(), rule));
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::book::Book;
    use crate::book::HeaderRules;
    use crate::book::parse;

    const TRUNK: &str = "[[trunk]]\nid = \"x\"\noutbound = \"sip:a\"\n";

    fn book(text: &str) -> Book {
        parse("b", text).0.unwrap_or_else(|| panic!("{}", check(text)))
    }

    /// Returns every fault, with its hint.
    fn check(text: &str) -> String {
        let (_, faults) = parse("b", text);
        let lines = faults.iter().map(|fault| format!("{} ({})", fault.message, fault.hint));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn rules_are_read() {
        let text = "headers_pass = [\"User-to-User\", \"s\"]\nheaders_remove = \"Diversion\"\n\
                    headers_add = { X-Camp = \"7\", X-Call = \"{call_id};n={number}\" }";
        let rules = book(&format!("{TRUNK}{text}")).trunks[0].headers.clone();
        assert_eq!(rules.pass, ["User-to-User", "s"]);
        let added = rules.add.iter().map(|(name, text)| format!("{name}: {text}"));
        assert_eq!(added.collect::<Vec<_>>(), ["X-Call: {call_id};n={number}", "X-Camp: 7"]);
        assert!(rules.passes("user-to-user") && rules.passes("Subject") && !rules.passes("X-Camp"));
        assert!(rules.removes("DIVERSION") && !rules.removes("Identity"));
    }

    #[test]
    fn every_fault_is_reported() {
        for (text, fault) in [
            ("headers_pass = [\"Via\"]", "the switch alone writes the header `Via`"),
            ("headers_pass = [\"X\"]", "the switch alone writes the header `X`"),
            ("headers_pass = [\"v\"]", "the switch alone writes the header `v`"),
            ("headers_pass = [\"CALL-ID\"]", "the switch alone writes"),
            ("headers_pass = [\"Content-Type\"]", "the switch alone writes"),
            ("headers_pass = [\"P-Asserted-Identity\"]", "shows who calls"),
            ("headers_pass = [\"Privacy\"]", "shows who calls"),
            ("headers_remove = [\"privacy\"]", "shows who calls"),
            ("headers_pass = [\"Identity\"]", "only `headers_remove` may name it"),
            ("headers_add = { y = \"a\" }", "only `headers_remove` may name it"),
            ("headers_add = { x-strowger-key = \"a\" }", "only `headers_remove` may name it"),
            ("headers_add = { Route = \"<sip:evil>\" }", "the switch alone writes"),
            ("headers_add = { X-A = \"a\\r\\nVia: b\" }", "other than printable ASCII"),
            ("headers_add = { X-A = \"\" }", "`X-A` is empty"),
            ("headers_add = { X-A = \"{zip}\" }", "unknown token `{zip}`"),
            ("headers_add = { \"X: y\" = \"a\" }", "`X: y` is not the name of a header"),
            ("headers_add = { \"\" = \"a\" }", "`` is not the name of a header"),
            ("headers_remove = [\"X Y\"]", "`X Y` is not the name of a header"),
            ("headers_pass = [\"X-A\", \"x-a\"]", "the header `x-a` has two rules"),
            ("headers_pass = [\"X-A\"]\nheaders_remove = [\"X-A\"]", "a header has one rule"),
        ] {
            let faults = check(&format!("{TRUNK}{text}"));
            assert!(faults.contains(fault), "{text}: {faults}");
        }
        let both = check(&format!("{TRUNK}headers_pass = [\"Via\", \"To\"]"));
        assert_eq!(both.matches("the switch alone writes").count(), 2, "{both}");
    }

    #[test]
    fn rules_are_bounded() {
        let names = |count: usize| (0..count).map(|n| format!("\"X-{n}\"")).collect::<Vec<_>>();
        let text = |count| format!("{TRUNK}headers_pass = [{}]", names(count).join(", "));
        assert_eq!(book(&text(HeaderRules::MAX)).trunks[0].headers.pass.len(), HeaderRules::MAX);
        let faults = check(&text(HeaderRules::MAX + 1));
        assert!(faults.contains("at most 32 rules for headers"), "{faults}");
        for (name, value, is_good) in [(64, 256, true), (65, 256, false), (64, 257, false)] {
            let (name, value) = ("X".repeat(name), "y".repeat(value));
            let text = format!("{TRUNK}headers_add = {{ {name} = \"{value}\" }}");
            assert_eq!(check(&text).is_empty(), is_good, "{}, {}", name.len(), value.len());
        }
    }
}
