//! IPv4, IPv6, and both: signalling and audio end to end.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs as _;
use std::net::UdpSocket;
use std::time::Duration;

use rtp::header::Header;

use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;
use crate::free_port::free_port;
use crate::packets;
use crate::packets::packet;

/// Maximum wait for a message or a packet.
const PATIENCE: Duration = Duration::from_secs(10);

/// One end of a call: its sockets for SIP and audio.
struct End {
    sip: UdpSocket,
    audio: UdpSocket,
}

impl End {
    fn at(ip: IpAddr) -> End {
        let bound = || {
            let socket = UdpSocket::bind((ip, 0)).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket
        };
        End { sip: bound(), audio: bound() }
    }

    fn address(&self) -> SocketAddr {
        self.sip.local_addr().unwrap()
    }

    fn sdp(&self) -> String {
        let at = self.audio.local_addr().unwrap();
        let (ip, family) = (at.ip(), if at.is_ipv4() { 4 } else { 6 });
        format!(
            "v=0\r\no=- 1 1 IN IP{family} {ip}\r\ns=-\r\nc=IN IP{family} {ip}\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 0\r\n",
            at.port()
        )
    }

    /// Returns the next message that contains a text, and its sender.
    fn receive(&self, part: &str) -> (String, SocketAddr) {
        let mut buffer = [0; 65_535];
        let mut others = Vec::new();
        loop {
            let Ok((length, from)) = self.sip.recv_from(&mut buffer) else {
                panic!("no {part:?} came to {}, only {others:#?}", self.address());
            };
            let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if message.contains(part) {
                return (message, from);
            }
            others.push(message);
        }
    }

    fn send(&self, to: SocketAddr, message: &str) {
        self.sip.send_to(message.as_bytes(), to).unwrap();
    }

    /// Returns a request of the caller; `more` has the Contact and the body.
    fn request(&self, method: &str, target: &str, (seq, to): (u32, &str), more: &str) -> String {
        let (own, host) = (self.address(), host(self.address().ip()));
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{method}{seq}\r\n\
             From: <sip:+13055550123@{host}>;tag=f\r\nTo: {to}\r\nCall-ID: families\r\n\
             CSeq: {seq} {method}\r\nMax-Forwards: 70\r\nContact: <sip:{own}>\r\n{more}"
        )
    }

    fn response(&self, request: &str) -> String {
        let copied = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "];
        let lines = request.lines().filter(|line| copied.iter().any(|name| line.starts_with(name)));
        let tagged = |line: &str| match line.starts_with("To: ") && !line.contains(";tag=") {
            true => format!("{line};tag=b\r\n"),
            false => format!("{line}\r\n"),
        };
        let head: String = lines.map(tagged).collect();
        format!("SIP/2.0 200 OK\r\n{head}Contact: <sip:{}>\r\n{}", self.address(), self.body())
    }

    fn body(&self) -> String {
        let sdp = self.sdp();
        let length = sdp.len();
        format!("Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{sdp}")
    }

    /// Sends packets to `to` until `ear` hears them; returns where they come from.
    fn is_heard(&self, to: SocketAddr, ear: &End, sound: u8) -> SocketAddr {
        let mut buffer = [0; 2_048];
        for sequence_number in 0..500u16 {
            let timestamp = u32::from(sequence_number) * 160;
            let head = Header { sequence_number, timestamp, ssrc: 7, ..Header::default() };
            self.audio.send_to(&packet(head, &[sound; 160]), to).unwrap();
            ear.audio.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            if let Ok((length, from)) = ear.audio.recv_from(&mut buffer)
                && packets::read(&buffer[..length]).payload.first() == Some(&sound)
            {
                return from;
            }
        }
        panic!("audio to {to} was not heard");
    }
}

/// Returns an address as the host of a URI.
fn host(ip: IpAddr) -> String {
    if ip.is_ipv4() { ip.to_string() } else { format!("[{ip}]") }
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let value = message.lines().find_map(|line| line.strip_prefix(name));
    value.unwrap_or_else(|| panic!("no {name} in {message}"))
}

/// Returns the address in a Contact.
fn contact(message: &str) -> SocketAddr {
    let uri = header(message, "Contact: ").trim_matches(['<', '>']);
    uri.strip_prefix("sip:").unwrap().parse().unwrap()
}

/// Returns where a description asks for audio.
fn audio(message: &str) -> SocketAddr {
    let port = header(message, "m=audio ").split(' ').next().unwrap().parse().unwrap();
    let ip = header(message, "c=IN IP").split(' ').nth(1).unwrap().parse().unwrap();
    SocketAddr::new(ip, port)
}

/// One combination.
struct Case {
    /// `[sip] listen`; `P` is the port, `N` the test's own IPv4 network.
    listen: &'static str,
    /// `[sip] advertise`.
    advertise: &'static str,
    /// `[media] address`.
    media: &'static str,
    /// Where the caller is, and which address of the switch it calls.
    caller: (&'static str, &'static str),
    /// Where the buyer is, and the host in its destination.
    buyer: (&'static str, &'static str),
}

/// Calls once, with audio both ways; every address that the switch names is of its peer's family
/// and is the one that it sends from, or the advertised one.
fn call(case: &Case) {
    let caller = End::at(case.caller.0.parse().unwrap());
    let buyer = End::at(case.buyer.0.parse().unwrap());
    // The wildcard addresses would take 5060, and the other tests' media, from every other test.
    let port = free_port();
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |stage, settings| {
            let old = format!("[\"udp:{0}:5060\", \"tcp:{0}:5060\"]", stage.ip(1));
            let listen = case.listen.replace(":P", &format!(":{port}"));
            let listen = format!("{listen}\nadvertise = \"{}\"", case.advertise);
            let media = format!("[media]\naddress = \"{}\"", stage.ip(1));
            settings
                .replace(&old, &listen)
                .replace(&media, &format!("[media]\naddress = \"{}\"", case.media))
                .replace("\"20000-29999\"", "\"30000-31999\"")
        },
        |stage, book| {
            let accepted = format!("{}/30", stage.ip(20));
            let destination = format!("acme@{}:5060", stage.ip(10));
            let own = format!("acme@{}:{}", case.buyer.1, buyer.address().port());
            book.replace(&accepted, case.caller.0).replace(&destination, &own)
        },
    );
    let switch = SocketAddr::new(case.caller.1.parse().unwrap(), port);
    let target = format!("sip:{NUMBER}@{switch}");
    let to = format!("<sip:{NUMBER}@{}>", host(switch.ip()));
    caller.send(switch, &caller.request("INVITE", &target, (1, &to), &caller.body()));

    let (offer, from) = buyer.receive("INVITE sip:");
    let named = |peer: SocketAddr| match case.advertise.parse::<IpAddr>() {
        Ok(public) if public.is_ipv4() == peer.is_ipv4() => SocketAddr::new(public, port),
        Ok(_) | Err(_) => peer,
    };
    assert_eq!(from.port(), port);
    assert_eq!(contact(&offer), named(from));
    assert!(header(&offer, "Via: ").contains(&format!("UDP {};", named(from))), "{offer}");
    let own = format!("<sip:+13055550123@{}>", host(named(switch).ip()));
    assert!(header(&offer, "From: ").starts_with(&own), "{offer}");
    assert_eq!(header(&offer, "P-Asserted-Identity: "), own);
    buyer.send(from, &buyer.response(&offer));
    let (_, _) = buyer.receive("ACK sip:");

    let (answer, from) = caller.receive("SIP/2.0 200 ");
    assert_eq!(from, switch);
    assert_eq!(contact(&answer), named(switch));
    let tagged = header(&answer, "To: ");
    let end = "Content-Length: 0\r\n\r\n";
    caller.send(switch, &caller.request("ACK", &target, (1, tagged), end));

    // An advertised address of documentation is not ours to send to.
    let asked = audio(&answer);
    let is_public = Ok(asked.ip()) == case.advertise.parse();
    let reached = if is_public { SocketAddr::new(switch.ip(), asked.port()) } else { asked };
    let towards_buyer = caller.is_heard(reached, &buyer, 0x11);
    buyer.is_heard(towards_buyer, &caller, 0x22);
    let offered = audio(&offer);
    assert_eq!(offered.port(), towards_buyer.port());
    assert_eq!(offered.is_ipv4(), towards_buyer.is_ipv4());

    caller.send(switch, &caller.request("BYE", &target, (2, tagged), end));
    caller.receive("CSeq: 2 BYE");
    let (bye, from) = buyer.receive("BYE sip:");
    buyer.send(from, &buyer.response(&bye));
    assert_eq!(attempts(&stage.record()), ["acme won"]);
}

/// Returns whether this machine has IPv6.
fn has_ipv6() -> bool {
    UdpSocket::bind("[::1]:0").is_ok()
}

const V4: (&str, &str) = ("127.0.0.77", "127.0.0.1");
const V6: (&str, &str) = ("::1", "::1");
const TO_V4: (&str, &str) = ("127.0.0.78", "127.0.0.78");
const TO_V6: (&str, &str) = ("::1", "[::1]");

#[test]
fn a_dual_stack_listener_joins_all_families() {
    if !has_ipv6() {
        return eprintln!("skipped: no IPv6");
    }
    let (listen, advertise, media) = ("[\"udp:[::]:P\"]", "", "::");
    for caller in [V4, V6] {
        for buyer in [TO_V4, TO_V6] {
            call(&Case { listen, advertise, media, caller, buyer });
        }
    }
}

#[test]
fn two_listeners_and_default_media_join_all_families() {
    if !has_ipv6() {
        return eprintln!("skipped: no IPv6");
    }
    let (listen, advertise, media) = ("[\"udp:0.0.0.0:P\", \"udp:[::]:P\"]", "", "0.0.0.0");
    for (caller, buyer) in [(V4, TO_V6), (V6, TO_V4), (V6, TO_V6)] {
        call(&Case { listen, advertise, media, caller, buyer });
    }
    let listen = "[\"udp:127.0.0.1:P\", \"udp:[::1]:P\"]";
    for (caller, buyer) in [(V4, TO_V6), (V6, TO_V4)] {
        call(&Case { listen, advertise, media, caller, buyer });
    }
}

#[test]
fn an_advertised_address_is_for_peers_of_its_family() {
    if !has_ipv6() {
        return eprintln!("skipped: no IPv6");
    }
    let listen = "[\"udp:[::]:P\"]";
    for (advertise, media, caller, buyer) in [
        ("203.0.113.7", "::", V6, TO_V4),
        ("203.0.113.7", "::", V4, TO_V6),
        ("2001:db8::7", "0.0.0.0", V4, TO_V6),
        ("2001:db8::7", "0.0.0.0", V6, TO_V4),
    ] {
        call(&Case { listen, advertise, media, caller, buyer });
    }
}

/// `localhost` has both addresses; a listener of one family takes the one that it can reach.
#[test]
fn a_named_destination_is_reached_by_the_family_of_the_listener() {
    let (advertise, media) = ("", "0.0.0.0");
    let listen = "[\"udp:127.0.0.1:P\"]";
    let buyer = ("127.0.0.1", "localhost");
    call(&Case { listen, advertise, media, caller: V4, buyer });
    let both = ("localhost", 0).to_socket_addrs().unwrap().any(|address| address.is_ipv6());
    if both {
        let (listen, buyer) = ("[\"udp:[::1]:P\"]", ("::1", "localhost"));
        call(&Case { listen, advertise, media, caller: V6, buyer });
    }
}

#[test]
fn identities_carry_the_listening_address() {
    let (listen, advertise) = ("[\"udp:127.0.0.3:P\", \"udp:127.0.0.4:P\"]", "");
    let caller = ("127.0.0.77", "127.0.0.4");
    call(&Case { listen, advertise, media: "127.0.0.3", caller, buyer: TO_V4 });
}
