use super::bench::Bench;
use super::bench::book;

#[test]
fn a_call_rings_at_most_fifty_buyers() {
    let names: Vec<String> = (0..70).map(|place| format!("c{place}")).collect();
    let contracts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    for ring in ["", "ring = \"simultaneous\"\nring_width = 3"] {
        let script: Vec<String> = names.iter().take(50).map(|name| format!("{name}:486")).collect();
        let played = Bench::play(
            &book(ring, &contracts),
            "<Route/>",
            &format!("opened {}", script.join(" ")),
        );
        assert_eq!(played.matches("dial:").count(), 50, "{played}");
        assert!(played.ends_with("done"), "{played}");
    }
}

#[test]
fn a_call_lasts_four_hours_at_most() {
    let one = book("", &[("a", "")]);
    let four_hours = 4 * 3_600 * 1_000;
    let script = format!("opened a:answers ack +{four_hours} a:done bye:done");
    assert_eq!(
        Bench::play(&one, "<Route/>", &script),
        "decide:o dial:a 200 bridge:a commit:a bye:caller bye:a end:a \
         [bridged by switch a=won/200 14400000ms billed] done"
    );
    // A play whose end is never reported.
    let script = format!("opened ack +{four_hours} bye:done");
    assert_eq!(
        Bench::play(&one, "<Say>Hi.</Say><Route/>", &script),
        "200 play:caller bye:caller [rejected_caller by switch] done"
    );
}

#[test]
fn a_flow_that_routes_for_ever_ends() {
    let flow = "<Step id='s'><Route><NoBuyer goto='s'/></Route></Step>";
    let full = book("", &[("a", "enabled = false")]);
    let played = Bench::play(&full, flow, "opened");
    assert!(played.ends_with("480 [no_contract by switch] done"), "{}", played.len());
    assert!(played.matches("decide:").count() <= 1_000);
}
