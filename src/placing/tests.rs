use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::Carrier;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Now;
use crate::base::Phone;
use crate::base::Rng;
use crate::base::Wall;
use crate::book;
use crate::book::Payout;
use crate::call::CalledFor;
use crate::call::Ingress;
use crate::carrier::read;
use crate::lead::CallTerms;
use crate::lead::OpenPings;
use crate::lead::PingRecord;
use crate::library::Draft;
use crate::library::Library;
use crate::library::Wavs;
use crate::routing::Snapshot;
use crate::sip;

const BOOK: &str = "
[[trunk]]\nid = \"twilio\"\naccept_from = \"192.0.2.0/28\"
[[source]]\nid = \"ads\"\npayout = { amount = \"2.00\", currency = \"USD\" }
[[source]]\nid = \"house\"
[[offer]]\nid = \"o\"
[[number]]\nnumber = \"+18005550100\"\noffer = \"o\"\nsource = \"ads\"\nflow = \"direct\"
[[number]]\nnumber = \"+525588902311\"\noffer = \"o\"\nsource = \"house\"\nflow = \"direct\"
[[number]]\nnumber = \"+61294964040\"\noffer = \"o\"\nsource = \"house\"\nflow = \"gone\"
";

fn snapshot() -> Snapshot {
    let (book, faults) = book::parse("book.toml", BOOK);
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:?}"))), 7)
}

fn library() -> Library {
    let text = "<Flow name='direct'><Route/></Flow>".to_owned();
    Library::new(vec![Draft::read("direct.xml".to_owned(), text)], &Wavs::default(), Vec::new())
}

fn now() -> Now {
    Now::at(Wall::from_micros(1_700_000_000_000_000))
}

/// Returns the result in one line: number, caller, ingress, source, payout and fields; or the
/// refusal.
fn words(arrival: Arrival) -> String {
    match place(
        &snapshot(),
        &library(),
        &mut OpenPings::default(),
        arrival,
        now(),
        &mut Rng::seeded(1),
    ) {
        Ok(Placed { opened: Opened { record, fields, source, refusal: _ }, flow, text }) => {
            assert_eq!((record.flow.as_str(), flow.name.as_str()), ("direct", "direct"));
            assert_eq!(text.file, "direct.xml");
            assert_eq!((record.book_version, record.started_at), (7, now().wall));
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{name}={}", field.value)).collect();
            format!(
                "{} from {} by {} for {} {} [{}]",
                record.number.e164(),
                record.caller.as_ref().map_or("-", Phone::e164),
                record.ingress,
                record.source,
                match source.and_then(|source| source.payout) {
                    Some(Payout::Fixed(amount)) => amount.to_string(),
                    Some(Payout::Share(share)) => share.share.to_string(),
                    None => "-".to_owned(),
                },
                fields.join(" "),
            )
        }
        Err(refusal) => refusal.code().to_owned(),
    }
}

/// Returns an INVITE from the trunk as the agent reports it; `None` if the agent rejects it.
fn incoming(called: &str, caller: &str, from: [u8; 4]) -> Option<Box<sip::Incoming>> {
    let text = format!(
        "INVITE sip:{called}@192.0.2.200 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n\
         From: <sip:{caller}@192.0.2.1>;tag=1\r\nTo: <sip:{called}@192.0.2.200>\r\nCall-ID: c\r\n\
         CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:192.0.2.1>\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let local = ([192, 0, 2, 200], 5060).into();
    let remote = (from, 5060).into();
    let peer = sip::Peer { transport: sip::Transport::Udp, remote, local, connection: None };
    let mut agent = sip::Agent::new(sip::AgentConfig::new(local), Rng::seeded(1));
    let sender = sender(snapshot().book(), remote.ip());
    agent.handle(sip::Input::Message { peer, sender, bytes: text.into() }, now());
    std::iter::from_fn(|| agent.poll()).find_map(|output| match output {
        sip::Output::Event(sip::Event::Incoming(incoming)) => Some(incoming),
        sip::Output::Event(_)
        | sip::Output::Send { .. }
        | sip::Output::Close { .. }
        | sip::Output::NotUnderstood { .. }
        | sip::Output::Refused(_)
        | sip::Output::Registered { .. }
        | sip::Output::Pinged { .. } => None,
    })
}

#[test]
fn an_invite_is_placed_by_its_digits() {
    let ads = "by twilio for ads 2.00 USD";
    let house = "by twilio for house -";
    for (called, caller, expected) in [
        (
            "+18005550100",
            "+13055550123",
            format!("+18005550100 from +13055550123 {ads} [phone=+13055550123]"),
        ),
        (
            "8005550100",
            "3055550123",
            format!("+18005550100 from +13055550123 {ads} [phone=+13055550123]"),
        ),
        ("18005550100", "anonymous", format!("+18005550100 from - {ads} []")),
        (
            "525588902311",
            "821056580040",
            format!("+525588902311 from +821056580040 {house} [phone=+821056580040]"),
        ),
        (
            "00525588902311",
            "00442079460018",
            format!("+525588902311 from +442079460018 {house} [phone=+442079460018]"),
        ),
        ("011525588902311", "0", format!("+525588902311 from - {house} []")),
        ("61294964040", "1", "no_flow".to_owned()),
        ("8005550199", "1", "unknown_number".to_owned()),
        ("sales", "1", "not_a_number".to_owned()),
        ("911", "1", "not_a_number".to_owned()),
    ] {
        let incoming = incoming(called, caller, [192, 0, 2, 1]).unwrap();
        assert_eq!(
            words(Arrival::of_invite(&incoming, snapshot().book())),
            expected,
            "{called} {caller}"
        );
    }
}

#[test]
fn a_stranger_never_arrives() {
    assert!(incoming("+18005550100", "1", [192, 0, 2, 17]).is_none());
}

/// A carrier with the name of a trunk is not a trunk.
#[test]
fn a_request_is_placed_by_its_path_or_its_number() {
    let placed = "+18005550100 from +13055550123 by webhook:twilio for ads 2.00 USD \
                  [attestation=A phone=+13055550123]";
    for (path, to, expected) in [
        (None, "+18005550100", placed),
        (None, "8005550100", placed),
        (Some("18005550100"), "+18005559999", placed),
        // The path does not name a number: the number of the request counts.
        (Some("main"), "+18005550100", placed),
        (Some("8005550199"), "+18005550100", "unknown_number"),
        (Some("main"), "sip:sales@example.com", "not_a_number"),
        (None, "+61294964040", "no_flow"),
        (None, "61294964040", "no_flow"),
        (None, "0061294964040", "no_flow"),
        (None, "0294964040", "no_flow"),
        (None, "sip:61294964040@sip.example.com", "no_flow"),
    ] {
        let params = [
            ("CallSid", "CA1"),
            ("From", "+13055550123"),
            ("To", to),
            ("StirVerstat", "TN-Validation-Passed-A"),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = read(Carrier::Twilio, &params).unwrap();
        assert_eq!(words(Arrival::of_request(&request, path)), expected, "{path:?} {to}");
    }
}

/// The initial state of a call can be restored from its record, whatever has happened since.
#[test]
fn a_call_is_opened_again_as_it_was() {
    let arrival = Arrival {
        ingress: Ingress::Webhook(Carrier::Plivo),
        called: vec!["8005550100".to_owned()],
        callers: vec!["+13055550123".to_owned()],
        home: None,
        attestation: Some(book::Attestation::B),
        diverted_from: None,
    };
    let placed = place(
        &snapshot(),
        &library(),
        &mut OpenPings::default(),
        arrival,
        now(),
        &mut Rng::seeded(1),
    )
    .unwrap();
    let mut later = placed.opened.record.clone();
    later.answered_at = Some(now().wall);
    later.offer = "another".parse().unwrap();
    later.close_after_restart(now().wall);
    let again = reopen(&snapshot(), &later, Some(book::Attestation::B), None).unwrap();
    assert_eq!(again.record, placed.opened.record);
    assert_eq!(again.fields, placed.opened.fields);
    assert_eq!(again.source, placed.opened.source);
    later.number = "+18005550199".parse().unwrap();
    assert!(reopen(&snapshot(), &later, None, None).is_none());
}

#[test]
fn a_refusal_shows_the_operators_number_whole_and_no_caller() {
    for (called, expected) in [
        ("+18005550199", "+18005550199 is not in the book"),
        ("+61294964040", "the flow `gone` of +61294964040 is not loaded"),
        ("sales", "what was dialled is not a phone number"),
    ] {
        let invite = incoming(called, "+13055550123", [192, 0, 2, 1]).unwrap();
        let arrival = Arrival::of_invite(&invite, snapshot().book());
        let placed = place(
            &snapshot(),
            &library(),
            &mut OpenPings::default(),
            arrival,
            now(),
            &mut Rng::seeded(1),
        );
        let refusal = placed.map(|placed| placed.opened.record.id).unwrap_err();
        assert_eq!(refusal.to_string(), expected);
        assert!(!format!("{refusal} {refusal:?}").contains("0123"), "{refusal:?}");
    }
}

/// A book with a carrier in Australia, and numbers of Australia and France with its own callers.
fn national_book() -> Snapshot {
    let carrier = BOOK.replacen("accept_from", "country = \"AU\"\naccept_from", 1);
    let number = |number: &str, keys: &str| {
        format!(
            "[[number]]\nnumber = \"{number}\"\noffer = \"o\"\nsource = \"house\"\n\
             flow = \"direct\"\n{keys}"
        )
    };
    let more = number("+61291234567", "") + &number("+33142685300", "country = \"FR\"\n");
    let (book, faults) = book::parse("book.toml", &(carrier + &more));
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:?}"))), 7)
}

/// Returns number and caller of a placed call, or the refusal.
fn parties(snapshot: &Snapshot, arrival: Arrival) -> String {
    match place(
        snapshot,
        &library(),
        &mut OpenPings::default(),
        arrival,
        now(),
        &mut Rng::seeded(1),
    ) {
        Ok(Placed { opened: Opened { record, .. }, .. }) => {
            let caller = record.caller.as_ref().map_or("-", Phone::e164);
            format!("{} {caller}", record.number.e164())
        }
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn national_numbers_of_an_invite_are_read_in_the_trunks_country() {
    let snapshot = national_book();
    for (called, caller, expected) in [
        ("0291234567", "0412345678", "+61291234567 +61412345678"),
        ("291234567", "412345678", "+61291234567 +61412345678"),
        ("61291234567", "61412345678", "+61291234567 +61412345678"),
        ("+61291234567", "+13055550123", "+61291234567 +13055550123"),
        ("+61291234567", "00442079460018", "+61291234567 +442079460018"),
        ("+61291234567", "11", "+61291234567 -"),
        (
            "0291234567;phone-context=+61",
            "142685300;phone-context=+33",
            "+61291234567 +33142685300",
        ),
        // The number's own country comes before the trunk's.
        ("+33142685300", "01 42 68 53 11", "+33142685300 +33142685311"),
        ("+33142685300", "0412345678", "+33142685300 +33412345678"),
        // Without the `+`, a national number of Australia comes first.
        ("0299999999", "1", "+61299999999 is not in the book"),
    ] {
        let caller = caller.replace(' ', "-");
        let invite = incoming(called, &caller, [192, 0, 2, 1]).unwrap();
        let arrival = Arrival::of_invite(&invite, snapshot.book());
        assert_eq!(parties(&snapshot, arrival), expected, "{called} {caller}");
    }
}

#[test]
fn national_numbers_of_a_webhook_are_read_in_the_numbers_country() {
    let snapshot = national_book();
    for (carrier, to, from, expected) in [
        (Carrier::Twilio, "+33142685300", "0142685311", "+33142685300 +33142685311"),
        (
            Carrier::Twilio,
            "+33142685300",
            "sip:142685311@x.sip.twilio.com",
            "+33142685300 +33142685311",
        ),
        (
            Carrier::Twilio,
            "+33142685300",
            "sip:0412345678;phone-context=+61@h",
            "+33142685300 +61412345678",
        ),
        (Carrier::Telnyx, "33142685300", "33142685311", "+33142685300 +33142685311"),
        (Carrier::Plivo, "33142685300", "0142685311", "+33142685300 +33142685311"),
        (Carrier::Plivo, "33142685300", "anonymous", "+33142685300 -"),
        // A number without `country`: ten digits are North American, a 0 begins no number.
        (Carrier::Plivo, "61291234567", "3055550123", "+61291234567 +13055550123"),
        (Carrier::Twilio, "+61291234567", "0412345678", "+61291234567 -"),
    ] {
        let call = if carrier == Carrier::Plivo { "CallUUID" } else { "CallSid" };
        let params = [(call, "1"), ("From", from), ("To", to)];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let arrival = Arrival::of_request(&read(carrier, &params).unwrap(), None);
        assert_eq!(parties(&snapshot, arrival), expected, "{carrier} {to} {from}");
    }
}

/// A caller who is refused before the flow hears what an unsold caller of the offer hears, but is
/// never sold for another offer or to a catch-all buyer.
#[test]
fn a_refused_caller_gets_the_offers_own_answer() {
    let book = "
[[source]]\nid = \"s\"\n[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"
[[offer]]\nid = \"silent\"
[[offer]]\nid = \"speaks\"\ndq = { recording = \"sorry\" }
[[offer]]\nid = \"hands-on\"\ndq = { offer = \"speaks\" }
[[offer]]\nid = \"catches\"\ndq = { buyer = \"b\" }
[[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"catches\"\nbuffer = \"5s\"
price = { amount = \"1.00\", currency = \"USD\" }
destination = { sip = \"sip:d@198.51.100.9\" }
";
    let (book, faults) = book::parse("book.toml", book);
    let book = book.unwrap_or_else(|| panic!("{faults:?}"));
    for (offer, expected) in [
        ("silent", None),
        ("speaks", Some("sorry")),
        ("hands-on", Some("sorry")),
        ("catches", None),
        ("unknown", None),
    ] {
        assert_eq!(book.refusal_of(&offer.parse().unwrap()), expected, "{offer}");
    }
}

/// Returns a ping that was answered with a bid of 3.00 for 30 s.
fn ping(place: u64, caller: Option<&str>, by_sip: bool) -> Arc<PingRecord> {
    Arc::new(PingRecord {
        id: format!("0190a0b0-0000-7000-8000-{place:012}").parse().unwrap(),
        offer: "o".parse().unwrap(),
        source: "house".parse().unwrap(),
        book_version: 7,
        test: false,
        fields: [("zip".parse().unwrap(), "90210".to_owned())].into(),
        bids: Vec::new(),
        at: now().wall,
        price: Money::parse("3.00", Currency::USD).ok(),
        expires_at: Some(now().wall + Duration::from_secs(30)),
        reason: None,
        lead: None,
        call: Some(CallTerms {
            caller: caller.map(|caller| caller.parse().unwrap()),
            reference: None,
            number: "+18005550100".parse().ok(),
            by_sip,
            buffer: Duration::from_secs(90),
            came: None,
        }),
    })
}

/// A call takes the bid that it came for, and is sold by the source and the offer of the ping.
#[test]
fn a_call_for_a_bid_is_placed_by_its_ping() {
    let mut pings = OpenPings::default();
    let (own, hidden) = (ping(1, Some("+13055550123"), false), ping(2, None, true));
    let lost = ping(3, Some("+13055550124"), true);
    let mut expired = PingRecord::clone(&ping(4, None, true));
    expired.expires_at = Some(now().wall);
    for ping in [&own, &hidden, &lost, &Arc::new(expired.clone())] {
        pings.add(ping.clone());
    }
    let (number, upper) = ("+18005550100".to_owned(), hidden.id.bid_id().to_uppercase());
    for (called, caller, expected) in [
        (&number, "+13055550199", "ads other_caller [phone]"),
        (&number, "+13055550123", "house bid 1 [phone zip]"),
        (&number, "+13055550123", "ads used [phone]"),
        (&upper, "anonymous", "house bid 2 [zip]"),
        (&upper, "anonymous", "bid_used"),
        (&lost.id.bid_id(), "+13055550199", "bid_of_another_caller"),
        (&expired.id.bid_id(), "+13055550199", "bid_expired"),
        (&ping(9, None, true).id.bid_id(), "+13055550199", "bid_unknown"),
    ] {
        let arrival = Arrival {
            ingress: Ingress::Trunk("twilio".parse().unwrap()),
            called: vec![called.clone()],
            callers: vec![caller.to_owned()],
            home: None,
            attestation: None,
            diverted_from: None,
        };
        let rng = &mut Rng::seeded(1);
        let found = match place(&snapshot(), &library(), &mut pings, arrival, now(), rng) {
            Ok(Placed { opened: Opened { record, fields, source, .. }, .. }) => {
                let bid = match record.ping.unwrap() {
                    CalledFor::Bid(promise) => {
                        assert_eq!(promise.buffer_seconds, 90);
                        format!("bid {}", promise.ping.to_string().chars().last().unwrap())
                    }
                    CalledFor::Expired { .. } => "expired".to_owned(),
                    CalledFor::Used { .. } => "used".to_owned(),
                    CalledFor::OtherCaller => "other_caller".to_owned(),
                };
                assert_eq!(source.unwrap().id, record.source);
                let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                format!("{} {bid} [{}]", record.source, names.join(" "))
            }
            Err(refusal) => refusal.code().to_owned(),
        };
        assert_eq!(found, expected, "{called} {caller}");
    }
    // A call that came for a bid is opened again with what its ping has.
    let arrival = Arrival {
        ingress: Ingress::Webhook(Carrier::Plivo),
        called: vec![number],
        callers: vec!["+13055550123".to_owned()],
        home: None,
        attestation: None,
        diverted_from: None,
    };
    pings.give_back(own.id);
    let rng = &mut Rng::seeded(1);
    let placed = place(&snapshot(), &library(), &mut pings, arrival, now(), rng).unwrap();
    let again = reopen(&snapshot(), &placed.opened.record, None, Some(PingRecord::clone(&own)));
    let again = again.unwrap();
    assert_eq!(again.record, placed.opened.record);
    assert_eq!((again.fields, again.source), (placed.opened.fields, placed.opened.source));
}
