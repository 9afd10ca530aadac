//! What flows dial without a contract, look up and record.

use super::bench::Bench;
use super::bench::book;
use crate::call::RECORDINGS_MAX;

const CALLS: &[(&str, &str, &str)] = &[
    // A fixed destination is rung like a buyer, without a hold, and not billed.
    (
        "<Dial to='sip:desk@198.51.100.9'/><Hangup/>",
        "opened fixed:rings fixed:answers ack +60000 bye fixed:done",
        "dial:fixed 180 200 bridge:fixed bye:fixed \
         [transferred by caller sip:desk@198.51.100.9=won 60000ms free] done",
    ),
    (
        "<Say>Hi.</Say><Dial to='sip:desk@198.51.100.9'/><Hangup/>",
        "opened ack heard fixed:answers +1000 fixed:bye bye:done",
        "200 play:caller tone dial:fixed bridge:fixed bye:caller \
         [transferred by buyer sip:desk@198.51.100.9=won 1000ms free] done",
    ),
    // A destination that hangs up before the bridge did not take the call.
    (
        "<Dial to='sip:desk@198.51.100.9'/><Hangup/>",
        "opened fixed:answers fixed:bye bye:done",
        "dial:fixed 200 bridge:fixed bye:caller \
         [rejected_caller by switch sip:desk@198.51.100.9=gone] done",
    ),
    (
        "<Step id='a'><Dial to='sip:desk@198.51.100.9'><Failed goto='b'/></Dial><Hangup/></Step>\
         <Step id='b'><Reject reason='busy'/></Step>",
        "opened fixed:488",
        "dial:fixed 486 [rejected_caller by switch sip:desk@198.51.100.9=no_common_codec] done",
    ),
    // Each kind of failure has its branch; a number is also tried at the trunk's further addresses.
    (
        "<Step id='a'><Dial to='+13055550100' timeout='20'><Busy goto='b'/></Dial><Hangup/></Step>\
         <Step id='b'><Tag name='line' value='busy'/><Reject reason='busy'/></Step>",
        "opened fixed:486",
        "dial:fixed 486 [rejected_caller by switch +13055550100=busy #line=busy] done",
    ),
    (
        "<Dial to='+13055550100'/><Route/>",
        "opened fixed:503 fixed:timeout a:404",
        "dial:fixed way1:fixed dial:fixed way2:fixed decide:o dial:a release:a \
         480 [no_contract by switch a=failed/404 +13055550100=unreachable] done",
    ),
    // An emergency number, and a premium-rate number through the inbound trunk, are not dialled.
    (
        "<Dial to='sip:911@198.51.100.9'/><Dial to='+19005550100'/><Reject/>",
        "opened",
        "603 [rejected_caller by switch sip:911@198.51.100.9=barred +19005550100=barred] done",
    ),
    (
        "<Step id='a'><Dial to='sip:desk@198.51.100.9' timeout='10'><NoAnswer goto='b'/></Dial>\
         <Hangup/></Step><Step id='b'><Reject/></Step>",
        "opened +10000 fixed:gone",
        "dial:fixed cancel:fixed \
         603 [rejected_caller by switch sip:desk@198.51.100.9=no_answer] done",
    ),
    (
        "<Dial to='sip:desk@198.51.100.9'/><Hangup/>",
        "opened portless cancel fixed:gone",
        "dial:fixed cancel:fixed \
         [abandoned by caller sip:desk@198.51.100.9=canceled] done",
    ),
    // The response of a web server fills fields.
    (
        "<Lookup url='https://h/?p={phone}'><Field name='zip' pointer='/zip'/></Lookup>\
         <Tag name='zip' value='at {zip}'/><Reject/>",
        "found:zip=90210",
        "lookup:https://h/?p=%2B13055550123 603 [rejected_caller by switch #zip=at 90210] done",
    ),
    (
        "<Step id='a'><Lookup url='https://h/'><Field name='zip' pointer='/zip'/>\
         <Failed goto='b'/></Lookup><Route/></Step><Step id='b'><Reject/></Step>",
        "found:-",
        "lookup:https://h/ 603 [rejected_caller by switch] done",
    ),
    (
        "<Lookup url='https://h/'><Field name='zip' pointer='/zip'/></Lookup><Reject/>",
        "cancel found:zip=90210",
        "lookup:https://h/ [abandoned by caller] done",
    ),
    // A caller who has called before.
    (
        "<Step id='a'><If repeatWithin='30d' goto='b'/><Route/></Step>\
         <Step id='b'><Reject/></Step>",
        "last:29",
        "last? 603 [rejected_caller by switch] done",
    ),
    (
        "<Step id='a'><If repeatWithin='30d' goto='b'/><Route/></Step>\
         <Step id='b'><Reject/></Step>",
        "opened last:31 a:404",
        "last? decide:o dial:a release:a 480 [no_contract by switch a=failed/404] done",
    ),
    (
        "<Step id='a'><If repeatWithin='30d' goto='b'/><Route/></Step>\
         <Step id='b'><Reject/></Step>",
        "cancel last:1",
        "last? [abandoned by caller] done",
    ),
];

#[test]
fn fixed_destinations_lookups_and_callers_of_before() {
    let book = book("", &[("a", "")]);
    for (flow, script, story) in CALLS {
        assert_eq!(Bench::play(&book, flow, script), *story, "{flow} {script}");
    }
}

/// Runs a script and returns the field that the recording sets in the record.
fn message(flow: &str, script: &str) -> (String, Option<String>) {
    let flows = [("f", flow)];
    let body = String::from_utf8(super::bench::description().to_vec()).unwrap();
    let mut bench = Bench::with_body(&book("", &[("a", "")]), &flows, &body);
    script.split_whitespace().for_each(|word| bench.word(word));
    let record = bench.record.as_ref().unwrap_or_else(|| panic!("{:?}", bench.story));
    (bench.story.join(" "), record.fields.get("message").cloned())
}

#[test]
fn a_recordings_name_is_kept_also_when_the_caller_hangs_up() {
    let flow = "<Record field='message' finishOnKey='#'/><Say>Bye.</Say><Hangup/>";
    let first = "200 record:1.wav";
    for (script, story, kept) in [
        (
            "opened ack recorded:m.wav heard bye:done",
            "play:caller bye:caller [voicemail by switch] done",
            Some("m.wav"),
        ),
        (
            "opened ack key:5 key:# recorded:m.wav heard bye:done",
            "stop-recording play:caller bye:caller [voicemail by switch] done",
            Some("m.wav"),
        ),
        (
            "opened ack recorded:- heard bye:done",
            "play:caller bye:caller [no_contract by switch] done",
            None,
        ),
        // The record waits for the recording, which ends with the leg.
        ("opened ack bye recorded:m.wav", "[voicemail by caller] done", Some("m.wav")),
        ("opened ack bye recorded:-", "[abandoned by caller] done", None),
        (
            "opened ack stop recorded:m.wav bye:done",
            "bye:caller [switch_restart by switch] done",
            Some("m.wav"),
        ),
    ] {
        let (played, message) = message(flow, script);
        let played = played.replace("rejected_caller", "no_contract");
        assert_eq!(played, format!("{first} {story}"), "{script}");
        assert_eq!(message.as_deref(), kept, "{script}");
    }
    // The record does not wait for a recording that never began.
    let (played, kept) = message(flow, "opened bye");
    assert_eq!((played.as_str(), kept), ("200 [abandoned by caller] done", None));
}

/// A message before a sale does not change how the sale ends; without a sale the call is a
/// voicemail, however it ends.
#[test]
fn a_call_with_a_message_and_without_a_sale_is_a_voicemail() {
    let record = "<Record field='message'/>";
    for (rest, script, reason) in [
        ("<Hangup/>", "recorded:m.wav bye:done", "voicemail by switch"),
        ("<Reject/>", "recorded:m.wav bye:done", "voicemail by switch"),
        ("<Route/>", "recorded:m.wav a:486 bye:done", "voicemail by switch"),
        ("<Route/>", "recorded:m.wav bye a:gone", "voicemail by caller"),
        ("<Route/>", "recorded:- a:486 bye:done", "no_contract by switch"),
        ("<Route/>", "recorded:- bye a:gone", "abandoned by caller"),
        ("<Hangup/>", "stop recorded:m.wav bye:done", "switch_restart by switch"),
        ("<Route/>", "recorded:m.wav a:rings a:answers +95000 bye a:done", "bridged by caller"),
        (
            "<Dial to='sip:desk@198.51.100.9'/>",
            "recorded:m.wav fixed:rings fixed:answers +60000 bye fixed:done",
            "transferred by caller",
        ),
    ] {
        let (played, _) = message(&format!("{record}{rest}"), &format!("opened ack {script}"));
        assert!(played.contains(&format!("[{reason}")), "{rest} {script}: {played}");
    }
}

/// A caller who is asked to record for ever fills no disk.
#[test]
fn a_call_keeps_a_bounded_number_of_recordings() {
    let flow =
        "<Step id='a'><Record field='message'/><If poolAtMost='9' goto='a' else='a'/></Step>";
    let recorded = " recorded:m.wav".repeat(RECORDINGS_MAX);
    let (played, _) = message(flow, &format!("opened ack{recorded} bye:done"));
    let count = played.matches("record:").count();
    assert_eq!(count, RECORDINGS_MAX, "{played}");
    assert!(played.contains("[voicemail by switch"), "the flow ends by its own bound: {played}");
}

#[test]
fn a_question_that_changes_nothing_is_left_out() {
    let flow = "<Gather field='owner' ask='when-needed' gate='false' numDigits='1'>\
                <Say>?</Say></Gather><Gather field='age' ask='when-needed' gate='false' \
                numDigits='1'><Say>?</Say></Gather><Route/>";
    let looks = |field: &str| {
        format!("filters = {{ fields = [{{ field = \"{field}\", equals = \"1\" }}] }}")
    };
    for (fields, script, story) in [
        (vec!["x"], "opened ack", "200 tone decide:o"),
        (vec!["owner"], "opened ack key:1", "200 play:caller tone decide:o dial:a"),
        (vec!["age"], "opened ack key:2", "200 play:caller tone decide:o 480"),
        // Each field decides on one of the two contracts, so the flow asks both questions.
        (vec!["owner", "age"], "opened ack key:1 key:1", "200 play:caller play:caller tone"),
    ] {
        let more: Vec<String> = fields.iter().map(|field| looks(field)).collect();
        let names = ["a", "b"];
        let contracts: Vec<(&str, &str)> =
            names.into_iter().zip(more.iter().map(String::as_str)).collect();
        let played = Bench::play(&book("", &contracts), flow, script);
        let said = |played: &str, what| played.matches(what).count();
        assert!(
            played.starts_with(story) || said(&played, "play") == said(story, "play"),
            "{played}"
        );
    }
}
