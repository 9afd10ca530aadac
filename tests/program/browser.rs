//! A real browser: Chromium without a window, driven by the WebDriver protocol of `chromedriver`
//! (W3C WebDriver §6).

use std::io::BufRead as _;
use std::io::BufReader;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;

use crate::http;

/// Key of an element's reference in an answer (WebDriver §11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Longest wait for an element or a page, in milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// One browser with one window. Ends with the value.
pub(crate) struct Browser {
    driver: Driver,
    session: String,
    _profile: TempDir,
}

/// The program that starts the browser and ends it.
struct Driver {
    child: Child,
    address: SocketAddr,
}

impl Browser {
    /// Starts a browser with an empty profile.
    pub(crate) fn start() -> Self {
        let (driver, profile) = (Driver::start(), tempfile::tempdir().unwrap());
        let arguments = [
            "--headless=new".to_owned(),
            // The tests may run as root, for whom there is no sandbox.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "timeouts": { "implicit": PATIENCE_MS, "pageLoad": PATIENCE_MS },
        } } });
        let session = driver.order("/session", &wanted)["sessionId"].as_str().unwrap().to_owned();
        Self { driver, session, _profile: profile }
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&self, url: &str) {
        self.order("url", &json!({ "url": url }));
    }

    /// Types into the element of a CSS selector, key by key.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.order(&format!("element/{element}/value"), &json!({ "text": text }));
    }

    /// Moves the pointer to the element of a CSS selector and clicks.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.order(&format!("element/{element}/click"), &json!({}));
    }

    /// Waits for the element of a CSS selector, and returns its text.
    pub(crate) fn text(&self, selector: &str) -> String {
        let element = self.element(selector);
        let path = format!("/session/{}/element/{element}/text", self.session);
        let (status, answer) = http::fetch(self.driver.address, &path, "");
        assert_eq!(status, 200, "{answer}");
        value(&answer).as_str().unwrap().to_owned()
    }

    /// Waits for the element of a CSS selector.
    fn element(&self, selector: &str) -> String {
        let found = self.order("element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    fn order(&self, command: &str, body: &Value) -> Value {
        self.driver.order(&format!("/session/{}/{command}", self.session), body)
    }
}

impl Driver {
    fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver, see scripts/install-test-tools.sh");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let begins = "ChromeDriver was started successfully on port ";
        let port = lines.find_map(|line| line.strip_prefix(begins).map(str::to_owned)).unwrap();
        let port = port.trim_end_matches('.').parse().unwrap();
        Self { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) }
    }

    fn order(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = http::post(self.address, path, None, &body.to_string());
        assert_eq!(status, 200, "{path}: {answer}");
        value(&answer)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its browser, and then itself.
        http::fetch(self.address, "/shutdown", "");
        self.child.wait().unwrap();
    }
}

fn value(answer: &str) -> Value {
    let mut read: Value = serde_json::from_str(answer).unwrap_or_else(|_| panic!("{answer}"));
    read["value"].take()
}
