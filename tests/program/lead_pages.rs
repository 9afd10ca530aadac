//! Forms of web pages: the script, in a browser; the pages that may send leads, and what the script
//! reports of the person.

use std::fs;
use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::thread;

use serde_json::Value;
use serde_json::json;

use crate::browser::Browser;
use crate::http;
use crate::lead_sources::curl;
use crate::leads::ACCEPTS;
use crate::leads::Buyers;
use crate::switch::Switch;

const ORIGIN: &str = "https://www.example.com";
const PAGE: &str = "Origin: https://www.example.com";
const PATH: &str = "/in/key-of-page-01234";

/// Starts a switch whose source `page` takes three leads of one browser from pages of an origin.
fn switch(buyers: &Buyers, origin: &str) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    let book = format!(
        "[[source]]\nid = \"page\"\nspam = {{ max = 3, per = \"1d\" }}\n\
         intake = [{{ key = \"key-of-page-01234\", offer = \"o\", live = true, \
         origins = [\"{origin}\"] }}, \
         {{ key = \"key-of-server-0123\", offer = \"o\", live = true }}]\n\
         [[offer]]\nid = \"o\"\n[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
         delivery = {{ post = \"http://{}{ACCEPTS}\", format = \"json\" }}\n",
        buyers.address
    );
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn a_page_gets_the_script_and_its_leads_are_scored_by_behaviour() {
    let buyers = Buyers::start();
    let switch = switch(&buyers, ORIGIN);
    let (status, head, script) = curl(&switch, &format!("{PATH}/form.js"), &[]);
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/javascript"), "{head}");
    assert!(head.contains("cross-origin-resource-policy: cross-origin"), "{head}");
    for name in ["time_on_page", "keystrokes", "engagement"] {
        assert!(script.contains(&format!("\"{name}\"")), "{name}");
    }
    let (status, _, _) = curl(&switch, "/in/key-of-server-0123/form.js", &[]);
    assert_eq!(status, 404, "an entrance of servers has a secret key");

    let score = |behaviour: &str, phone: &str| {
        let form = format!("phone={phone}&{behaviour}");
        let (status, head, told) = curl(&switch, PATH, &["-H", PAGE, "-d", &form]);
        assert_eq!(status, 201, "{told}");
        let origin = "access-control-allow-origin: https://www.example.com";
        assert!(head.contains(origin) && head.contains("vary: origin"), "{head}");
        let path = format!("/v1/leads/{}", read(&told)["id"].as_str().unwrap());
        let (_, shown) = http::fetch(switch.address, &path, &switch.token);
        let shown = read(&shown);
        let steps = shown["steps"].as_array().unwrap();
        let scored = steps.iter().find(|step| step["step"] == "scored").unwrap();
        scored["score"].as_u64().unwrap()
    };
    let person = score("time_on_page=42&keystrokes=31&engagement=80", "3055550101");
    let robot = score("time_on_page=1&keystrokes=0&engagement=0", "3055550102");
    assert!(person >= robot + 20, "{person} {robot}");
    let verified = switch.run("verify");
    assert!(verified.contains("no difference"), "{verified}");
}

#[test]
fn only_pages_of_the_source_send_leads_and_each_browser_a_few() {
    let buyers = Buyers::start();
    let switch = switch(&buyers, ORIGIN);
    for origin in [
        &[][..],
        &["-H", "Origin: https://evil.example"],
        &["-H", "Origin: https://www.example.com.evil.example"],
        &["-H", "Origin: null"],
    ] {
        let arguments = [origin, &["-d", "phone=3055550101"]].concat();
        let (status, head, told) = curl(&switch, PATH, &arguments);
        assert_eq!((status, &read(&told)["reason"]), (403, &json!("origin_not_allowed")));
        assert!(!head.contains("access-control-allow-origin"), "{head}");
    }
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 0);
    // The address is that of the connection, whatever the form says.
    for (n, expected) in [(1, 201), (2, 201), (3, 201), (4, 429)] {
        let form = format!("phone=305555010{n}&ip_address=198.51.100.{n}");
        let (status, _, told) = curl(&switch, PATH, &["-H", PAGE, "-d", &form]);
        assert_eq!(status, expected, "{n}: {told}");
    }
    // A server with a secret key sends for many persons.
    let form = "phone=3055550109&ip_address=198.51.100.9";
    assert_eq!(curl(&switch, "/in/key-of-server-0123", &["-d", form]).0, 201);
}

/// Serves the pages of a site: a form that is sent by the script of a switch, and the page that
/// follows. Serves until the test ends.
struct Site {
    address: SocketAddr,
    listener: TcpListener,
}

impl Site {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { address: listener.local_addr().unwrap(), listener }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn serve(self, switch: &Switch) {
        let form = format!(
            "<title>Quote</title><pre id=answer hidden></pre>\
             <form id=quote><input name=phone><input name=first_name>\
             <input type=hidden name=thank_you_url value={}/thanks><button>Send</button></form>\
             <script>document.addEventListener('strowger:answer', e => {{ \
             answer.textContent = JSON.stringify(e.detail); answer.hidden = false }})</script>\
             <script src=http://{}{PATH}/form.js data-form='#quote'></script>",
            self.origin(),
            switch.address
        );
        thread::spawn(move || {
            for mut stream in self.listener.incoming().map_while(Result::ok) {
                let mut request = [0; 4_096];
                let read = stream.read(&mut request).unwrap_or(0);
                let page = match request[..read].starts_with(b"GET /thanks ") {
                    true => "<title>Thanks</title><p id=thanks>Thank you</p>",
                    false => &form,
                };
                // A browser that goes away while it is answered is none of the site's business.
                let _gone = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\
                     Content-Length: {}\r\n\r\n{page}",
                    page.len()
                );
            }
        });
    }
}

#[test]
fn the_script_sends_the_form_that_a_person_fills_in() {
    let (buyers, site) = (Buyers::start(), Site::new());
    let (origin, switch) = (site.origin(), switch(&buyers, &site.origin()));
    site.serve(&switch);
    let browser = Browser::start();
    browser.open(&origin);
    // A phone number with a digit too few: the page shows the fault, and the form can be sent again.
    browser.type_into("[name=phone]", "305555010");
    browser.type_into("[name=first_name]", "Ann");
    browser.click("button");
    let answer = read(&browser.text("#answer:not([hidden])"));
    assert_eq!(answer["errors"][0]["field"], "phone", "{answer}");
    browser.type_into("[name=phone]", "1");
    browser.click("button");
    assert_eq!(browser.text("#thanks"), "Thank you");

    let came = buyers.body(ACCEPTS);
    assert_eq!((&came["phone"], &came["first_name"]), (&json!("+13055550101"), &json!("Ann")));
    assert!(came.get("thank_you_url").is_none(), "{came}");
    let number = |name: &str| came[name].as_str().unwrap().parse::<u32>().unwrap();
    // Ten digits, three letters, and Shift.
    assert_eq!(number("keystrokes"), 14);
    let engagement = number("engagement");
    assert!((1..=100).contains(&engagement), "{engagement}");
    assert!(number("time_on_page") < 60, "{came}");
    assert_eq!(buyers.posts(ACCEPTS, "+13055550101"), 1);
}
