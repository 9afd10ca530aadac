//! Registrations.

use std::sync::Arc;
use std::time::Duration;

use super::bench::Bench;
use super::bench::Request;
use super::bench::far;
use super::bench::far_tcp;
use super::bench::reply;
use super::bench::trusted;
use crate::sip::Command;
use crate::sip::Event;
use crate::sip::Input;
use crate::sip::Peer;
use crate::sip::Register;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome as Outcome;
use crate::sip::Sender;
use crate::sip::digest::Account;
use crate::sip::digest::Accounts;
use crate::sip::digest::Credentials;
use crate::sip::registration::REGISTRATIONS_MAX;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Uri;

const CHALLENGE: &str =
    "WWW-Authenticate: Digest realm=\"theirs\", nonce=\"n\", qop=\"auth\", algorithm=MD5\r\n";
const STALE: &str =
    "WWW-Authenticate: Digest realm=\"theirs\", nonce=\"m\", qop=\"auth\", stale=true\r\n";

fn register(expires: u64) -> Register {
    Register {
        id: RegistrationId(1),
        trunk: "t".parse().unwrap(),
        peer: far(),
        registrar: Uri::parse("sip:carrier.example").unwrap(),
        account: Uri::parse("sip:user@carrier.example").unwrap(),
        contact: "user".to_owned(),
        expires: Duration::from_secs(expires),
    }
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    let credentials = Arc::new(Credentials::new("user", "secret"));
    let own = Account { trunk: "t".parse().unwrap(), credentials };
    bench.order(Command::Admit(Arc::new(Accounts::new("ours", Vec::new(), [], [own]))));
    bench
}

fn order(bench: &mut Bench, register: Register) {
    bench.order(Command::Register(Box::new(register)));
}

fn bound(seconds: u64) -> Outcome {
    Outcome::Bound(Duration::from_secs(seconds))
}

#[test]
fn it_is_begun_renewed_and_ended_as_one() {
    let mut bench = bench();
    order(&mut bench, register(3_600));
    let first = bench.last().clone();
    for (name, value) in [
        (HeaderName::To, "<sip:user@carrier.example>"),
        (HeaderName::Contact, "<sip:user@192.0.2.1:5060>"),
        (HeaderName::Expires, "3600"),
        (HeaderName::Authorization, ""),
    ] {
        assert_eq!(first.header(name).unwrap_or_default(), value, "{name:?}");
    }
    assert_eq!(first.request_uri().unwrap().as_str(), "sip:carrier.example");
    bench.answer("REGISTER", 401, "r", CHALLENGE, "");
    assert!(bench.last().header(HeaderName::Authorization).is_some());
    bench.answer("REGISTER", 200, "r", "Contact: <sip:user@192.0.2.1>;expires=120\r\n", "");
    assert_eq!(std::mem::take(&mut bench.registered), [bound(120)]);

    // The renewal needs no challenge, unless the nonce is too old.
    order(&mut bench, register(3_600));
    assert!(bench.last().header(HeaderName::Authorization).unwrap().contains("nc=00000002"));
    bench.answer("REGISTER", 401, "r", STALE, "");
    assert!(bench.last().header(HeaderName::Authorization).unwrap().contains("nonce=\"m\""));
    bench.answer("REGISTER", 200, "r", "Expires: 60\r\n", "");
    order(&mut bench, register(0));
    assert_eq!(bench.last().header(HeaderName::Expires), Some("0"));
    for (_, sent) in &bench.sent {
        assert_eq!(sent.call_id(), first.call_id());
        assert_eq!(sent.header(HeaderName::From), first.header(HeaderName::From));
    }
    let seqs: Vec<u32> = bench.sent.iter().map(|(_, sent)| sent.cseq().unwrap().0).collect();
    assert!(seqs.windows(2).all(|two| two[1] == two[0] + 1), "{seqs:?}");
    bench.answer("REGISTER", 200, "r", "", "");
    assert_eq!(bench.registered, [bound(60), bound(0)]);
    assert!(bench.agent.registrations.is_empty());
    bench.expect_empty();
}

#[test]
fn what_the_registrar_says_counts() {
    let contact = "Contact: <sip:user@192.0.2.1>;expires=";
    for (status, more, expected) in [
        (200, format!("{contact}90\r\nExpires: 7\r\n"), bound(90)),
        (200, format!("{contact}\"90\"\r\n"), bound(90)),
        // Other phones of the account.
        (
            200,
            format!("Contact: <sip:other@192.0.2.7>;expires=5, <sip:x@y>\r\n{contact}90\r\n"),
            bound(90),
        ),
        (200, "Contact: <sip:other@192.0.2.7>;expires=5, <sip:x@y>\r\n".to_owned(), bound(3_600)),
        // A registrar that writes another user.
        (200, "Contact: <sip:alias@192.0.2.1>;expires=70\r\n".to_owned(), bound(70)),
        (200, "Expires: 80\r\n".to_owned(), bound(80)),
        (200, String::new(), bound(3_600)),
        (200, format!("{contact}4294967295\r\n"), bound(86_400)),
        (200, format!("{contact}0\r\n"), bound(0)),
        (403, String::new(), Outcome::Refused(403, None)),
        (
            503,
            "Retry-After: 120 (maintenance);duration=9\r\n".to_owned(),
            Outcome::Refused(503, Some(Duration::from_secs(120))),
        ),
        (500, "Retry-After: soon\r\n".to_owned(), Outcome::Refused(500, None)),
        (423, String::new(), Outcome::Refused(423, None)),
        (423, "Min-Expires: 60\r\n".to_owned(), Outcome::Refused(423, None)),
        (423, "Min-Expires: 90000\r\n".to_owned(), Outcome::Refused(423, None)),
        (401, String::new(), Outcome::Refused(401, None)),
        (302, String::new(), Outcome::Refused(302, None)),
    ] {
        let mut bench = bench();
        order(&mut bench, register(3_600));
        bench.answer("REGISTER", 100, "", "", "");
        assert_eq!(bench.registered, []);
        bench.answer("REGISTER", status, "r", &more, "");
        assert_eq!(bench.registered, [expected], "{status} {more}");
        bench.expect_empty();
    }
    let mut bench = bench();
    order(&mut bench, register(60));
    bench.answer("REGISTER", 423, "r", "Min-Expires: 300\r\n", "");
    assert_eq!(bench.last().header(HeaderName::Expires), Some("300"));
    bench.answer("REGISTER", 423, "r", "Min-Expires: 300\r\n", "");
    assert_eq!(bench.registered, [Outcome::Refused(423, None)], "it is asked once");
}

#[test]
fn wrong_credentials_are_sent_once() {
    let mut bench = bench();
    order(&mut bench, register(3_600));
    bench.answer("REGISTER", 401, "r", CHALLENGE, "");
    bench.answer("REGISTER", 401, "r", CHALLENGE, "");
    assert_eq!(bench.take_sent(), ["REGISTER"; 2]);
    assert_eq!(bench.registered, [Outcome::Refused(401, None)]);
    // A challenge from elsewhere is not answered.
    let mut bench = self::bench();
    order(&mut bench, register(3_600));
    let text = reply(bench.last(), 401, "r", CHALLENGE, "");
    let other = Peer { remote: ([198, 51, 100, 7], 5060).into(), ..far() };
    bench.hear_from(other, Sender::Stranger, &text);
    assert_eq!(bench.take_sent(), ["REGISTER"]);
}

#[test]
fn credentials_for_a_realm_answer_no_other() {
    for (realm, sent) in [("theirs", 2), ("another", 1)] {
        let mut bench = Bench::new();
        let credentials = Credentials::new("user", "secret").within(Some(realm.to_owned()));
        let own = Account { trunk: "t".parse().unwrap(), credentials: Arc::new(credentials) };
        bench.order(Command::Admit(Arc::new(Accounts::new("ours", Vec::new(), [], [own]))));
        order(&mut bench, register(3_600));
        bench.answer("REGISTER", 401, "r", CHALLENGE, "");
        assert_eq!(bench.take_sent().len(), sent, "{realm}");
    }
}

#[test]
fn a_silent_registrar_is_reported() {
    let mut bench = bench();
    order(&mut bench, register(3_600));
    bench.pass(Duration::from_secs(33));
    assert_eq!(std::mem::take(&mut bench.registered), [Outcome::Unanswered]);
    order(&mut bench, register(3_600));
    bench.handle(Input::Unreachable { peer: far() });
    assert_eq!(std::mem::take(&mut bench.registered), [Outcome::Unanswered]);
    // The next one replaces one that waits.
    order(&mut bench, register(3_600));
    order(&mut bench, register(0));
    bench.answer("REGISTER", 200, "r", "", "");
    assert_eq!(bench.registered, [bound(0)]);
    bench.expect_empty();
}

#[test]
fn registrations_are_bounded() {
    let mut bench = bench();
    for id in 0..=REGISTRATIONS_MAX as u64 {
        order(&mut bench, Register { id: RegistrationId(id), ..register(3_600) });
    }
    assert_eq!(bench.registered, [Outcome::Refused(503, None)]);
    assert_eq!(bench.sent.len(), REGISTRATIONS_MAX);
}

/// Two accounts at one registrar: the Contact in the Request-URI says which, To has the number.
#[test]
fn calls_come_to_the_contact() {
    let mut bench = bench();
    order(&mut bench, register(3_600));
    let second = Register {
        id: RegistrationId(2),
        trunk: "u".parse().unwrap(),
        contact: "second".to_owned(),
        peer: far_tcp(),
        ..register(3_600)
    };
    order(&mut bench, second);
    for (user, trunk, called) in [
        ("user", "t", "+18005550177"),
        ("second", "u", "+18005550177"),
        ("+18005550199", "t", "+18005550199"),
        ("strange", "t", "strange"),
    ] {
        let mut invite = Request::invite().branch(user);
        invite.uri = format!("sip:{user}@192.0.2.1");
        invite.to = "<sip:+18005550177@carrier.example>".to_owned();
        let text = invite.text().replace("call-1", user);
        bench.hear_from(far(), trusted(), &text);
        let Some(Event::Incoming(incoming)) = bench.events.pop() else { panic!("no call") };
        assert_eq!((incoming.trunk.as_str(), incoming.called()), (trunk, called), "{user}");
    }
}
