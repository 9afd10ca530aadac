//! Tests of signatures with the carriers' own vectors, and with single bits flipped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::*;
use crate::carrier::Carrier;

/// Time at which all requests here were signed.
const SIGNED_AT: i64 = 1_700_000_000;
const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const DOCS: &str = "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234\
                    &From=%2B12349013030&To=%2B18005551212";
const SDK: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234\
                   &From=%2B14158675309&To=%2B18005551212";
const PLIVO: &str = "CallUUID=97ceeb52-58b6-11e1-86da-77300b68f8bb&From=14158675309\
                     &To=18005551212&Digits=1234&Direction=inbound";
const PLIVO_URL: &str = "https://calls.example.com/hooks/plivo/answer";
const PLIVO_NONCE: &str = "12345678901234567890";
const TELNYX_KEY: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const TELNYX_BODY: &str = "CallSid=v3%3Atest&From=%2B14158675309&To=%2B18005551212&Digits=1";
const TELNYX_SIGNATURE: &str =
    "E6kJ8smyFj79N3I6nVyEOs65MFiB9BnZSSmAwj0/b4E8CnfEGCgu3RTySHlqTAuJy76aqRE8anSj5yB4rEIABQ==";
const JSON: &str = r#"{"property": "value", "boolean": true}"#;
const JSON_HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const SWML: &str = r#"{"call":{"call_id":"abc"}}"#;
const SWML_SHA1: &str = "9201d9e785f243e0e1b22de5d4ff410ddc957d4f";
const SWML_SHA256: &str = "a18da3353ace9aa77fe9a33b1e887eb1462fe9ef48718a3db5c608b257317898";

/// A request, with the secret that verifies it.
#[derive(Debug, Clone)]
struct Sent {
    secret: Secret,
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    content_type: &'static str,
}

impl Sent {
    fn verify_at(&self, seconds: i64) -> Result<(), Forged> {
        let header = |name: &str| {
            let found = self.headers.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.as_str())
        };
        let received = Received {
            method: self.method,
            url: &self.url,
            header: &header,
            body: &self.body,
            content_type: self.content_type,
        };
        verify(&self.secret, &received, Wall::from_micros(seconds * 1_000_000))
    }

    fn verify(&self) -> Result<(), Forged> {
        self.verify_at(SIGNED_AT)
    }

    fn get(mut self) -> Self {
        self.method = Method::Get;
        self.body.clear();
        self.content_type = "";
        self
    }

    fn json(mut self, body: &str) -> Self {
        self.body = body.into();
        self.content_type = "application/json";
        self
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

fn post(carrier: Carrier, secret: &str, url: &str, body: &str) -> Sent {
    Sent {
        secret: Secret::new(carrier, secret).unwrap(),
        method: Method::Post,
        url: url.to_owned(),
        headers: Vec::new(),
        body: body.into(),
        content_type: "application/x-www-form-urlencoded; charset=UTF-8",
    }
}

fn twilio(url: &str, body: &str, signature: &str) -> Sent {
    post(Carrier::Twilio, "12345", url, body).header("x-twilio-signature", signature)
}

fn plivo(url: &str, body: &str, signature: &str) -> Sent {
    post(Carrier::Plivo, "my_auth_token", url, body)
        .header("x-plivo-signature-v3", signature)
        .header("x-plivo-signature-v3-nonce", PLIVO_NONCE)
}

fn telnyx() -> Sent {
    post(Carrier::Telnyx, TELNYX_KEY, "https://calls.example/t", TELNYX_BODY)
        .header("telnyx-signature-ed25519", TELNYX_SIGNATURE)
        .header("telnyx-timestamp", "1700000000")
}

fn swml() -> Sent {
    post(Carrier::SignalWire, "PSK_test_12345", "https://example.com/start", "").json(SWML)
}

/// Returns the vectors, each of which must be accepted.
fn vectors() -> Vec<(&'static str, Sent)> {
    let json_url = format!("{URL}&bodySHA256={JSON_HASH}");
    let plivo_query = format!("{PLIVO_URL}?foo=1&bar=2");
    let plivo_get = format!("{plivo_query}&{PLIVO}");
    let cxml = |header| {
        post(Carrier::SignalWire, "12345", URL, DOCS).header(header, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    };
    vec![
        ("Twilio's documentation", twilio(URL, DOCS, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")),
        ("its SDK", twilio(URL, SDK, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")),
        ("duplicates", {
            let body = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234";
            twilio(URL, body, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")
        }),
        ("duplicates twice", {
            let body = "Digits=1234&Sid=CA123&Digits=5678&SidAccount=AC123&Digits=5678";
            twilio(URL, body, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")
        }),
        ("JSON", twilio(&json_url, "", "a9nBmqA0ju/hNViExpshrM61xv4=").json(JSON)),
        ("cXML", cxml("x-signalwire-signature")),
        ("cXML by its other name", cxml("x-twilio-signature")),
        ("SWML, SHA-1", swml().header("x-signalwire-signature", SWML_SHA1)),
        ("SWML, SHA-256", swml().header("x-signalwire-sha256-signature", SWML_SHA256)),
        ("Telnyx", telnyx()),
        ("Plivo", plivo(&plivo_query, PLIVO, "nA/M3qQIksiocILBt4W0oZBguHWV218IgoLz9xo+QFw=")),
        (
            "Plivo, no query",
            plivo(PLIVO_URL, PLIVO, "y96qk/+GXat8VpVslooq6UMEbdgLYCxxmAtyigiHWpY="),
        ),
        ("Plivo, GET", {
            plivo(&plivo_get, "", "mqcesD6uT7uXub1cQDYt/eskp8a8QJUk3lyTN1aZjXs=").get()
        }),
    ]
}

#[test]
fn every_vector_is_believed() {
    for (name, sent) in vectors() {
        assert_eq!(sent.verify(), Ok(()), "{name}");
    }
}

/// Returns the content of a request, without its encoding. A flip that leaves the content unchanged
/// may pass.
fn meaning(sent: &Sent) -> (String, Vec<(String, String)>) {
    let (start, query) = form::split_query(&sent.url);
    let form = form::is_form(sent_as(sent)).then(|| form::parameters(&sent.body));
    let mut all = form::parameters(query.unwrap_or_default().as_bytes());
    all.extend(form.unwrap_or_else(|| vec![(String::new(), format!("{:?}", sent.body))]));
    (start.to_owned(), form::sorted(all))
}

/// Returns a request with the content type that `is_form` reads.
fn sent_as(sent: &Sent) -> &'static Received<'static> {
    const FORM: &Received<'static> = &Received {
        method: Method::Post,
        url: "",
        header: &|_| None,
        body: b"",
        content_type: "application/x-www-form-urlencoded",
    };
    const OTHER: &Received<'static> = &Received { content_type: "application/json", ..*FORM };
    if sent.content_type.starts_with("application/x-www") { FORM } else { OTHER }
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[test]
fn one_flipped_bit_anywhere_is_not_believed() {
    let mut tried = 0;
    for (name, sent) in vectors() {
        for body in flipped(&sent.body) {
            let forged = Sent { body, ..sent.clone() };
            if meaning(&forged) != meaning(&sent) {
                tried += 1;
                let shown = String::from_utf8_lossy(&forged.body).into_owned();
                assert!(forged.verify().is_err(), "{name}: body {shown}");
            }
        }
        // Telnyx does not sign the URL.
        let signs_url = sent.secret.carrier() != Carrier::Telnyx;
        for url in flipped(sent.url.as_bytes()).filter(|_| signs_url) {
            let Ok(url) = String::from_utf8(url) else { continue };
            let forged = Sent { url, ..sent.clone() };
            if meaning(&forged) != meaning(&sent) {
                tried += 1;
                assert!(forged.verify().is_err(), "{name}: URL {}", forged.url);
            }
        }
        for (at, (header, value)) in sent.headers.iter().enumerate() {
            for value in flipped(value.as_bytes()) {
                let Ok(value) = String::from_utf8(value) else { continue };
                let mut forged = sent.clone();
                let same = value.eq_ignore_ascii_case(&sent.headers[at].1) && value.len() % 8 == 0;
                forged.headers[at].1 = value;
                // Hexadecimal signatures match in upper and lower case.
                if !(same && name.starts_with("SWML")) {
                    tried += 1;
                    let shown = &forged.headers[at].1;
                    assert!(
                        forged.verify().is_err(),
                        "{name}: {header}: {shown} for {value:?}",
                        value = sent.headers[at].1
                    );
                }
            }
        }
    }
    assert!(tried > 15_000, "{tried}");
}

#[test]
fn a_missing_header_is_named() {
    for (name, sent) in vectors() {
        for at in 0..sent.headers.len() {
            let mut forged = sent.clone();
            forged.headers.remove(at);
            assert!(matches!(forged.verify(), Err(Forged::Missing(_))), "{name}");
        }
        let wrong = match sent.secret.carrier() {
            Carrier::Telnyx => "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=",
            Carrier::Twilio | Carrier::SignalWire | Carrier::Plivo => "another",
        };
        let secret = Secret::new(sent.secret.carrier(), wrong).unwrap();
        assert_eq!(Sent { secret, ..sent }.verify(), Err(Forged::Mismatch), "{name}");
    }
}

#[test]
fn ports_and_queries_are_written_in_several_ways() {
    const PLAIN: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    const HTTPS_443: &str = "kvajT1Ptam85bY51eRf/AJRuM3w=";
    const HTTP_80: &str = "0ZXoZLH/DfblKGATFgpif+LLRf4=";
    const HTTP_1234: &str = "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=";
    for (start, signature, believed) in [
        ("https://mycompany.com", PLAIN, true),
        ("https://mycompany.com:443", PLAIN, true),
        ("https://mycompany.com:8443", PLAIN, true),
        ("https://mycompany.com", HTTPS_443, true),
        ("https://mycompany.com:443", HTTPS_443, true),
        ("https://mycompany.com:8443", HTTPS_443, false),
        ("http://mycompany.com", HTTP_80, true),
        ("http://mycompany.com:80", HTTP_80, true),
        ("http://mycompany.com:1234", HTTP_1234, true),
        ("http://mycompany.com", HTTP_1234, false),
        ("http://mycompany.com", HTTPS_443, false),
    ] {
        let url = format!("{start}/myapp.php?foo=1&bar=2");
        assert_eq!(twilio(&url, SDK, signature).verify().is_ok(), believed, "{url} {signature}");
        let url = format!("{url}#rc=3&rp=ct,rt,5xx");
        assert_eq!(twilio(&url, SDK, signature).verify().is_ok(), believed, "{url} {signature}");
    }
    let signed = |url: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
        STANDARD.encode(hmac::sign(&key, url.as_bytes()))
    };
    for (received, signed_as) in [
        ("https://c.example/v?a=b c", "https://c.example/v?a=b%20c"),
        ("https://c.example/v?a=b+c&d=(e)'", "https://c.example/v?a=b%20c&d=(e)'"),
        ("https://u:p@[::1]/v", "https://u:p@[::1]:443/v"),
        ("https://u:p@[::1]:443/v", "https://u:p@[::1]/v"),
        ("https://c.example", "https://c.example:443"),
    ] {
        let sent = twilio(received, "", &signed(signed_as)).get();
        assert_eq!(sent.verify(), Ok(()), "{received}");
    }
}

#[test]
fn what_no_signature_covers_is_refused() {
    let twilio_json = twilio(URL, "", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=").json(JSON);
    assert_eq!(twilio_json.verify(), Err(Forged::Uncovered));
    let signature = "y96qk/+GXat8VpVslooq6UMEbdgLYCxxmAtyigiHWpY=";
    assert_eq!(plivo(PLIVO_URL, "", signature).json(JSON).verify(), Err(Forged::Uncovered));
    assert_eq!(telnyx().get().verify(), Err(Forged::Uncovered));
    // Version 2 of Plivo's signatures covers no parameters, so it is not accepted.
    let second = post(Carrier::Plivo, "my_auth_token", "https://answer.url", PLIVO)
        .header("x-plivo-signature-v2", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=")
        .header("x-plivo-signature-v2-nonce", "12345");
    assert_eq!(second.verify(), Err(Forged::Missing("x-plivo-signature-v3")));
}

#[test]
fn telnyx_signs_the_time() {
    for (apart, expected) in [
        (-300, Ok(())),
        (0, Ok(())),
        (300, Ok(())),
        (301, Err(Forged::Stale(301))),
        (-301, Err(Forged::Stale(301))),
        (i64::MAX / 1_000_000 - SIGNED_AT, Err(Forged::Stale(9_221_672_036_854))),
    ] {
        assert_eq!(telnyx().verify_at(SIGNED_AT + apart), expected, "{apart}");
    }
    let mut forged = telnyx();
    forged.headers[1].1 = "1700000001".into();
    assert_eq!(forged.verify(), Err(Forged::Mismatch));
    forged.headers[1].1 = "soon".into();
    assert_eq!(forged.verify(), Err(Forged::Missing("telnyx-timestamp")));
}

#[test]
fn plivo_may_send_several_signatures() {
    const GOOD: &str = "y96qk/+GXat8VpVslooq6UMEbdgLYCxxmAtyigiHWpY=";
    const BAD: &str = "nA/M3qQIksiocILBt4W0oZBguHWV218IgoLz9xo+QFw=";
    let list = |signatures: &str| plivo(PLIVO_URL, PLIVO, signatures);
    assert_eq!(list(&format!("{BAD},{GOOD}")).verify(), Ok(()));
    assert_eq!(list(&format!("{GOOD}, {BAD}")).verify(), Ok(()));
    assert_eq!(list(&format!("{BAD},{BAD}")).verify(), Err(Forged::Mismatch));
    let many = format!("{},{GOOD}", [BAD; 16].join(","));
    assert_eq!(list(&many).verify(), Err(Forged::Mismatch), "the seventeenth");
    assert_eq!(list(BAD).header("x-plivo-signature-ma-v3", GOOD).verify(), Ok(()));
    let mut main_only = list("").header("x-plivo-signature-ma-v3", GOOD);
    main_only.headers.remove(0);
    assert_eq!(main_only.verify(), Ok(()));
}

#[test]
fn secrets_are_checked_and_hidden() {
    for (carrier, text, expected) in [
        (Carrier::Twilio, " ", Err(InvalidSecret::Empty(Carrier::Twilio))),
        (Carrier::Telnyx, "short", Err(InvalidSecret::NoPublicKey)),
        (Carrier::Telnyx, "AAAA", Err(InvalidSecret::NoPublicKey)),
        (Carrier::Telnyx, TELNYX_KEY, Ok(())),
        (Carrier::Plivo, "token", Ok(())),
    ] {
        assert_eq!(Secret::new(carrier, text).map(|_| ()), expected, "{carrier} {text}");
    }
    let secret = Secret::new(Carrier::SignalWire, "PSK_test").unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(signalwire, hidden)");
}
