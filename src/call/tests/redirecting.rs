//! Redirections are followed to destinations of the book only.

use super::bench::Bench;
use super::bench::book;

const OTHER: &str = "destination = { sip = \"sip:e@198.51.100.8:5070\" }\nenabled = false";
const PHONE: &str = "destination = { phone = \"+13055550111\", trunk = \"t\" }\nenabled = false";

/// Returns the story, and what was dialled.
fn play(contracts: &[(&str, &str)], script: &str) -> (String, Vec<String>) {
    let mut bench = Bench::with_flow(&book("", contracts), "<Route/>");
    script.split_whitespace().for_each(|word| bench.word(word));
    let targets = bench.targets.clone();
    (bench.words(""), targets)
}

#[test]
fn a_redirection_to_another_destination_of_the_book_is_dialled() {
    let contracts = &[("a", ""), ("other", OTHER), ("phone", PHONE)];
    for (to, dialled) in [
        ("sip:e@198.51.100.8:5070", "sip:e@198.51.100.8:5070"),
        ("sip:x@elsewhere.example,sip:e@198.51.100.8:5070", "sip:e@198.51.100.8:5070"),
        ("tel:+13055550111", "+13055550111"),
        ("sip:+13055550111@carrier.example;user=phone", "+13055550111"),
    ] {
        let script = format!("opened a:302:{to} fixed:answers ack +7000 bye fixed:done");
        let (story, targets) = play(contracts, &script);
        let expected = "decide:o dial:a dial:fixed 200 bridge:fixed commit:a bye:fixed end:a \
                        [bridged by caller a=won/200 7000ms billed] done";
        assert_eq!(story, expected, "{to}");
        assert_eq!(targets, ["sip:d@198.51.100.9", dialled], "{to}");
    }
}

#[test]
fn any_other_redirection_is_a_refusal() {
    let contracts = &[("a", ""), ("other", OTHER)];
    for to in ["sip:premium@elsewhere.example", "sip:e@198.51.100.8", "tel:+881612345678"] {
        let (story, targets) = play(contracts, &format!("opened a:302:{to}"));
        let expected = "decide:o dial:a release:a 480 [no_contract by switch a=failed/302] done";
        assert_eq!(story, expected, "{to}");
        assert_eq!(targets.len(), 1, "{to}");
    }
}

#[test]
fn redirections_are_bounded() {
    let contracts = &[("a", ""), ("other", OTHER)];
    let to = "302:sip:e@198.51.100.8:5070";
    let script = format!("opened a:{to} fixed:{to} fixed:{to} fixed:{to}");
    let (story, targets) = play(contracts, &script);
    assert_eq!(targets.len(), 4, "{story}");
    assert!(story.ends_with("[no_contract by switch a=failed/302] done"), "{story}");
}

/// A leg that was offered plain RTP, because its far end refused SRTP, is redirected to a destination that
/// must have SRTP.
#[test]
fn another_destination_is_offered_what_the_book_says_of_it() {
    let preferred = "destination = { sip = \"sip:d@h;transport=tls\" }";
    for (srtp, transport) in [("required", "RTP/SAVP "), ("off", "RTP/AVP ")] {
        let other = format!(
            "destination = {{ sip = \"sip:e@h;transport=tls\", srtp = \"{srtp}\" }}\nenabled = false"
        );
        let contracts = [("a", preferred), ("other", &other)];
        let mut bench = Bench::with_flow(&book("", &contracts), "<Route/>");
        let script = "opened a:488-codec a:302:sip:e@h;transport=tls";
        script.split_whitespace().for_each(|word| bench.word(word));
        let offers = bench.dialled.iter().map(|dial| String::from_utf8_lossy(&dial.offer));
        let offers: Vec<_> = offers.collect();
        let is_over = |at: usize, transport: &str| offers[at].contains(transport);
        assert!(is_over(0, "RTP/SAVP ") && is_over(1, "RTP/AVP "), "{offers:?}");
        assert!(offers.len() == 3 && is_over(2, transport), "{srtp}: {offers:?}");
    }
}
