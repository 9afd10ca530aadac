use super::bench::Bench;
use super::bench::book;
use super::bench::description;
use super::bench::incoming_with;

const SAYS: &str = "<Say>Hi.</Say><Route/>";

fn check(flow: &str, script: &str, story: &str) {
    let played = Bench::play(&book("", &[("a", "")]), flow, script);
    assert_eq!(played, story, "{flow} {script}");
}

#[test]
fn a_flow_that_speaks_answers_first() {
    check(
        SAYS,
        "opened ack heard a:answers +5000 bye a:done",
        "200 play:caller tone decide:o dial:a bridge:a commit:a bye:a end:a \
         [bridged by caller a=won/200 5000ms billed] done",
    );
    // The end of an earlier play changes nothing.
    check(SAYS, "opened ack heard:99 heard:0", "200 play:caller");
}

#[test]
fn the_record_comes_before_the_answer() {
    check(
        "<Route/>",
        "opened a:answers ack bye a:done",
        "decide:o dial:a 200 bridge:a commit:a bye:a unbilled:a \
         [bridged by caller a=won/200 0ms free] done",
    );
    // No buyer is rung before the record is opened, whatever the result.
    check("<Route/>", "+1000", "decide:o");
    check("<Route/>", "cancel", "decide:o release:a [abandoned by caller] done");
    check(SAYS, "unopened", "503 [overload by switch] done");
    check("<Route/>", "unopened", "decide:o 503 release:a [overload by switch] done");
    check(
        "<Dial to='sip:desk@198.51.100.9'/><Hangup/>",
        "unopened",
        "503 [overload by switch] done",
    );
}

#[test]
fn a_caller_who_is_not_answered_is_refused() {
    for (flow, story) in [
        ("<Reject reason='busy'/>", "486 [rejected_caller by switch] done"),
        ("<Hangup/>", "480 [rejected_caller by switch] done"),
        ("<Redirect flow='none'/>", "480 [rejected_caller by switch] done"),
    ] {
        check(flow, "", story);
    }
    check(
        "<Say>Hi.</Say><Reject/>",
        "opened ack heard bye:done",
        "200 play:caller bye:caller [rejected_caller by switch] done",
    );
}

#[test]
fn a_flow_goes_on_in_another() {
    check(
        "<Redirect flow='g'/>",
        "opened a:486",
        "decide:o dial:a release:a 480 [no_contract by switch a=busy/486] done",
    );
    // Two flows that redirect to each other end.
    let flows = [("f", "<Redirect flow='g'/>"), ("g", "<Redirect flow='f'/>")];
    let body = String::from_utf8(description().to_vec()).unwrap();
    let played = Bench::with_body(&book("", &[("a", "")]), &flows, &body).words("");
    assert_eq!(played, "480 [rejected_caller by switch] done");
}

#[test]
fn a_delayed_offer_is_answered_in_the_ack() {
    for (flow, script, story) in [
        (
            SAYS,
            "opened ack:ANSWER heard a:answers bye a:done",
            "200 play:caller tone decide:o dial:a bridge:a commit:a bye:a unbilled:a \
             [bridged by caller a=won/200 0ms free] done",
        ),
        (
            "<Route/>",
            "opened a:answers ack:ANSWER +5000 bye a:done",
            "decide:o dial:a 200 bridge:a commit:a bye:a end:a \
             [bridged by caller a=won/200 5000ms billed] done",
        ),
        (
            "<Route/>",
            "opened a:answers ack:GARBAGE a:done bye:done",
            "decide:o dial:a 200 bye:caller bye:a release:a \
             [rejected_caller by switch a=canceled/200] done",
        ),
        (
            "<Route/>",
            "opened a:answers ack:G729 a:done bye:done",
            "decide:o dial:a 200 bye:caller bye:a release:a \
             [no_common_codec by switch a=canceled/200] done",
        ),
    ] {
        let played = Bench::with_body(&book("", &[("a", "")]), &[("f", flow)], "").words(script);
        assert_eq!(played, story, "{script}");
    }
}

#[test]
fn a_caller_whose_sdp_is_malformed_is_refused_with_400() {
    for flow in ["<Route/>", SAYS] {
        let played =
            Bench::with_body(&book("", &[("a", "")]), &[("f", flow)], "v=1\r\n").words("opened");
        assert_eq!(played, "400 [rejected_caller by switch] done", "{flow}");
    }
}

#[test]
fn a_caller_without_a_codec_of_ours_is_refused() {
    let video = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                 m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n";
    for flow in ["<Route/>", SAYS] {
        let played =
            Bench::with_body(&book("", &[("a", "")]), &[("f", flow)], video).words("opened");
        assert_eq!(played, "488 [no_common_codec by switch] done", "{flow}");
    }
}

#[test]
fn a_caller_may_leave_at_any_time() {
    for (flow, script, story) in [
        (
            "<Route/>",
            "opened cancel a:gone",
            "decide:o dial:a cancel:a release:a [abandoned by caller a=canceled] done",
        ),
        (
            "<Route/>",
            "opened later cancel",
            "decide:o dial:a cancel:a release:a [abandoned by caller a=canceled]",
        ),
        (SAYS, "cancel", "[abandoned by caller] done"),
        (SAYS, "opened cancel", "200 [abandoned by caller] done"),
        (SAYS, "opened noack", "200 [caller_unconfirmed by switch] done"),
        (SAYS, "opened ack bye", "200 play:caller [abandoned by caller] done"),
        // The caller's CANCEL crosses the winner's 200: the two were not connected, no buyer pays.
        (
            "<Route/>",
            "opened a:answers cancel a:done",
            "decide:o dial:a 200 bridge:a bye:a release:a [abandoned by caller a=canceled/200] done",
        ),
        // The caller never acknowledges the winner's 200.
        (
            "<Route/>",
            "opened a:answers +32000 noack a:done",
            "decide:o dial:a 200 bridge:a bye:a release:a [caller_unconfirmed by switch a=canceled/200] done",
        ),
    ] {
        check(flow, script, story);
    }
}

#[test]
fn a_crossed_200_is_no_answer_in_the_record() {
    let mut bench = Bench::with_body(
        &book("", &[("a", "")]),
        &[("f", SAYS)],
        std::str::from_utf8(&description()).unwrap(),
    );
    bench.word("opened");
    bench.word("cancel");
    let record = bench.record.expect("a record");
    assert_eq!((record.answered_at, record.sip_status), (None, Some(487)));
}

#[test]
fn either_party_may_change_its_media() {
    check(
        "<Route/>",
        "opened a:answers ack reoffers a:reoffers a:asks a:reanswers ack:ANSWER bye a:reoffers a:done",
        "decide:o dial:a 200 bridge:a commit:a media:caller answer:caller:sdp media:a answer:a:sdp \
         answer:a:sdp media:a media:caller bye:a unbilled:a \
         [bridged by caller a=won/200 0ms free] answer:a:488 done",
    );
}

/// A passport names the caller: whoever withholds the number, or is shown by another, is not named.
#[test]
fn an_identity_is_passed_on_only_with_the_callers_number() {
    const HEADERS: &str = "Diversion: <sip:+12125550134@h>\r\nIdentity: a.b.c\r\n";
    let fixed = |more: &str| format!("<Dial to='sip:desk@198.51.100.9'{more}/><Hangup/>");
    let both = &["Diversion", "Identity"][..];
    for (flow, caller, expected) in [
        ("<Route/>".to_owned(), Some("+13055550123"), both),
        ("<Route/>".to_owned(), None, &["Diversion"]),
        (fixed(""), Some("+13055550123"), both),
        (fixed(""), None, &["Diversion"]),
        (fixed(" callerId='+13055550199'"), Some("+13055550123"), &["Diversion"]),
    ] {
        let body = String::from_utf8(description().to_vec()).unwrap();
        let flows = [("f", flow.as_str())];
        let mut bench = Bench::with_setup(&book("", &[("a", "")]), &flows, &body, |setup| {
            setup.incoming = incoming_with(HEADERS, &body);
            setup.record.caller = caller.map(|number| number.parse().unwrap());
        });
        bench.word("opened");
        let names = bench.dialled[0].headers.iter().map(|(name, _)| name.as_str());
        let passed: Vec<&str> = names.filter(|name| both.contains(name)).collect();
        assert_eq!(passed, expected, "{flow} {caller:?}");
    }
}
