use super::bench::Bench;
use super::bench::book;

const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 2";
const PRESS_1: &str = "destination = { sip = \"sip:d@h\", accept = \"press-1\" }";
const WHISPER: &str = "destination = { sip = \"sip:d@h\", whisper = \"A call.\" }";
const PHONE: &str = "destination = { phone = \"+13055550111\", trunk = \"t\" }";

/// Runs `script` for the flow `<Route/>` of an unanswered caller.
fn check(offer: &str, contracts: &[(&str, &str)], script: &str, story: &str) {
    let played = Bench::play(&book(offer, contracts), "<Route/>", script);
    assert_eq!(played, story, "{offer} {contracts:?} {script}");
}

/// Over TLS, SRTP is offered; who refuses it is offered plain RTP once, if that would do.
#[test]
fn who_refuses_srtp_is_offered_plain_audio_once() {
    let preferred = "destination = { sip = \"sip:d@h;transport=tls\" }";
    let required = "destination = { sip = \"sip:d@h;transport=tls\", srtp = \"required\" }";
    let off = "destination = { sip = \"sip:d@h;transport=tls\", srtp = \"off\" }";
    for (destination, script, story) in [
        (
            preferred,
            "opened a:488-bandwidth a:rings a:answers ack +7000 a:bye bye:done",
            "decide:o dial:a plain dial:a 180 200 bridge:a commit:a bye:caller end:a \
             [bridged by buyer a=won/200 7000ms billed] done",
        ),
        (
            preferred,
            "opened a:415 a:488-codec",
            "decide:o dial:a plain dial:a release:a 480 \
             [no_contract by switch a=no_common_codec/488] done",
        ),
        (
            preferred,
            "opened a:486",
            "decide:o dial:a release:a 480 [no_contract by switch a=busy/486] done",
        ),
        (
            required,
            "opened a:488-codec",
            "decide:o dial:a release:a 480 [no_contract by switch a=no_common_codec/488] done",
        ),
        (
            off,
            "opened a:488-codec",
            "decide:o dial:a release:a 480 [no_contract by switch a=no_common_codec/488] done",
        ),
    ] {
        check("", &[("a", destination)], script, story);
    }
}

#[test]
fn one_after_the_other() {
    let two = &[("a", ""), ("c", "")];
    for (script, story) in [
        (
            "opened a:rings a:answers ack +7000 a:bye bye:done",
            "decide:o dial:a 180 200 bridge:a commit:a bye:caller end:a \
             [bridged by buyer a=won/200 7000ms billed] done",
        ),
        (
            "opened a:486 c:rings c:answers ack +4999 bye c:done",
            "decide:o dial:a release:a dial:c 180 200 bridge:c commit:c bye:c unbilled:c \
             [bridged by caller a=busy/486 c=won/200 4999ms free] done",
        ),
        (
            "opened a:603 c:480",
            "decide:o dial:a release:a dial:c unanswered:c 480 \
             [no_contract by switch a=declined/603 c=no_answer/480] done",
        ),
        (
            "opened a:rings +10000 a:gone c:timeout",
            "decide:o dial:a 180 cancel:a unanswered:a dial:c unanswered:c 480 \
             [no_contract by switch a=no_answer c=unreachable] done",
        ),
        (
            "opened a:babbles a:done c:486",
            "decide:o dial:a bye:a release:a dial:c release:c 480 \
             [no_contract by switch a=failed/200 c=busy/486] done",
        ),
        (
            "opened a:g729 a:done c:488",
            "decide:o dial:a bye:a release:a dial:c release:c 480 \
             [no_contract by switch a=no_common_codec/200 c=no_common_codec/488] done",
        ),
        (
            "opened a:606 c:606",
            "decide:o dial:a release:a dial:c release:c 480 \
             [no_contract by switch a=no_common_codec/606 c=no_common_codec/606] done",
        ),
        (
            "opened portless a:486",
            "decide:o dial:a release:a release:c 480 \
             [no_contract by switch a=busy/486 c=failed] done",
        ),
    ] {
        check("", two, script, story);
    }
}

#[test]
fn the_flow_may_want_it_rung_otherwise_than_the_offer() {
    let two: &[(&str, &str)] = &[("a", ""), ("c", "")];
    for (offer, flow, script, story) in [
        (
            "",
            "<Route ringWidth='2'/>",
            "opened a:486 c:480",
            "decide:o dial:a dial:c release:a unanswered:c 480 \
             [no_contract by switch a=busy/486 c=no_answer/480] done",
        ),
        (
            TOGETHER,
            "<Route ringWidth='1'/>",
            "opened a:486 c:480",
            "decide:o dial:a release:a dial:c unanswered:c 480 \
             [no_contract by switch a=busy/486 c=no_answer/480] done",
        ),
        (
            "",
            "<Route ringTimeout='4'/>",
            "opened +4000 a:gone c:486",
            "decide:o dial:a cancel:a unanswered:a dial:c release:c 480 \
             [no_contract by switch a=no_answer c=busy/486] done",
        ),
    ] {
        let played = Bench::play(&book(offer, two), flow, script);
        assert_eq!(played, story, "{flow} {script}");
    }
    let waits = "<Say>Hi</Say><Route ringback='hold.wav'/>";
    let played = Bench::play(&book("", two), waits, "opened ack heard");
    assert!(played.contains("tune") && !played.contains("tone"), "{played}");
}

#[test]
fn the_first_of_a_wave_wins() {
    let three = &[("a", ""), ("c", ""), ("d", "")];
    for (script, story) in [
        // Both answer at the same time: the second has already been canceled.
        (
            "opened a:rings a:answers c:answers ack c:done +5000 bye a:done",
            "decide:o dial:a dial:c 180 elsewhere:c release:c 200 bridge:a commit:a bye:a end:a \
             [bridged by caller a=won/200 c=lost_race/200 5000ms billed] done",
        ),
        (
            "opened c:answers a:late ack +1 c:bye bye:done",
            "decide:o dial:a dial:c elsewhere:a release:a 200 bridge:c commit:c bye:caller unbilled:c \
             [bridged by buyer a=lost_race/200 c=won/200 1ms free] done",
        ),
        (
            "opened c:answers a:486 ack bye c:done",
            "decide:o dial:a dial:c elsewhere:a release:a 200 bridge:c commit:c bye:c unbilled:c \
             [bridged by caller a=busy/486 c=won/200 0ms free] done",
        ),
        // The next wave waits for the whole current wave.
        (
            "opened a:486 c:486 d:486",
            "decide:o dial:a dial:c release:a release:c dial:d release:d 480 \
             [no_contract by switch a=busy/486 c=busy/486 d=busy/486] done",
        ),
    ] {
        check(TOGETHER, three, script, story);
    }
}

#[test]
fn a_wave_keeps_to_its_tier() {
    let tiers = &[("a", ""), ("c", "tier = \"secondary\""), ("d", "tier = \"secondary\"")];
    check(
        TOGETHER,
        tiers,
        "opened a:486 c:486 d:486",
        "decide:o dial:a release:a dial:c dial:d release:c release:d 480 \
         [no_contract by switch a=busy/486 c=busy/486 d=busy/486] done",
    );
}

#[test]
fn a_full_cap_leaves_its_place_to_the_next() {
    let full = "caps = { concurrent = 0 }";
    for (ring, contracts, story) in [
        // The first decision does not see the full cap here: the hold does.
        (
            "",
            [("a", full), ("c", ""), ("d", "")],
            "decide:o cap_concurrent:a dial:c release:c dial:d release:d 480 \
             [no_contract by switch c=busy/486 d=busy/486] done",
        ),
        (
            TOGETHER,
            [("a", full), ("c", ""), ("d", "")],
            "decide:o cap_concurrent:a dial:c dial:d release:c release:d 480 \
             [no_contract by switch c=busy/486 d=busy/486] done",
        ),
    ] {
        check(ring, &contracts, "opened c:486 d:486", story);
    }
    check(
        TOGETHER,
        &[("a", full), ("c", full)],
        "opened",
        "decide:o cap_concurrent:a cap_concurrent:c decide:o 480 [no_contract by switch] done",
    );
}

#[test]
fn when_every_hold_is_refused_it_is_decided_again() {
    let full = "caps = { total = 0 }";
    let overflow = "tier = \"overflow\"";
    for (contracts, script, story) in [
        // Overflow opens, because the second decision finds the others full.
        (
            vec![("a", full), ("c", full), ("d", overflow)],
            "opened d:486",
            "decide:o cap_total:a cap_total:c decide:o dial:d release:d 480 \
             [no_contract by switch d=busy/486] done",
        ),
        // A buyer was rung: a second decision would ring them again.
        (
            vec![("a", ""), ("c", full), ("d", overflow)],
            "opened a:486",
            "decide:o dial:a release:a cap_total:c 480 [no_contract by switch a=busy/486] done",
        ),
        (
            vec![("a", full), ("c", full)],
            "opened",
            "decide:o cap_total:a cap_total:c decide:o 480 [no_contract by switch] done",
        ),
    ] {
        check("", &contracts, script, story);
    }
}

#[test]
fn the_gate_opens_for_a_key() {
    let gated = &[("a", PRESS_1), ("c", "")];
    for (script, story) in [
        (
            "opened a:answers a:key:1 ack +6000 bye a:done",
            "decide:o dial:a play:a 200 bridge:a commit:a bye:a end:a \
             [bridged by caller a=won/200 6000ms billed] done",
        ),
        // A wrong key and silence repeat the whisper, three times in all; then the gate closes.
        (
            "opened a:answers a:key:5 a:heard a:key:7 a:heard +20000 a:done c:486",
            "decide:o dial:a play:a play:a play:a bye:a release:a dial:c release:c 480 \
             [no_contract by switch a=not_accepted/200 c=busy/486] done",
        ),
        // The right key after the last whisper still counts.
        (
            "opened a:answers a:heard a:heard a:heard +9000 a:key:1 ack bye a:done",
            "decide:o dial:a play:a play:a play:a 200 bridge:a commit:a bye:a unbilled:a \
             [bridged by caller a=won/200 0ms free] done",
        ),
        (
            "opened a:answers a:bye c:486",
            "decide:o dial:a play:a release:a dial:c release:c 480 \
             [no_contract by switch a=not_accepted/200 c=busy/486] done",
        ),
        (
            "opened a:answers cancel a:done",
            "decide:o dial:a play:a bye:a release:a \
             [abandoned by caller a=not_accepted/200] done",
        ),
    ] {
        check("", gated, script, story);
    }
}

#[test]
fn a_whisper_is_heard_to_its_end() {
    let gated = &[("a", WHISPER)];
    for (script, story) in [
        (
            "opened a:answers a:key:1 heard:99 a:heard ack bye a:done",
            "decide:o dial:a play:a 200 bridge:a commit:a bye:a unbilled:a \
             [bridged by caller a=won/200 0ms free] done",
        ),
        // The end of a stopped play changes nothing.
        (
            "opened a:answers a:heard a:heard ack bye a:done",
            "decide:o dial:a play:a 200 bridge:a commit:a bye:a unbilled:a \
             [bridged by caller a=won/200 0ms free] done",
        ),
    ] {
        check("", gated, script, story);
    }
}

#[test]
fn a_rival_in_the_gate_loses_the_race() {
    check(
        TOGETHER,
        &[("a", PRESS_1), ("c", "")],
        "opened a:answers c:answers a:key:1 ack a:done bye c:done",
        "decide:o dial:a dial:c play:a bye:a release:a 200 bridge:c commit:c bye:c unbilled:c \
         [bridged by caller a=lost_race/200 c=won/200 0ms free] done",
    );
}

#[test]
fn a_gateway_that_fails_is_followed_by_the_next() {
    let phone = &[("a", PHONE), ("c", "")];
    for (script, story) in [
        (
            "opened a:503 a:answers ack bye a:done",
            "decide:o dial:a way1:a dial:a 200 bridge:a commit:a bye:a unbilled:a \
             [bridged by caller a=won/200 0ms free] done",
        ),
        // The record shows the response of the last gateway.
        (
            "opened a:timeout +100 a:503 c:486",
            "decide:o dial:a way1:a dial:a way2:a release:a dial:c release:c 480 \
             [no_contract by switch a=failed/503 c=busy/486] done",
        ),
        // A gateway may have no route to the number. A busy phone is busy on every gateway.
        (
            "opened a:404 a:486 c:486",
            "decide:o dial:a way1:a dial:a release:a dial:c release:c 480 \
             [no_contract by switch a=busy/486 c=busy/486] done",
        ),
        // A phone that has rung is not rung again, unless the gateway itself fails.
        (
            "opened a:rings a:480 c:486",
            "decide:o dial:a 180 unanswered:a dial:c release:c 480 \
             [no_contract by switch a=no_answer/480 c=busy/486] done",
        ),
        (
            "opened a:rings a:503 a:answers ack bye a:done",
            "decide:o dial:a 180 way1:a dial:a 200 bridge:a commit:a bye:a unbilled:a \
             [bridged by caller a=won/200 0ms free] done",
        ),
        // A further gateway has what is left of the ring time of 10 s.
        (
            "opened +4000 a:timeout +6000 a:gone c:486",
            "decide:o dial:a way1:a dial:a cancel:a unanswered:a dial:c release:c 480 \
             [no_contract by switch a=no_answer c=busy/486] done",
        ),
        // A busy phone is busy on every gateway.
        (
            "opened a:486 c:486",
            "decide:o dial:a release:a dial:c release:c 480 \
             [no_contract by switch a=busy/486 c=busy/486] done",
        ),
        // Canceled between two gateways.
        (
            "opened later a:503 cancel give",
            "decide:o dial:a way1:a release:a [abandoned by caller a=failed/503] done",
        ),
        (
            "opened portless a:503",
            "decide:o dial:a way1:a release:a release:c 480 \
             [no_contract by switch a=failed/503 c=failed] done",
        ),
    ] {
        check("", phone, script, story);
    }
}

#[test]
fn offers_hand_on_what_they_cannot_sell() {
    let dq = "dq = { offer = \"p\" }";
    // `z` is buyer b's contract on offer p, whose catch-all buyer is b: it is rung twice.
    let contracts = &[("a", ""), ("z", "offer = \"p\"")];
    check(
        dq,
        contracts,
        "opened a:486 z:486 z:486",
        "decide:o dial:a release:a decide:p dial:z release:z dial:z release:z 480 \
         [no_contract by switch a=busy/486 z=busy/486 z=busy/486] done",
    );
    check(
        "dq = { recording = \"sorry\" }",
        &[("a", "")],
        "opened a:486 ack heard bye:done",
        "decide:o dial:a release:a 200 play:caller bye:caller \
         [no_contract by switch a=busy/486] done",
    );
}

#[test]
fn a_step_without_an_offer_sells_the_numbers_own() {
    let contracts = &[("a", ""), ("z", "offer = \"p\"")];
    let flow = "<Step id='s'><Route offer='p'><NoBuyer goto='t'/></Route></Step>\
                <Step id='t'><Route/></Step>";
    let played = Bench::play(&book("", contracts), flow, "opened z:486 z:486 a:486");
    assert_eq!(
        played,
        "decide:p dial:z release:z dial:z release:z decide:o dial:a release:a 480 \
         [no_contract by switch z=busy/486 z=busy/486 a=busy/486] done"
    );
}
