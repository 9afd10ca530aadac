//! Client of the carriers' APIs: requests the state of a call when callbacks have stopped, and
//! hangs calls up. A callback may be lost; the API's answer is the carrier's record.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::carrier::CallState;
use crate::carrier::Carrier;
use crate::carrier::LASTS_MAX;
use crate::net::Ask;
use crate::net::Credentials;
use crate::net::Fetcher;
use crate::switch::HangUpError;

/// Longest time for a carrier's answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest time for a carrier to hang up. The carrier's own requests about the call wait meanwhile.
const HANG_UP_MAX: Duration = Duration::from_secs(5);
/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1_024;

/// Access to a carrier's API.
#[derive(Clone)]
pub struct Account {
    /// Base URL of the API, without a trailing slash.
    pub api: String,
    /// The account's id; `None` for the one that the carrier sent with the call.
    pub id: Option<String>,
    /// The API's secret: a token, or a key.
    pub secret: String,
}

/// State of a call as its carrier reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: CallState,
    pub(super) duration: Option<Duration>,
}

/// Client of the carriers' APIs.
pub struct Inquirer {
    fetcher: Arc<Fetcher>,
    accounts: HashMap<Carrier, Account>,
    /// Longest time for a carrier's answer.
    patience: Duration,
}

impl Inquirer {
    /// Creates a client with these accounts. It sends no request to a carrier without an account.
    pub fn new(accounts: HashMap<Carrier, Account>, fetcher: Arc<Fetcher>) -> Self {
        Self { fetcher, accounts, patience: PATIENCE }
    }

    /// Returns the state of a call; `None` if no account is set up or the carrier sends no usable
    /// answer.
    pub(super) async fn ask(
        &self,
        carrier: Carrier,
        account: Option<&str>,
        call: &str,
    ) -> Option<Standing> {
        standing(&self.fetch(carrier, account, call).await?)
    }

    /// Returns the destination that a leg dialled, as the carrier writes it; `None` if unknown.
    pub(super) async fn rung(
        &self,
        carrier: Carrier,
        account: Option<&str>,
        leg: &str,
    ) -> Option<String> {
        let body = self.fetch(carrier, account, leg).await?;
        let body = body.get("data").unwrap_or(&body);
        ["to", "to_number"].iter().find_map(|name| Some(body.get(name)?.as_str()?.to_owned()))
    }

    /// Hangs up a call in any state.
    ///
    /// # Errors
    ///
    /// No account is set up for the carrier, or the carrier rejected the request or did not answer
    /// within [`HANG_UP_MAX`].
    pub(super) async fn hang_up(
        &self,
        carrier: Carrier,
        account: Option<&str>,
        call: &str,
    ) -> Result<(), HangUpError> {
        let door = self.door(carrier, account, call);
        let (address, credentials) = door.ok_or(HangUpError::NoAccount(carrier))?;
        let ask = match carrier {
            Carrier::Twilio | Carrier::SignalWire | Carrier::Telnyx => {
                Ask::Change("Status=completed")
            }
            Carrier::Plivo => Ask::Remove,
        };
        let answer =
            self.fetcher.ask(ask, credentials, &address, HANG_UP_MAX, ANSWER_BYTES_MAX).await;
        answer.map(drop).map_err(|cause| {
            tracing::warn!(%carrier, error = %cause, "carrier API request failed");
            HangUpError::Carrier { carrier, cause: cause.to_string() }
        })
    }

    async fn fetch(&self, carrier: Carrier, account: Option<&str>, call: &str) -> Option<Value> {
        let (address, credentials) = self.door(carrier, account, call)?;
        let answer =
            self.fetcher.ask(Ask::Show, credentials, &address, self.patience, ANSWER_BYTES_MAX);
        let answer = answer.await.map_err(|error| error.to_string());
        let read = answer.and_then(|bytes| {
            serde_json::from_slice(&bytes).map_err(|_| "the answer is not JSON".to_owned())
        });
        read.inspect_err(|error| tracing::warn!(%carrier, error, "carrier API request failed")).ok()
    }

    /// Returns the URL of a call at its carrier's API, with the credentials; `None` if no account
    /// is set up or its id is unknown.
    fn door<'a>(
        &'a self,
        carrier: Carrier,
        account: Option<&'a str>,
        call: &str,
    ) -> Option<(String, Credentials<'a>)> {
        let ours = self.accounts.get(&carrier)?;
        let id = ours.id.as_deref().or(account)?;
        let address = format!("{}{}", ours.api, path(carrier, &part(id), &part(call)));
        let secret = &ours.secret;
        let credentials = match carrier {
            Carrier::Telnyx => Credentials::Bearer(secret),
            Carrier::Twilio | Carrier::SignalWire | Carrier::Plivo => {
                Credentials::Basic { id, secret }
            }
        };
        Some((address, credentials))
    }
}

/// Returns the URL of one call in the carrier's API.
fn path(carrier: Carrier, account: &str, call: &str) -> String {
    match carrier {
        Carrier::Twilio => format!("/2010-04-01/Accounts/{account}/Calls/{call}.json"),
        Carrier::SignalWire => {
            format!("/api/laml/2010-04-01/Accounts/{account}/Calls/{call}.json")
        }
        Carrier::Telnyx => format!("/v2/texml/Accounts/{account}/Calls/{call}"),
        Carrier::Plivo => format!("/v1/Account/{account}/Call/{call}/"),
    }
}

/// Percent-encodes a text as one part of a path, since a carrier's ids may have any character.
pub(super) fn part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Reads status and duration under the names that the carriers use.
fn standing(body: &Value) -> Option<Standing> {
    let body = body.get("data").unwrap_or(body);
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let state = text("status").or(text("call_state")).or(text("call_status"))?;
    let state = CallState::named(&state.to_ascii_lowercase());
    // Plivo returns calls that are over without a status; `call_state` says whether they were
    // answered.
    let over = text("end_time").filter(|_| body.get("status").is_none());
    let state = over.map(|_| CallState::Completed).or(state)?;
    let seconds = ["duration", "call_duration"].iter().find_map(|name| {
        let value = body.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    });
    let duration = seconds.map(Duration::from_secs).filter(|time| *time <= LASTS_MAX);
    Some(Standing { state, duration })
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("api", &self.api).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Inquirer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inquirer").field("accounts", &self.accounts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::base::Reach;

    /// Creates a client of an API at this address.
    fn inquirer(api: String, reach: Reach) -> Inquirer {
        let account = Account { api, id: Some("AC1".to_owned()), secret: "s".to_owned() };
        let accounts = HashMap::from([(Carrier::Twilio, account)]);
        Inquirer::new(accounts, Arc::new(Fetcher::new(reach)))
    }

    /// Runs an API that answers one request with a head and then sends the body again and again
    /// until the client closes the connection. Returns the request and how often the body was sent.
    async fn api(
        head: String,
        body: Vec<u8>,
    ) -> (String, tokio::task::JoinHandle<(String, usize)>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let served = TaskTracker::new().spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4_096];
            let length = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut times = 0;
            while stream.write_all(&body).await.is_ok() {
                times += 1;
            }
            (request, times)
        });
        (address, served)
    }

    #[tokio::test]
    async fn a_carrier_is_asked_by_its_account() {
        let body = br#"{"status":"completed","duration":"95"}"#.to_vec();
        let head = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let (address, served) = api(head, body).await;
        let found = inquirer(address, Reach::Anywhere).ask(Carrier::Twilio, None, "CA1").await;
        assert_eq!(found.map(|standing| standing.state), Some(CallState::Completed));
        let (request, _) = served.await.unwrap();
        let line = "GET /2010-04-01/Accounts/AC1/Calls/CA1.json HTTP/1.1\r\n";
        assert!(request.starts_with(line), "{request}");
        assert!(request.contains("authorization: Basic QUMxOnM="), "{request}");
    }

    /// An answer above the limit is cut off, and the carrier counts as silent.
    #[tokio::test]
    async fn a_huge_answer_is_cut() {
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_owned();
        let (address, served) = api(head, vec![b' '; 65_536]).await;
        let found = inquirer(address, Reach::Anywhere).ask(Carrier::Twilio, None, "CA1").await;
        assert_eq!(found, None);
        let (_, times) = served.await.unwrap();
        // Only what the kernel buffers at both ends is sent beyond the limit.
        assert!(times < 1_000, "{times} pieces were read");
    }

    /// An answer that never completes is cut off after the usual time.
    #[tokio::test]
    async fn a_slow_answer_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let served = TaskTracker::new().spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
            stream.write_all(head.as_bytes()).await.unwrap();
            // Reads the request and then the end of the connection.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await
        });
        let inquirer = inquirer(address, Reach::Anywhere);
        let inquirer = Inquirer { patience: Duration::from_millis(200), ..inquirer };
        assert_eq!(inquirer.ask(Carrier::Twilio, None, "CA1").await, None);
        // The client closed the connection without waiting for the rest.
        let _closed_or_reset = served.await.unwrap();
    }

    /// An API in our own network is reached only if the settings allow it, as for a flow.
    #[tokio::test]
    async fn our_own_network_is_not_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let found = inquirer(address, Reach::Public).ask(Carrier::Twilio, None, "CA1").await;
        assert_eq!(found, None);
        let mut connection = std::pin::pin!(listener.accept());
        let waker = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(connection.as_mut().poll(waker).is_pending(), "it was connected to");
    }

    #[test]
    fn answers_of_every_carrier_are_read() {
        for (body, state, seconds) in [
            (r#"{"status":"completed","duration":"95"}"#, Some(CallState::Completed), Some(95)),
            (r#"{"status":"in-progress","duration":null}"#, Some(CallState::InProgress), None),
            (r#"{"data":{"status":"no-answer"}}"#, Some(CallState::NoAnswer), None),
            (r#"{"call_state":"ANSWER","call_duration":7}"#, Some(CallState::InProgress), Some(7)),
            (
                r#"{"call_state":"NO_ANSWER","call_duration":0,"end_time":"2026-05-04 15:00:00"}"#,
                Some(CallState::Completed),
                Some(0),
            ),
            (
                r#"{"status":"no-answer","duration":"0","end_time":null}"#,
                Some(CallState::NoAnswer),
                Some(0),
            ),
            (
                r#"{"call_status":"completed","call_duration":7}"#,
                Some(CallState::Completed),
                Some(7),
            ),
            (
                r#"{"status":"completed","duration":"18446744073709551615"}"#,
                Some(CallState::Completed),
                None,
            ),
            ("{}", None, None),
        ] {
            let found = standing(&serde_json::from_str(body).unwrap());
            assert_eq!(found.map(|s| s.state), state, "{body}");
            let lasted = found.and_then(|s| s.duration);
            assert_eq!(lasted, seconds.map(Duration::from_secs), "{body}");
        }
    }

    #[test]
    fn ids_cannot_leave_their_part_of_the_path() {
        assert_eq!(part("v3:a/../b?c d"), "v3%3Aa%2F..%2Fb%3Fc%20d");
        assert_eq!(path(Carrier::Plivo, &part("MA1"), &part("x/y")), "/v1/Account/MA1/Call/x%2Fy/");
    }
}
