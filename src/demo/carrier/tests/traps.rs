//! Traps that the strict reader reports in documents, and documents that it accepts.

use crate::demo::carrier::Kind;
use crate::demo::carrier::Place;
use crate::demo::carrier::inspect;
use crate::demo::carrier::read::read;

fn traps(kind: Kind, place: Place, text: &str) -> Vec<String> {
    let found = inspect(kind, place, text);
    found.into_iter().map(|found| format!("{}: {}", found.line, found.trap)).collect()
}

/// Checks that each document has one trap, reported with its line.
fn found(cases: &[(Kind, String, &str)]) {
    let mut wrong = Vec::new();
    for (kind, verbs, expected) in cases {
        let text = format!("<Response>\n{verbs}</Response>");
        let found = traps(*kind, Place::Call, &text);
        let fits = found.iter().any(|trap| trap.starts_with("2: ") && trap.contains(expected));
        if !fits || found.len() != 1 {
            wrong.push(format!("{} {verbs}: {found:?}", kind.name()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn traps_of_verbs_are_found() {
    use Kind::Plivo;
    use Kind::Telnyx;
    use Kind::Twilio;
    let gather = "<Gather action=\"https://a.test/x\" {}><Say>1?</Say></Gather><Hangup/>";
    let with = |form: &str, attributes: &str| form.replace("{}", attributes);
    let whole = "a whole number from";
    let cases = [
        (Twilio, "<Sya>Hello</Sya>".to_owned(), "no `Sya` in `Response`"),
        (Twilio, "<Speak>Hello</Speak>".to_owned(), "no `Speak` in `Response`"),
        (Plivo, "<Say>Hello</Say>".to_owned(), "no `Say` in `Response`"),
        (Twilio, "<Number>+13055550123</Number>".to_owned(), "no `Number` in `Response`"),
        (Twilio, "<Say/>".to_owned(), "the text of `Say`: a sentence"),
        (Twilio, "<Hangup/>Hello".to_owned(), "the text of `Response`: only elements"),
        (Twilio, "<Hangup>x</Hangup>".to_owned(), "the text of `Hangup`: nothing"),
        (Twilio, "<Say>x<b/></Say>".to_owned(), "no `b` in `Say`"),
        (Twilio, "<Say speed=\"2\">x</Say>".to_owned(), "`Say` has no `speed`"),
        (Twilio, "<Redirect>/next</Redirect>".to_owned(), "the text of `Redirect`: an absolute"),
        (Twilio, "<Play>ring.wav</Play>".to_owned(), "the text of `Play`: an absolute"),
        (Twilio, "<Redirect>https://a.test/ b</Redirect>".to_owned(), "an absolute http"),
        (Twilio, "<Redirect>https://a.test/#top</Redirect>".to_owned(), "an absolute http"),
        (Telnyx, "<Redirect>https://a.test/#rc=3</Redirect>".to_owned(), "an absolute http"),
        (Twilio, "<Dial action=\"next\"><Number>+13055550123</Number></Dial>".to_owned(), "abso"),
        (Twilio, with(gather, "method=\"PUT\""), "GET or POST is wanted"),
        (Twilio, with(gather, "finishOnKey=\"a\""), "keys of a phone is wanted"),
        (Twilio, with(gather, "timeout=\"0\""), whole),
        (Telnyx, with(gather, "method=\"POST\""), "`Gather` has no `method`"),
        (Telnyx, with(gather, "actionOnEmptyResult=\"true\""), "has no `actionOnEmptyResult`"),
        (Telnyx, with(gather, "timeout=\"121\""), whole),
        (Telnyx, "<Say>Hello {{name}}</Say>".to_owned(), "`{{` in `Say`"),
        (Telnyx, "<Pause length=\"181\"/>".to_owned(), whole),
        (Twilio, "<Gather><Say>1?</Say></Gather><Hangup/>".to_owned(), "`Gather` needs `action`"),
        (
            Telnyx,
            "<Gather action=\"https://a.test/x\"><Say>1?</Say></Gather>".to_owned(),
            "nothing follows `Gather`",
        ),
        (Plivo, "<GetDigits action=\"https://a.test/x\"/>".to_owned(), "nothing follows"),
    ];
    found(&cases);
}

#[test]
fn traps_of_dial_are_found() {
    use Kind::Plivo;
    use Kind::SignalWire;
    use Kind::Telnyx;
    use Kind::Twilio;
    let dial = "<Dial {}><Number>+13055550123</Number></Dial>";
    let with = |form: &str, attributes: &str| form.replace("{}", attributes);
    let eleven = "<Number>+13055550123</Number>".repeat(11);
    let whole = "a whole number from";
    let cases = [
        (Twilio, with(dial, "timeout=\"601\""), whole),
        (Telnyx, with(dial, "timeout=\"4\""), whole),
        (Telnyx, with(dial, "timeout=\"121\""), whole),
        (SignalWire, with(dial, "timeout=\"4\""), whole),
        (Telnyx, with(dial, "timeLimit=\"30\""), whole),
        (Telnyx, with(dial, "sequential=\"true\""), "`Dial` has no `sequential`"),
        (SignalWire, with(dial, "sequential=\"true\""), "`Dial` has no `sequential`"),
        (Twilio, with(dial, "callerId=\"3055550123\""), "a number in E.164"),
        (Plivo, with(dial, "callerID=\"3055550123\""), "`Dial` has no `callerID`"),
        (Plivo, with(dial, "confirmKey=\"1\""), "`Dial` needs `confirmSound`"),
        (Twilio, "<Dial><Number>3055550123</Number></Dial>".to_owned(), "a number in E.164"),
        (Twilio, "<Dial><Sip>a@b.test</Sip></Dial>".to_owned(), "a SIP URI"),
        (Twilio, "<Dial><User>sip:a@b.test</User></Dial>".to_owned(), "no `User` in `Dial`"),
        (Twilio, format!("<Dial>{eleven}</Dial>"), "`Dial` has 11 nouns"),
        (Twilio, "<Dial></Dial>".to_owned(), "`Dial` has 0 nouns"),
        (
            SignalWire,
            "<Dial><Number>+13055550123</Number><Sip>sip:a@b.test</Sip></Dial>".to_owned(),
            "mixes `Sip`",
        ),
        (
            SignalWire,
            "<Dial><Number machineDetection=\"Enable\">+13055550123</Number></Dial>".to_owned(),
            "`Number` has no `machineDetection`",
        ),
        (
            Telnyx,
            "<Dial><Number machineDetectionTimeout=\"30\">+13055550123</Number></Dial>".to_owned(),
            whole,
        ),
        (
            Twilio,
            "<Dial><Number statusCallbackEvent=\"answered,completed\">+13055550123</Number></Dial>"
                .to_owned(),
            "some of initiated",
        ),
    ];
    found(&cases);
}

#[test]
fn malformed_documents_are_reported() {
    let cases = [
        ("", "not XML"),
        ("<Response>", "not XML"),
        ("<Response><Say>a & b</Say></Response>", "not XML"),
        ("<!DOCTYPE x><Response/>", "not XML"),
        ("<html/>", "the root is `html`"),
        ("<response/>", "the root is `response`"),
    ];
    for (text, expected) in cases {
        let (verbs, found) = read(Kind::Twilio, Place::Call, text);
        assert_eq!(verbs, None, "{text}");
        assert!(found[0].trap.to_string().starts_with(expected), "{text}: {found:?}");
    }
}

#[test]
fn whispers_only_speak_ask_and_hang_up() {
    let dial = "<Dial><Number>+13055550123</Number></Dial>";
    let cases = [
        (Kind::Twilio, Place::Whisper, dial, "`Dial` in a document for the dialled leg"),
        (Kind::Twilio, Place::Whisper, "<Redirect>https://a.test/</Redirect>", "`Redirect` in"),
        (Kind::Plivo, Place::Confirm, "<Hangup/>", "`Hangup` in a document for the dialled leg"),
    ];
    for (kind, place, verbs, expected) in cases {
        let found = traps(kind, place, &format!("<Response>{verbs}</Response>"));
        assert!(found.len() == 1 && found[0].contains(expected), "{verbs}: {found:?}");
    }
}

#[test]
fn sound_documents_pass() {
    let status = "statusCallback=\"https://a.test/s\" statusCallbackEvent=\"initiated ringing \
                  answered completed\"";
    let cases = [
        (Kind::Twilio, "<Say language=\"en-US\">Hello &amp; {{welcome}}</Say>".to_owned()),
        (
            Kind::Twilio,
            "<Redirect>https://a.test/x?a=1&amp;b=2#rc=3&amp;rp=ct,rt,5xx</Redirect>".to_owned(),
        ),
        (
            Kind::Twilio,
            format!(
                "<Dial action=\"https://a.test/d\" timeout=\"600\" timeLimit=\"14400\" \
                 sequential=\"true\" answerOnBridge=\"true\" callerId=\"+18005550100\"><Number \
                 url=\"https://a.test/w\" machineDetection=\"Enable\" {status}>+13055550123\
                 </Number><Sip {status}>sip:a@b.test?X-Offer=1</Sip></Dial>"
            ),
        ),
        (
            Kind::Telnyx,
            format!(
                "<Gather action=\"https://a.test/g\" numDigits=\"5\" finishOnKey=\"#\" \
                 timeout=\"120\"><Say>Zip?</Say></Gather><Redirect method=\"POST\">\
                 https://a.test/g</Redirect><Dial timeout=\"120\"><Number {status}>+13055550123\
                 </Number><Sip>sips:a@b.test</Sip></Dial>"
            ),
        ),
        (
            Kind::SignalWire,
            "<Gather action=\"https://a.test/g\" actionOnEmptyResult=\"true\" \
             finishOnKey=\"\"><Say>1?</Say><Pause length=\"1\"/></Gather><Hangup/><Dial><Sip>\
             sip:a@b.test</Sip><Sip>sip:c@b.test</Sip></Dial>"
                .to_owned(),
        ),
        (
            Kind::Plivo,
            "<GetDigits action=\"https://a.test/g\" numDigits=\"1\" retries=\"1\" \
             finishOnKey=\"none\"><Speak>1?</Speak></GetDigits><Wait length=\"2\"/><Dial \
             action=\"https://a.test/d\" confirmKey=\"1\" confirmSound=\"https://a.test/c\" \
             callbackUrl=\"https://a.test/s\" callerId=\"18005550100\"><Number>13055550123\
             </Number><User>sip:a@phone.plivo.com</User></Dial><Hangup reason=\"busy\"/>"
                .to_owned(),
        ),
    ];
    for (kind, verbs) in cases {
        let found = traps(kind, Place::Call, &format!("<Response>{verbs}</Response>"));
        assert_eq!(found, Vec::<String>::new(), "{} {verbs}", kind.name());
    }
}
