//! Faults of sites, and faults of carriers.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::site::BASE;
use super::site::Says;
use super::site::s;
use super::site::scene;
use super::site::xml;
use crate::demo::carrier::Behaviour;
use crate::demo::carrier::End;
use crate::demo::carrier::Fault;
use crate::demo::carrier::Kind;
use crate::demo::carrier::Mischief;
use crate::demo::carrier::Purpose;
use crate::demo::carrier::Script;
use crate::demo::carrier::Sending;

fn script() -> Script {
    Script::new("+13055550123", "+18005550100")
}

#[tokio::test]
async fn answers_that_no_carrier_takes_are_reported() {
    let cases = [
        (Says::Status(500), "/voice answered 500"),
        (Says::Status(404), "/voice answered 404"),
        (Says::Status(204), "/voice answered 204"),
        (Says::Typed("text/html", "<Response/>"), "with the type `text/html`"),
        (Says::Typed("text/xml; charset=latin1", "<Response/>"), "charset=latin1`"),
        (Says::Typed("text/xml", "{}"), "not XML"),
        (xml(&format!("<Say>{}</Say>", "<!-- -->".repeat(9000))), "answered with 72"),
        (xml("<Redirect>https://elsewhere.test/x</Redirect>"), "is not on the site"),
        (xml("<Redirect>{}/voice</Redirect>"), "does not end"),
    ];
    for (answer, reported_fault) in cases {
        let mut scene = scene(Kind::Twilio, 1, move |_| answer.clone()).await;
        let transcript = scene.carrier.call(script()).await;
        assert!(
            transcript.complaints().contains(reported_fault),
            "{reported_fault}: {}",
            transcript.complaints()
        );
        if !reported_fault.contains("type") && !reported_fault.contains("charset") {
            assert_eq!(transcript.end, End::Fault, "{reported_fault}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_reported() {
    let mut scene = scene(Kind::SignalWire, 1, |_| Says::Nothing).await;
    let limit = Duration::from_millis(50);
    let mut carrier = scene.carrier.with_patience(limit);
    let transcript = carrier.call(script()).await;
    assert_eq!(transcript.faults, [Fault::Slow { url: format!("{BASE}/voice"), limit }]);
    scene.carrier = carrier;
}

#[tokio::test]
async fn carriers_ask_again_as_each_of_them_does() {
    let fragment = "<Redirect>{}/broken#rc=2&amp;rp=5xx</Redirect>";
    let bare = "<Redirect>{}/broken</Redirect>";
    let cases = [
        (Kind::Twilio, fragment, 3),
        (Kind::Twilio, bare, 1),
        (Kind::Telnyx, bare, 3),
        (Kind::SignalWire, bare, 1),
        (Kind::Plivo, bare, 4),
    ];
    for (kind, document, times) in cases {
        let mut scene = scene(kind, 1, move |asked| match asked.path.as_str() {
            "/voice" => xml(document),
            _ => Says::Status(503),
        })
        .await;
        let transcript = scene.carrier.call(script()).await;
        let sent = transcript.exchanges.iter().filter(|sent| sent.url.contains("/broken")).count();
        assert_eq!(sent, times, "{} {document}", kind.name());
    }
}

#[tokio::test]
async fn two_answers_to_one_request_are_reported() {
    let mischief = [
        Mischief { repeat: 100, ..Mischief::NONE },
        Mischief { together: 100, ..Mischief::NONE },
        Mischief { unheard: 100, ..Mischief::NONE },
        Mischief { replay: 100, ..Mischief::NONE },
    ];
    for mischief in mischief {
        let count = AtomicUsize::new(0);
        let mut scene = scene(Kind::Plivo, 1, move |_| {
            let count = count.fetch_add(1, Ordering::SeqCst);
            xml(&format!("<Speak>{count}</Speak>"))
        })
        .await;
        let mut carrier = scene.carrier.with_mischief(mischief);
        let transcript = carrier.call(script()).await;
        assert!(
            matches!(&transcript.faults[..], [Fault::Differs { .. }]),
            "{}",
            transcript.complaints()
        );
        let sendings: Vec<Sending> = transcript.exchanges.iter().map(|sent| sent.sending).collect();
        assert_eq!(sendings.len(), 2, "{mischief:?}");
        scene.carrier = carrier;
    }
}

#[tokio::test]
async fn a_forged_request_must_be_refused() {
    for kind in Kind::ALL {
        let mischief = Mischief { forge: 100, ..Mischief::NONE };
        let mut scene = scene(kind, 1, |_| xml("<Hangup/>")).await;
        let mut carrier = scene.carrier.with_mischief(mischief);
        let transcript = carrier.call(script()).await;
        assert_eq!(transcript.complaints(), "", "{}", kind.name());
        let statuses: Vec<Option<u16>> =
            transcript.exchanges.iter().map(|sent| sent.status).collect();
        assert_eq!(statuses, [Some(403), Some(200)], "{}", kind.name());
        scene.carrier = carrier;
    }
}

/// The site of this test checks no signature: its folder of sounds is public.
#[tokio::test]
async fn a_forged_request_that_is_taken_is_reported() {
    let mischief = Mischief { forge: 100, ..Mischief::NONE };
    let mut scene = scene(Kind::Twilio, 1, |asked| match asked.path.as_str() {
        "/voice" => xml("<Redirect>{}/sounds/open</Redirect>"),
        _ => xml("<Hangup/>"),
    })
    .await;
    let mut carrier = scene.carrier.with_mischief(mischief);
    let transcript = carrier.call(script()).await;
    assert_eq!(
        transcript.faults,
        [Fault::Forged { url: format!("{BASE}/sounds/open"), status: 200 }]
    );
    scene.carrier = carrier;
}

#[tokio::test]
async fn sounds_are_fetched_and_looked_at() {
    let cases = [
        ("/sounds/a.wav", Says::Typed("audio/wav", "RIFF"), ""),
        ("/sounds/a.wav", Says::Typed("text/plain", "RIFF"), "with the type `text/plain`"),
        ("/sounds/a.wav", Says::Status(404), "answered 404"),
    ];
    for (path, answer, reported_fault) in cases {
        let answer = Mutex::new(Some(answer));
        let mut scene = scene(Kind::Twilio, 1, move |asked| match asked.path.as_str() {
            "/voice" => xml(&format!("<Play>{{}}{path}</Play>")),
            _ => answer.lock().unwrap().take().unwrap(),
        })
        .await;
        let transcript = scene.carrier.call(script()).await;
        assert_eq!(
            transcript.complaints().is_empty(),
            reported_fault.is_empty(),
            "{}",
            transcript.complaints()
        );
        assert!(transcript.complaints().contains(reported_fault), "{}", transcript.complaints());
    }
}

fn legs(percent: u8, which: fn(&mut Mischief) -> &mut u8) -> Mischief {
    let mut mischief = Mischief::NONE;
    *which(&mut mischief) = percent;
    mischief
}

#[tokio::test]
async fn callbacks_are_lost_late_doubled_and_swapped() {
    let dial = "<Dial action=\"{}/dialled\"><Number statusCallback=\"{}/leg\" \
                statusCallbackEvent=\"initiated ringing answered completed\">+13055550001\
                </Number></Dial>";
    let cases = [
        (Mischief::NONE, "0 1 2 3 d"),
        (legs(100, |mischief| &mut mischief.lose), "d"),
        (legs(100, |mischief| &mut mischief.duplicate), "0 0 1 1 2 2 3 3 d"),
        (legs(100, |mischief| &mut mischief.swap), "1 0 3 2 d"),
    ];
    for (mischief, reported_order) in cases {
        let mut scene = scene(Kind::Twilio, 1, move |asked| match asked.path.as_str() {
            "/voice" => xml(dial),
            "/dialled" => xml("<Hangup/>"),
            _ => Says::Status(204),
        })
        .await;
        let mut carrier = scene.carrier.with_mischief(mischief);
        let call = script().phone("+13055550001", Behaviour::answers(s(1), s(9)));
        let transcript = carrier.call(call.clone()).await;
        assert_eq!(transcript.complaints(), "");
        let order: Vec<&str> = transcript
            .exchanges
            .iter()
            .skip(1)
            .filter(|sent| sent.sending != Sending::Lost)
            .map(|sent| sent.param("SequenceNumber").unwrap_or("d"))
            .collect();
        assert_eq!(order.join(" "), reported_order, "{mischief:?}");
        scene.carrier = carrier.with_mischief(legs(100, |mischief| &mut mischief.late));
        let transcript = scene.carrier.call(call).await;
        let action = transcript.exchanges.iter().position(|sent| sent.url.ends_with("/dialled"));
        assert_eq!(
            (action, transcript.exchanges.len()),
            (Some(1), 6),
            "all callbacks come after it"
        );
    }
}

/// A site whose answers depend only on the request handles every fault.
#[tokio::test]
async fn a_sound_site_comes_through_all_of_it() {
    for seed in 0..24 {
        let kind = Kind::ALL[usize::try_from(seed % 4).unwrap()];
        let (gather, say) =
            if kind == Kind::Plivo { ("GetDigits", "Speak") } else { ("Gather", "Say") };
        let calls = Mutex::new(BTreeMap::<String, usize>::new());
        let mut scene = scene(kind, seed, move |asked| {
            *calls.lock().unwrap().entry(asked.path.clone()).or_default() += 1;
            match asked.path.as_str() {
                "/voice" => xml(&format!(
                    "<{gather} action=\"{{}}/zip\" numDigits=\"5\"><{say}>Zip?</{say}>\
                     </{gather}><Redirect>{{}}/silent</Redirect>"
                )),
                "/zip" => xml("<Dial action=\"{}/dialled\"><Number>+13055550001</Number></Dial>"),
                "/dialled" | "/silent" => xml("<Hangup/>"),
                _ => Says::Status(204),
            }
        })
        .await;
        let mut carrier =
            scene.carrier.with_mischief(Mischief::all(40)).reporting_to(&format!("{BASE}/ended"));
        let call = script().presses("94105").phone("+13055550001", Behaviour::answers(s(1), s(9)));
        let transcript = carrier.call(call).await;
        assert_eq!(transcript.complaints(), "", "seed {seed}");
        assert_eq!(transcript.bridged().and_then(|leg| leg.connected), Some(s(9)), "seed {seed}");
        assert!(transcript.sent(Purpose::Document).count() >= 3);
        scene.carrier = carrier;
    }
}
