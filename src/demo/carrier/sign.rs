//! Webhook signatures as the four carriers document them. This is the carriers' side: it shares no
//! code with the side that verifies them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;
use ring::signature::Ed25519KeyPair;

use super::account::Account;
use super::account::Kind;

/// Method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Parameters in the query.
    Get,
    /// Parameters as a form.
    Post,
}

impl Method {
    /// Returns the name in HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// What a signature covers.
pub(super) struct Signed<'a> {
    pub(super) method: Method,
    /// URL without fragment; its query already has the parameters of a GET.
    pub(super) url: &'a str,
    /// Sent parameters, decoded.
    pub(super) params: &'a [(String, String)],
    /// The body, byte for byte.
    pub(super) body: &'a str,
    /// Seconds since 1970 (Telnyx).
    pub(super) timestamp: i64,
    /// A number used once (Plivo).
    pub(super) nonce: &'a str,
}

/// Returns the headers with the signature.
pub(super) fn sign(account: &Account, signed: &Signed<'_>) -> Vec<(&'static str, String)> {
    match account.kind {
        Kind::Twilio => vec![("X-Twilio-Signature", twilio(&account.key, signed))],
        Kind::SignalWire => {
            let text = twilio(&account.key, signed);
            vec![("X-SignalWire-Signature", text.clone()), ("X-Twilio-Signature", text)]
        }
        Kind::Telnyx => vec![
            ("telnyx-signature-ed25519", telnyx(&account.key, signed)),
            ("telnyx-timestamp", signed.timestamp.to_string()),
        ],
        Kind::Plivo => {
            let text = plivo(&account.key, signed);
            vec![
                ("X-Plivo-Signature-V3", text.clone()),
                ("X-Plivo-Signature-Ma-V3", text),
                ("X-Plivo-Signature-V3-Nonce", signed.nonce.to_owned()),
            ]
        }
    }
}

/// Returns the HMAC-SHA1 over the URL and, for a POST, each parameter's name and value, sorted;
/// each value of a name once.
fn twilio(key: &[u8], signed: &Signed<'_>) -> String {
    let mut text = signed.url.to_owned();
    if signed.method == Method::Post {
        for (name, value) in sorted(signed.params) {
            text.push_str(name);
            text.push_str(value);
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    BASE64.encode(hmac::sign(&key, text.as_bytes()))
}

/// Returns the Ed25519 signature of timestamp and body.
fn telnyx(seed: &[u8], signed: &Signed<'_>) -> String {
    match Ed25519KeyPair::from_seed_unchecked(seed) {
        Ok(pair) => {
            let text = format!("{}|{}", signed.timestamp, signed.body);
            BASE64.encode(pair.sign(text.as_bytes()))
        }
        Err(_) => String::new(),
    }
}

/// Returns the HMAC-SHA256 over the URL with its query sorted, the parameters sorted, and the
/// nonce.
fn plivo(key: &[u8], signed: &Signed<'_>) -> String {
    let (path, query) = match signed.url.split_once('?') {
        Some((path, query)) => (path, query),
        None => (signed.url, ""),
    };
    let query: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let pairs: Vec<String> =
        sorted(&query).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let form: String = match signed.method {
        Method::Get => String::new(),
        Method::Post => {
            sorted(signed.params).into_iter().flat_map(|(name, value)| [name, value]).collect()
        }
    };
    let base = match (pairs.is_empty(), form.is_empty()) {
        (true, true) => path.to_owned(),
        (true, false) => format!("{path}?{form}"),
        (false, true) => format!("{path}?{}", pairs.join("&")),
        (false, false) => format!("{path}?{}.{form}", pairs.join("&")),
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    BASE64.encode(hmac::sign(&key, format!("{base}.{}", signed.nonce).as_bytes()))
}

fn sorted(params: &[(String, String)]) -> Vec<(&str, &str)> {
    let mut pairs: Vec<(&str, &str)> =
        params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn post<'a>(url: &'a str, params: &'a [(String, String)]) -> Signed<'a> {
        Signed { method: Method::Post, url, params, body: "", timestamp: 0, nonce: "" }
    }

    fn call(caller: &str) -> Vec<(String, String)> {
        params(&[
            ("To", "+18005551212"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", caller),
            ("Digits", "1234"),
            ("From", caller),
        ])
    }

    /// The example of the documentation, and those of Twilio's libraries.
    #[test]
    fn twilio_signs_as_its_vectors_do() {
        let account = Account::with_token(Kind::Twilio, "AC1", "12345");
        let tail = "mycompany.com/myapp.php?foo=1&bar=2";
        let doubled = params(&[
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]);
        let cases = [
            (format!("https://{tail}"), call("+12349013030"), "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
            (format!("https://{tail}"), call("+14158675309"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (
                format!("https://{}", tail.replacen(".com", ".com:443", 1)),
                call("+14158675309"),
                "kvajT1Ptam85bY51eRf/AJRuM3w=",
            ),
            (
                format!("http://{}", tail.replacen(".com", ".com:80", 1)),
                call("+14158675309"),
                "0ZXoZLH/DfblKGATFgpif+LLRf4=",
            ),
            (
                format!("http://{}", tail.replacen(".com", ".com:1234", 1)),
                call("+14158675309"),
                "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
            ),
            (format!("https://{tail}"), doubled, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        ];
        for (url, params, expected) in cases {
            let headers = sign(&account, &post(&url, &params));
            assert_eq!(headers, [("X-Twilio-Signature", expected.to_owned())], "{url}");
        }
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=\
                   0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
        let headers = sign(&account, &Signed { method: Method::Get, ..post(url, &[]) });
        assert_eq!(headers[0].1, "a9nBmqA0ju/hNViExpshrM61xv4=");
    }

    #[test]
    fn signalwire_signs_as_twilio_does_with_its_own_key() {
        let account = Account::with_token(Kind::SignalWire, "p", "12345");
        let call = call("+12349013030");
        let headers = sign(&account, &post("https://mycompany.com/myapp.php?foo=1&bar=2", &call));
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["X-SignalWire-Signature", "X-Twilio-Signature"]);
        assert!(headers.iter().all(|(_, text)| text == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="));
    }

    #[test]
    fn plivo_signs_its_three_forms() {
        let account = Account::with_token(Kind::Plivo, "MA1", "my_auth_token");
        let call = params(&[
            ("CallUUID", "97ceeb52-58b6-11e1-86da-77300b68f8bb"),
            ("From", "14158675309"),
            ("To", "18005551212"),
            ("Digits", "1234"),
            ("Direction", "inbound"),
        ]);
        let bare = "https://calls.example.com/hooks/plivo/answer";
        let query = format!("{bare}?foo=1&bar=2");
        let merged = format!(
            "{query}&CallUUID=97ceeb52-58b6-11e1-86da-77300b68f8bb&From=14158675309\
             &To=18005551212&Digits=1234&Direction=inbound"
        );
        let cases = [
            (Method::Post, &query, "nA/M3qQIksiocILBt4W0oZBguHWV218IgoLz9xo+QFw="),
            (Method::Post, &bare.to_owned(), "y96qk/+GXat8VpVslooq6UMEbdgLYCxxmAtyigiHWpY="),
            (Method::Get, &merged, "mqcesD6uT7uXub1cQDYt/eskp8a8QJUk3lyTN1aZjXs="),
        ];
        for (method, url, expected) in cases {
            let nonce = "12345678901234567890";
            let signed = Signed { method, nonce, ..post(url, &call) };
            assert_eq!(sign(&account, &signed)[0].1, expected, "{method:?} {url}");
        }
    }

    /// The key of RFC 8032 §7.1, test 1.
    #[test]
    fn telnyx_signs_timestamp_and_body() {
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ];
        let account = Account::with_seed("a", seed, "KEY");
        assert_eq!(account.webhook_secret(), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        let body = "CallSid=v3%3Atest&From=%2B14158675309&To=%2B18005551212&Digits=1";
        let signed = Signed { body, timestamp: 1_700_000_000, ..post("https://x.test/", &[]) };
        let expected = "E6kJ8smyFj79N3I6nVyEOs65MFiB9BnZSSmAwj0/b4E8CnfEGCgu3RTySHlqTAuJy76aqRE8anSj5y\
                    B4rEIABQ==";
        let headers = sign(&account, &signed);
        assert_eq!(headers[0], ("telnyx-signature-ed25519", expected.to_owned()));
        assert_eq!(headers[1], ("telnyx-timestamp", "1700000000".to_owned()));
    }
}
