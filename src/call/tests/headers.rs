//! The rules of a trunk for the headers of its INVITEs.

use super::bench::Bench;
use super::bench::book;
use super::bench::incoming_with;
use crate::call::CALL_HEADER;

const CALLERS: &str = "X-Lead: 7\r\nX-Other: secret\r\nDiversion: <sip:+12125550134@h>\r\n\
    P-Asserted-Identity: <sip:+13055550123@h>\r\nSubject: sale\r\nX-Camp: forged\r\n";

/// Returns the headers of the INVITE to the first buyer, as lines, whose trunk has these rules.
fn sent(rules: &str, destination: &str, withheld: bool) -> Vec<String> {
    let text = book("", &[("a", destination)]);
    let text = text.replacen("[[source]]", &format!("{rules}\n[[source]]"), 1);
    let mut bench = Bench::with_setup(&text, &[("f", "<Route/>")], "", |setup| {
        setup.incoming = incoming_with(CALLERS, "");
        if withheld {
            setup.record.caller = None;
        }
    });
    bench.word("opened");
    let headers = &bench.dialled[0].headers;
    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

const PHONE: &str = "destination = { phone = \"+13055550111\", trunk = \"t\" }";

#[test]
fn headers_are_passed_added_and_removed() {
    let rules = "headers_pass = [\"x-lead\", \"s\"]\nheaders_remove = [\"Diversion\", \"X-Strowger-Key\"]\n\
                 headers_add = { X-Camp = \"{offer}/{source}\", X-Of = \"{number}, {caller}\" }";
    let lines = sent(rules, PHONE, false);
    let after = lines.iter().skip_while(|line| !line.starts_with("s: "));
    assert_eq!(
        after.collect::<Vec<_>>(),
        ["s: sale", "x-lead: 7", "X-Camp: o/s", "X-Of: +18005550100, +13055550123"]
    );
    let gone = |name: &str| lines.iter().all(|line| !line.starts_with(name));
    assert!(gone("Diversion") && gone("X-Strowger-Key") && gone("X-Other"), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with(CALL_HEADER)), "{lines:?}");
    let identities = lines.iter().filter(|line| line.starts_with("P-Asserted-Identity"));
    assert_eq!(identities.count(), 1, "only ours");
}

/// A value that names a withheld caller is not sent, nor what else stands in its header.
#[test]
fn a_header_that_names_what_is_unknown_is_left_out() {
    let rules = "headers_add = { X-Of = \"a {caller}\", X-Id = \"{call_id}\" }";
    let lines = sent(rules, PHONE, true);
    assert!(!lines.iter().any(|line| line.starts_with("X-Of")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("X-Id: 01")), "{lines:?}");
}

#[test]
fn rules_are_those_of_the_trunk_that_is_dialed() {
    let rules = "headers_pass = \"X-Lead\"\nheaders_remove = \"Diversion\"";
    let direct = "destination = { sip = \"sip:d@198.51.100.9\" }";
    let lines = sent(rules, direct, false);
    assert!(!lines.iter().any(|line| line.starts_with("X-Lead")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("Diversion")), "{lines:?}");
}
