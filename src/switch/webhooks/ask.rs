//! Asks a carrier how a call stands, when it has not spoken of it for long. What a carrier tells
//! by itself may be lost; what it answers when asked is its record.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use crate::carrier::CallState;
use crate::carrier::Carrier;

/// Longest that a carrier may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1_024;

/// How a carrier's API is asked.
#[derive(Clone)]
pub struct Account {
    /// The API's address, without a slash at its end.
    pub api: String,
    /// The account's id; none: the one that the carrier told with the call.
    pub id: Option<String>,
    /// The API's secret: a token, or a key.
    pub secret: String,
}

/// How a call stands at its carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: CallState,
    pub(super) duration: Option<Duration>,
}

/// Asks carriers.
pub struct Inquirer {
    client: Option<reqwest::Client>,
    accounts: HashMap<Carrier, Account>,
}

impl Inquirer {
    /// Asks by these accounts. A carrier without one is never asked.
    pub fn new(accounts: HashMap<Carrier, Account>) -> Self {
        // Whoever was first has installed one; any will do.
        let _first = rustls::crypto::ring::default_provider().install_default();
        let plan = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none());
        let client = (!accounts.is_empty()).then(|| plan.build());
        let client = client.and_then(|built| {
            built.inspect_err(|error| tracing::error!(%error, "carriers cannot be asked")).ok()
        });
        Self { client, accounts }
    }

    /// How a call stands; `None` when the carrier cannot be asked, or says nothing that is of use.
    pub(super) async fn ask(
        &self,
        carrier: Carrier,
        account: Option<&str>,
        call: &str,
    ) -> Option<Standing> {
        standing(&self.fetch(carrier, account, call).await?)
    }

    /// Whom a leg was rung for, as the carrier writes it.
    pub(super) async fn rung(
        &self,
        carrier: Carrier,
        account: Option<&str>,
        leg: &str,
    ) -> Option<String> {
        let told = self.fetch(carrier, account, leg).await?;
        let told = told.get("data").unwrap_or(&told);
        ["to", "to_number"].iter().find_map(|name| Some(told.get(name)?.as_str()?.to_owned()))
    }

    async fn fetch(&self, carrier: Carrier, account: Option<&str>, call: &str) -> Option<Value> {
        let (client, ours) = (self.client.as_ref()?, self.accounts.get(&carrier)?);
        let id = ours.id.as_deref().or(account)?;
        let address = format!("{}{}", ours.api, path(carrier, &part(id), &part(call)));
        let request = match carrier {
            Carrier::Telnyx => client.get(address).bearer_auth(&ours.secret),
            Carrier::Twilio | Carrier::SignalWire | Carrier::Plivo => {
                client.get(address).basic_auth(id, Some(&ours.secret))
            }
        };
        let answered = request.send().await.and_then(reqwest::Response::error_for_status);
        let told = match answered {
            Ok(answer) if answer.content_length().is_none_or(|n| n <= ANSWER_BYTES_MAX) => {
                answer.bytes().await.ok()?
            }
            Ok(_) => return None,
            Err(error) => {
                tracing::warn!(%carrier, error = %error.without_url(), "a carrier was asked in vain");
                return None;
            }
        };
        serde_json::from_slice(&told).ok()
    }
}

/// Where a carrier tells of one call.
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

/// A text as one part of a path: ids are the carrier's, and may hold anything.
fn part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Status and duration, under the names that the carriers use.
fn standing(told: &Value) -> Option<Standing> {
    let told = told.get("data").unwrap_or(told);
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let state = text("status").or(text("call_state")).or(text("call_status"))?;
    let state = CallState::named(&state.to_ascii_lowercase());
    // Plivo tells of calls that are over, and in `call_state` whether they were answered.
    let over = text("end_time").filter(|_| told.get("status").is_none());
    let state = over.map(|_| CallState::Completed).or(state)?;
    let seconds = ["duration", "call_duration"].iter().find_map(|name| {
        let value = told.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    });
    Some(Standing { state, duration: seconds.map(Duration::from_secs) })
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
    use super::*;

    #[test]
    fn answers_of_every_carrier_are_read() {
        for (told, state, seconds) in [
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
            ("{}", None, None),
        ] {
            let found = standing(&serde_json::from_str(told).unwrap());
            assert_eq!(found.map(|s| s.state), state, "{told}");
            let lasted = found.and_then(|s| s.duration);
            assert_eq!(lasted, seconds.map(Duration::from_secs), "{told}");
        }
    }

    #[test]
    fn ids_cannot_leave_their_part_of_the_path() {
        assert_eq!(part("v3:a/../b?c d"), "v3%3Aa%2F..%2Fb%3Fc%20d");
        assert_eq!(path(Carrier::Plivo, &part("MA1"), &part("x/y")), "/v1/Account/MA1/Call/x%2Fy/");
    }
}
