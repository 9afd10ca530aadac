//! Digest authentication, as client and as server.

use std::sync::Arc;
use std::time::Duration;

use super::bench::Bench;
use super::bench::Request;
use super::bench::dial;
use super::bench::far;
use super::bench::trusted;
use crate::base::LegId;
use crate::sip::AgentConfig;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Event;
use crate::sip::Peer;
use crate::sip::Proof;
use crate::sip::Sender;
use crate::sip::Transport;
use crate::sip::digest::Account;
use crate::sip::digest::Accounts;
use crate::sip::digest::Algorithm;
use crate::sip::digest::Credentials;
use crate::sip::digest::NONCE_LIFE;
use crate::sip::digest::NONCES_MAX;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;

const CONTACT: &str = "Contact: <sip:buyer@192.0.2.9>\r\n";

fn account(password: &str) -> Account {
    let credentials = Arc::new(Credentials::new("user", password));
    Account { trunk: "carrier".parse().unwrap(), credentials }
}

/// An agent with credentials for its trunk.
fn client() -> Bench {
    let mut bench = Bench::new();
    let accounts = Accounts::new("ours", Vec::new(), [], [account("secret")]);
    bench.order(Command::Admit(Arc::new(accounts)));
    bench
}

/// Dials through the trunk.
fn dialled(bench: &mut Bench) -> LegId {
    let session = LegId(0xabc);
    let mut order = dial(session, far());
    order.sources.trunk = Some("carrier".parse().unwrap());
    bench.order(Command::Dial(Box::new(order)));
    session
}

fn challenge(name: &str, nonce: &str, more: &str) -> String {
    format!("{name}: Digest realm=\"theirs\", nonce=\"{nonce}\", qop=\"auth\"{more}\r\n")
}

fn field<'a>(value: &'a str, name: &str) -> &'a str {
    let from = value.split(", ").find_map(|field| field.strip_prefix(&format!("{name}=")));
    from.unwrap_or_else(|| panic!("no {name} in {value}")).trim_matches('"')
}

/// Checks the answer to a challenge by MD5, and returns its nonce and count.
fn checked(message: &Message, name: HeaderName<'_>) -> (String, String) {
    let value = message.header(name).unwrap_or_else(|| panic!("no {name:?} in {message:?}"));
    proven(value, message, ["user", "theirs", "secret"])
}

/// Checks an answer to a challenge by MD5, made of a user, a realm, and a password; returns its nonce
/// and count.
pub(super) fn proven(
    value: &str,
    request: &Message,
    [user, realm, password]: [&str; 3],
) -> (String, String) {
    let value = value.strip_prefix("Digest ").unwrap();
    let of = |name| field(value, name);
    let method = request.method().unwrap().to_string();
    let secret = Algorithm::Md5.hash(&[user, realm, password]);
    let asked = Algorithm::Md5.hash(&[&method, of("uri")]);
    let (nonce, count) = (of("nonce"), of("nc"));
    let expected = [&*secret, nonce, count, of("cnonce"), "auth", &asked];
    assert_eq!(of("response"), Algorithm::Md5.hash(&expected), "{value}");
    assert_eq!(of("uri"), request.request_uri().unwrap().as_str());
    assert_eq!((of("username"), of("realm")), (user, realm));
    (nonce.to_owned(), count.to_owned())
}

#[test]
fn a_challenge_is_answered_within_the_same_call() {
    for (status, asks, answers) in [
        (401, "WWW-Authenticate", HeaderName::Authorization),
        (407, "Proxy-Authenticate", HeaderName::ProxyAuthorization),
    ] {
        let mut bench = client();
        let session = dialled(&mut bench);
        bench.answer("INVITE", 100, "", "", "");
        bench.answer("INVITE", 183, "early", "", "");
        bench.answer("INVITE", status, "x", &challenge(asks, "n1", ", opaque=\"o\""), "");
        let [(_, first), (_, ack), (_, second)] = &bench.sent[..] else {
            panic!("{:?}", bench.sent)
        };
        assert_eq!(ack.method().unwrap().as_str(), "ACK");
        for name in [HeaderName::CallId, HeaderName::From, HeaderName::To, HeaderName::Contact] {
            assert_eq!(first.header(name), second.header(name));
        }
        assert_eq!(second.cseq().unwrap().0, first.cseq().unwrap().0 + 1);
        assert_eq!(second.body(), first.body());
        assert_eq!(second.headers(HeaderName::Via).count(), 1);
        assert_ne!(second.branch(), first.branch());
        assert_eq!(second.header(HeaderName::Other("X-Campaign")), Some("7  Evil: 1"));
        assert_eq!(checked(second, answers), ("n1".to_owned(), "00000001".to_owned()));
        assert!(second.header(answers).unwrap().contains("opaque=\"o\""));
        let authorization = second.header(answers).unwrap().to_owned();

        bench.answer("INVITE", 200, "b", CONTACT, "answer");
        assert_eq!(bench.last().header(answers), Some(&*authorization), "the ACK has the same");
        assert_eq!(bench.take_events(), ["Ringing 183", "Answered"]);
        bench.order(Command::Bye { session, cause: Some("Q.850;cause=16".to_owned()) });
        assert_eq!(checked(bench.last(), answers), ("n1".to_owned(), "00000002".to_owned()));

        // The BYE is challenged too.
        bench.answer("BYE", status, "", &challenge(asks, "n2", ", stale=true"), "");
        assert_eq!(checked(bench.last(), answers), ("n2".to_owned(), "00000001".to_owned()));
        assert_eq!(bench.last().header(HeaderName::Reason), Some("Q.850;cause=16"));
        assert_eq!(bench.take_events(), [""; 0]);
        bench.answer("BYE", 200, "", "", "");
        assert_eq!(bench.take_events(), ["Ended ByeAnswered"]);
        bench.expect_empty();
    }
}

#[test]
fn challenges_end_after_two_answers() {
    let www = |nonce, more| challenge("WWW-Authenticate", nonce, more);
    let proxy = |nonce, more| challenge("Proxy-Authenticate", nonce, more);
    // Challenges, how many INVITEs are sent, and the status that ends it; 0 if it goes on.
    for (challenges, invites, refused) in [
        // A proxy's, then the far end's.
        (&[(407, proxy("p", "")), (401, www("e", ""))][..], 3, 0),
        (&[(401, www("a", "")), (401, www("b", ", stale=true"))], 3, 0),
        (
            &[
                (401, www("a", "")),
                (401, www("b", ", stale=TRUE")),
                (401, www("c", ", stale=true")),
            ],
            3,
            401,
        ),
        (&[(407, proxy("p", "")), (401, www("e", "")), (407, proxy("q", ", stale=true"))], 3, 407),
        // The password is wrong.
        (&[(401, www("a", "")), (401, www("b", ""))], 2, 401),
        (&[(407, proxy("a", "")), (407, proxy("b", ", stale=false"))], 2, 407),
        // What cannot be answered.
        (&[(401, String::new())], 1, 401),
        (&[(407, www("a", ""))], 1, 407),
        (&[(401, www("a", ", algorithm=SHA-512-256"))], 1, 401),
        (&[(403, www("a", ""))], 1, 403),
    ] {
        let mut bench = client();
        dialled(&mut bench);
        for (status, more) in challenges {
            bench.answer("INVITE", *status, "x", more, "");
        }
        let sent = bench.take_sent();
        assert_eq!(sent.iter().filter(|sent| *sent == "INVITE").count(), invites, "{challenges:?}");
        match refused {
            0 => assert_eq!(bench.take_events(), [""; 0]),
            status => assert_eq!(bench.take_events(), [format!("Refused Status({status})")]),
        }
    }
}

#[test]
fn both_a_proxy_and_the_far_end_are_answered() {
    let mut bench = client();
    dialled(&mut bench);
    bench.answer("INVITE", 407, "x", &challenge("Proxy-Authenticate", "p", ""), "");
    bench.answer("INVITE", 401, "y", &challenge("WWW-Authenticate", "e", ""), "");
    let invite = bench.last();
    assert_eq!(checked(invite, HeaderName::ProxyAuthorization).1, "00000002");
    assert_eq!(checked(invite, HeaderName::Authorization).1, "00000001");
    assert_eq!(invite.headers(HeaderName::ProxyAuthorization).count(), 1);
}

#[test]
fn only_the_trunk_is_answered() {
    let asked = challenge("WWW-Authenticate", "n", "");
    // Another address, which has seen the INVITE.
    let mut bench = client();
    dialled(&mut bench);
    let text = super::bench::reply(bench.last(), 401, "x", &asked, "");
    let other = Peer { remote: ([198, 51, 100, 7], 5060).into(), ..far() };
    bench.hear_from(other, Sender::Stranger, &text);
    assert_eq!(bench.take_sent(), ["INVITE", "ACK"]);
    assert_eq!(bench.take_events(), ["Refused Status(401)"]);

    // A call without the trunk, such as to a buyer's own address.
    let mut bench = client();
    bench.dial();
    bench.answer("INVITE", 401, "x", &asked, "");
    assert_eq!(bench.take_sent(), ["INVITE", "ACK"]);
    assert_eq!(bench.take_events(), ["Refused Status(401)"]);

    // A call that is no longer wanted.
    let mut bench = client();
    let session = dialled(&mut bench);
    bench.answer("INVITE", 100, "", "", "");
    bench.order(Command::Cancel { session, why: CancelWhy::Plain });
    bench.answer("INVITE", 401, "x", &asked, "");
    assert_eq!(bench.take_sent(), ["INVITE", "CANCEL", "ACK"]);
    assert_eq!(bench.take_events(), ["Refused Status(401)"]);
}

#[test]
fn the_bye_of_a_fork_answers_its_challenge() {
    let mut bench = client();
    dialled(&mut bench);
    bench.answer("INVITE", 401, "x", &challenge("WWW-Authenticate", "n", ""), "");
    bench.answer("INVITE", 200, "one", CONTACT, "answer");
    bench.answer("INVITE", 200, "two", CONTACT, "answer");
    assert_eq!(bench.last().method().unwrap().as_str(), "BYE");
    bench.answer("BYE", 401, "", &challenge("WWW-Authenticate", "m", ", stale=true"), "");
    assert_eq!(checked(bench.last(), HeaderName::Authorization).0, "m");
    assert_eq!(bench.last().to().unwrap().tag, Some("two"));
    bench.answer("BYE", 401, "", &challenge("WWW-Authenticate", "l", ""), "");
    let sent = bench.take_sent();
    assert_eq!(sent.iter().filter(|sent| *sent == "BYE").count(), 2, "{sent:?}");
}

/// An agent whose trunk `carrier` calls by digest.
fn server(algorithms: &[Algorithm]) -> Bench {
    let mut bench = Bench::new();
    let accounts = Accounts::new("ours", algorithms.to_vec(), [account("secret")], []);
    bench.order(Command::Admit(Arc::new(accounts)));
    bench
}

const BOTH: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Md5];

/// The caller, as the server sees it.
fn caller() -> Peer {
    Peer { remote: ([192, 0, 2, 1], 5060).into(), local: ([192, 0, 2, 9], 5060).into(), ..far() }
}

#[test]
fn two_agents_authenticate_each_other() {
    for algorithms in [&BOTH[..], &BOTH[..1], &BOTH[1..], &[Algorithm::Md5, Algorithm::Sha256]] {
        let (mut client, mut server) = (client(), server(algorithms));
        let address = std::net::SocketAddr::from(([192, 0, 2, 9], 5060));
        server.agent.core.config = AgentConfig::new(address);
        let session = dialled(&mut client);
        let mut passed = 0;
        while !client.sent.is_empty() || !server.sent.is_empty() {
            for (_, message) in std::mem::take(&mut client.sent) {
                let text = std::str::from_utf8(message.bytes()).unwrap();
                server.hear_from(caller(), Sender::Stranger, text);
            }
            for (_, message) in std::mem::take(&mut server.sent) {
                client.hear(std::str::from_utf8(message.bytes()).unwrap());
            }
            if let Some(Event::Incoming(incoming)) = server.events.first() {
                assert_eq!(incoming.trunk.as_str(), "carrier");
                let session = incoming.session;
                server.events.clear();
                server.order(Command::Accept { session, body: "answer".into() });
            }
            if client.take_events() == ["Answered"] {
                client.order(Command::Bye { session, cause: None });
            }
            passed += 1;
            assert!(passed < 10, "it never ends");
        }
        assert_eq!(server.take_events(), ["Confirmed", "Ended Bye"], "{algorithms:?}");
        assert_eq!(server.agent.counters().challenges, 1);
        client.expect_empty();
        server.expect_empty();
    }
}

/// An INVITE with credentials; an empty password sends none.
fn invite(password: &str, nonce: &str, count: u32, branch: &str) -> String {
    let mut request = Request::invite().branch(branch);
    if !password.is_empty() {
        let algorithm = Algorithm::Md5;
        let uri = request.uri.clone();
        let count = format!("{count:08x}");
        let secret = algorithm.hash(&["user", "ours", password]);
        let asked = algorithm.hash(&["INVITE", &uri]);
        let response = algorithm.hash(&[&secret, nonce, &count, "c", "auth", &asked]);
        request = request.more(&format!(
            "Authorization: Digest username=\"user\",realm=\"ours\",nonce=\"{nonce}\",\
             uri=\"{uri}\",response=\"{}\",qop=auth,nc={count},cnonce=\"c\"",
            response.to_uppercase(),
        ));
    }
    request.text().replace("call-1", &format!("call-{branch}"))
}

/// Sends an INVITE; returns `incoming`, or the challenges of its 401.
fn tried(bench: &mut Bench, from: Peer, text: &str) -> Vec<String> {
    bench.sent.clear();
    bench.hear_from(from, Sender::Stranger, text);
    if let Some(Event::Incoming(incoming)) = bench.events.pop() {
        let session = incoming.session;
        bench.order(Command::Reject {
            session,
            declined: crate::sip::Declined::plain(486),
            retry_after: None,
        });
        return vec!["incoming".to_owned()];
    }
    let response = bench.last();
    assert_eq!(response.status(), Some(401), "{response:?}");
    response.headers(HeaderName::WwwAuthenticate).map(str::to_owned).collect()
}

/// Returns the nonce of a fresh challenge.
fn nonce(bench: &mut Bench) -> String {
    let challenges = tried(bench, far(), &invite("", "", 0, "first"));
    field(challenges[0].strip_prefix("Digest ").unwrap(), "nonce").to_owned()
}

#[test]
fn callers_are_challenged_and_let_in_once_for_each_count() {
    let mut bench = server(&BOTH);
    let challenges = tried(&mut bench, far(), &invite("", "", 0, "a"));
    assert_eq!(challenges.len(), 2);
    assert!(challenges[0].contains("algorithm=SHA-256") && challenges[1].contains("algorithm=MD5"));
    assert!(challenges.iter().all(|one| one.contains("realm=\"ours\"") && !one.contains("stale")));
    assert_eq!(bench.refused.len(), 1, "it may not answer");

    let nonce = nonce(&mut bench);
    let is_stale =
        |challenges: Vec<String>| challenges.iter().all(|one| one.contains("stale=true"));
    let mut try_from = |from: Peer, password: &str, count, branch: &str| {
        tried(&mut bench, from, &invite(password, &nonce, count, branch))
    };
    assert_eq!(try_from(far(), "secret", 1, "b"), ["incoming"]);
    assert_eq!(try_from(far(), "secret", 3, "c"), ["incoming"]);
    for replayed in [1, 2, 3, 0] {
        assert!(is_stale(try_from(far(), "secret", replayed, &format!("d{replayed}"))));
    }
    let elsewhere = Peer { remote: ([192, 0, 2, 8], 5060).into(), ..far() };
    assert!(is_stale(try_from(elsewhere, "secret", 4, "e")), "a nonce is bound to its address");
    let other_port = Peer { remote: ([192, 0, 2, 9], 1024).into(), ..far() };
    assert_eq!(try_from(other_port, "secret", 5, "f"), ["incoming"]);
    bench.pass(NONCE_LIFE + Duration::from_secs(1));
    assert!(is_stale(tried(&mut bench, far(), &invite("secret", &nonce, 6, "g"))));
    bench.refused.clear();
    tried(&mut bench, far(), &invite("", "", 0, "h"));
    assert_eq!(bench.refused, [], "the first INVITE of a known caller is no fault");
}

#[test]
fn which_users_exist_is_not_found_out() {
    let mut bench = server(&BOTH);
    let nonce = nonce(&mut bench);
    bench.refused.clear();
    let wrong = invite("wrong", &nonce, 1, "a");
    let unknown =
        invite("secret", &nonce, 1, "b").replace("username=\"user\"", "username=\"root\"");
    let unreadable = invite("secret", &nonce, 1, "c").replace("qop=auth", "qop=auth-int");
    for text in [&wrong, &unknown, &unreadable] {
        let challenges = tried(&mut bench, far(), text);
        assert!(challenges.iter().all(|one| !one.contains("stale")), "{challenges:?}");
    }
    let reported = bench.refused.drain(..).map(|refused| (refused.status, refused.proof));
    assert_eq!(reported.collect::<Vec<_>>(), [(401, Proof::WrongCredentials); 3]);
    // Credentials for another realm are none.
    let elsewhere = invite("secret", &nonce, 1, "d").replace("realm=\"ours\"", "realm=\"x\"");
    assert_eq!(tried(&mut bench, far(), &elsewhere).len(), 2);
    assert_eq!(bench.refused.len(), 1);
    assert_eq!(bench.refused[0].proof, Proof::None);
}

#[test]
fn an_old_client_without_a_count_is_let_in_once() {
    let mut bench = server(&BOTH[1..]);
    let nonce = nonce(&mut bench);
    let secret = Algorithm::Md5.hash(&["user", "ours", "secret"]);
    let uri = "sip:+18005550100@192.0.2.1";
    let asked = Algorithm::Md5.hash(&["INVITE", uri]);
    let response = Algorithm::Md5.hash(&[&secret, &nonce, &asked]);
    let header = format!(
        "Authorization: Digest username=\"user\", realm=\"ours\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\""
    );
    let text =
        |branch| Request::invite().branch(branch).more(&header).text().replace("call-1", branch);
    assert_eq!(tried(&mut bench, far(), &text("a")), ["incoming"]);
    assert!(tried(&mut bench, far(), &text("b"))[0].contains("stale=true"));
}

#[test]
fn without_accounts_strangers_are_turned_away() {
    let mut bench = Bench::new();
    bench.hear_from(far(), Sender::Stranger, &Request::invite().text());
    assert_eq!(bench.take_sent(), ["403 INVITE"]);
    let mut bench = server(&BOTH);
    for method in ["OPTIONS", "BYE", "REGISTER", "MESSAGE"] {
        bench.hear_from(far(), Sender::Stranger, &Request::outside(method).text());
        assert_eq!(bench.take_sent(), [format!("403 {method}")]);
    }
    // A trunk by its address is not asked.
    bench.hear_from(far(), trusted(), &Request::invite().text());
    assert_eq!(bench.take_events(), ["Incoming"]);
}

/// A caller by digest over TCP speaks within its call from the same connection and address.
#[test]
fn a_call_by_digest_is_like_any_other() {
    let mut bench = server(&BOTH);
    let nonce = nonce(&mut bench);
    bench.sent.clear();
    bench.hear_from(far(), Sender::Stranger, &invite("secret", &nonce, 1, "b"));
    let session = bench.incoming();
    bench.order(Command::Accept { session, body: "answer".into() });
    let tag = session.to_string();
    let within =
        |method, seq| Request::within(method, &tag, seq).text().replace("call-1", "call-b");
    bench.hear_from(far(), Sender::Stranger, &within("ACK", 1));
    assert_eq!(bench.take_events(), ["Confirmed"]);
    bench.hear_from(far(), Sender::Stranger, &within("INFO", 2));
    bench.hear_from(far(), Sender::Stranger, &within("BYE", 3));
    assert_eq!(bench.take_sent(), ["200 INVITE", "200 INFO", "200 BYE"]);
    bench.expect_empty();
    assert!(matches!(far().transport, Transport::Udp));
}

#[test]
fn remembered_nonces_are_bounded() {
    let mut bench = server(&BOTH[1..]);
    let guard = &mut bench.agent.guard;
    let mut rng = crate::base::Rng::seeded(1);
    let now = crate::base::Mono::default();
    let client = far().remote.ip();
    let message =
        |text: &str| Message::parse(text.to_owned(), crate::sip::wire::Framing::Datagram).unwrap();
    let mut try_at = |now| {
        let challenge = guard.challenges(client, false, now, &mut rng).remove(0);
        let nonce = field(challenge.strip_prefix("Digest ").unwrap(), "nonce").to_owned();
        guard.check(&message(&invite("secret", &nonce, 1, "a")), client, now)
    };
    let trunk = crate::sip::digest::Verdict::Trunk("carrier".parse().unwrap());
    for _ in 0..NONCES_MAX {
        assert_eq!(try_at(now), trunk);
    }
    assert_eq!(try_at(now), crate::sip::digest::Verdict::Stale);
    assert_eq!(
        try_at(now + NONCE_LIFE + Duration::from_micros(1)),
        trunk,
        "old ones are forgotten"
    );
}
