//! Forms of web pages: the script, the pages that may send leads, and what the script reports of the
//! person. No browser runs here: the requests are those that a browser makes.

use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::http;
use crate::lead_sources::curl;
use crate::leads::Buyers;
use crate::switch::Switch;

const PAGE: &str = "Origin: https://www.example.com";
const PATH: &str = "/in/key-of-page-01234";

/// Starts a switch whose source `page` takes three leads of one browser.
fn switch(buyers: &Buyers) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    let book = format!(
        "[[source]]\nid = \"page\"\nspam = {{ max = 3, per = \"1d\" }}\n\
         intake = [{{ key = \"key-of-page-01234\", offer = \"o\", live = true, \
         origins = [\"https://www.example.com\"] }}, \
         {{ key = \"key-of-server-0123\", offer = \"o\", live = true }}]\n\
         [[offer]]\nid = \"o\"\n[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
         delivery = {{ post = \"http://{}/accepts\", format = \"json\" }}\n",
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
    let switch = switch(&buyers);
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
    let switch = switch(&buyers);
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
    assert_eq!(buyers.posts("/accepts", "+13055550101"), 0);
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
