//! `/v1/calls/{id}/ladder`: the SIP messages of a call.

use axum::Json;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::VARY;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::access::Staff;
use super::body::JSON;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::schema::text;
use super::schema::word;
use crate::base::CallId;
use crate::base::Wall;
use crate::call::Sight;
use crate::ladder::Ladder;
use crate::ladder::LadderMessage;
use crate::ladder::NoLadder;
use crate::ladder::Way;

const TEXT: &str = "text/plain";
const SVG: &str = "image/svg+xml";
const PCAP: &str = "application/vnd.tcpdump.pcap";

query! {
    /// In which format.
    pub(super) struct Asked {
        /// `json`, `text`, `svg` or `pcap`; by default what `Accept` names, else JSON.
        format: Format,
    }
}

/// The format of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Text,
    Svg,
    Pcap,
}

impl Format {
    /// Returns the first format that a client accepts.
    fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
        let named = accept.unwrap_or_default().split(',').find_map(|part| {
            match part.split(';').next().unwrap_or_default().trim() {
                JSON => Some(Format::Json),
                TEXT => Some(Format::Text),
                SVG => Some(Format::Svg),
                PCAP => Some(Format::Pcap),
                _ => None,
            }
        });
        named.unwrap_or(Format::Json)
    }
}

impl Value for Format {
    const EXPECTED: &'static str = "`json`, `text`, `svg` or `pcap`";

    fn schema() -> RefOr<Schema> {
        word(["json", "text", "svg", "pcap"])
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "json" => Some(Format::Json),
            "text" => Some(Format::Text),
            "svg" => Some(Format::Svg),
            "pcap" => Some(Format::Pcap),
            _ => None,
        }
    }
}

/// The SIP messages of a call, in the order of their time.
#[derive(Serialize, ToSchema)]
#[schema(as = Ladder)]
pub(super) struct Document {
    /// The call.
    #[schema(value_type = String)]
    call: CallId,
    /// Its messages.
    items: Vec<Item>,
    /// Messages that are not here, because a call has too many.
    left_out: u64,
    /// Always null: the list is complete.
    next: Option<String>,
}

/// A SIP message of a call.
#[derive(Serialize, ToSchema)]
#[schema(as = LadderMessage)]
pub(super) struct Item {
    /// When it was received or sent.
    #[schema(value_type = String, format = DateTime)]
    at: Wall,
    /// Whether the switch sent it.
    sent: bool,
    /// Number of the leg: 0 is the caller's, those that the call dialed count from 1.
    leg: u16,
    /// `UDP`, `TCP`, or `TLS`.
    transport: &'static str,
    /// Address of the sender.
    from: String,
    /// Address of the receiver.
    to: String,
    /// The method, or status and reason phrase; `(SDP)` if it describes a session.
    summary: String,
    /// Whether an equal message went the same way before.
    retransmission: bool,
    /// The message. Each octet of a secret is `*`.
    message: String,
}

impl Item {
    fn of(message: &LadderMessage) -> Self {
        Self {
            at: message.at,
            sent: message.way == Way::Sent,
            leg: message.leg,
            transport: message.transport.name(),
            from: message.from().to_string(),
            to: message.to().to_string(),
            summary: message.summary(),
            retransmission: message.retransmission,
            message: message.text(),
        }
    }
}

/// A ladder in the format that was asked for.
pub(super) struct Shown {
    ladder: Ladder,
    format: Format,
}

impl Reply for Shown {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let other = || ContentBuilder::new().schema(Some(text())).build();
        let json = content(JSON, sheet.refer::<Document>());
        let all = json.content(TEXT, other()).content(SVG, other()).content(PCAP, other());
        vec![(StatusCode::OK, all)]
    }

    fn reply(self) -> Response {
        let Self { ladder, format } = self;
        let typed = |media_type: &'static str, body: Vec<u8>| {
            ([(CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response()
        };
        let mut response = match format {
            Format::Json => {
                let items = ladder.messages.iter().map(Item::of).collect();
                let (call, left_out) = (ladder.call, ladder.left_out);
                Json(Document { call, items, left_out, next: None }).into_response()
            }
            Format::Text => typed("text/plain; charset=utf-8", ladder.text().into_bytes()),
            Format::Svg => typed(SVG, ladder.svg().into_bytes()),
            Format::Pcap => {
                let mut response = typed(PCAP, ladder.pcap());
                let name = format!("attachment; filename=\"{}.pcap\"", ladder.call);
                if let Ok(name) = HeaderValue::from_str(&name) {
                    response.headers_mut().insert(CONTENT_DISPOSITION, name);
                }
                response
            }
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
        response
    }

    fn masked(mut self) -> Response {
        self.ladder = self.ladder.seen_with(Sight::Masked);
        self.reply()
    }
}

/// Returns the SIP messages of a call, of whatever node it was.
pub(super) async fn fetch(request: Admitted<Staff, CallId, Asked>) -> Result<Shown, Problem> {
    let Admitted { site, path: id, query, headers, .. } = request;
    let parts = site.store.ladder_fetch(id).await?;
    if parts.is_empty() {
        let record = match site.operator.find(id) {
            Some(live) => Some(live.record),
            None => site.journal.call(site.store.as_ref(), id).await?,
        };
        let record = record.ok_or(Problem::NotFound("call"))?;
        return Err(Problem::Conflict(format!("{}.", NoLadder::of(&record.ingress))));
    }
    let ladder = Ladder::read(id, &parts).map_err(|error| {
        tracing::error!(call.id = %id, %error, "HTTP request failed");
        Problem::Internal
    })?;
    let format = query.format.unwrap_or_else(|| Format::accepted(&headers));
    Ok(Shown { ladder, format })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Ingress;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::ladder::sample::parts;
    use crate::store::Role;
    use crate::store::sample::finish;
    use crate::store::sample::finished;

    #[tokio::test]
    async fn a_ladder_comes_in_the_format_that_is_asked_for() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Analyst).await;
        let record = finished(1);
        let (id, at) = (record.id, record.started_at);
        finish(&*server.store, record).await.unwrap();
        server.store.ladder_add(parts(id, at)).await.unwrap();
        for (query, media_type, start) in [
            ("", "application/json", "{\"call\":"),
            ("?format=json", "application/json", "{\"call\":"),
            ("?format=text", "text/plain; charset=utf-8", "call "),
            ("?format=svg", "image/svg+xml", "<svg "),
            ("?format=pcap", PCAP, "\u{fffd}ò\u{fffd}\u{2}"),
        ] {
            let answer = server.ask(&format!("GET /v1/calls/{id}/ladder{query}"), &token).await;
            assert_eq!(answer.status, 200, "{query}: {answer:?}");
            assert_eq!(answer.header("content-type"), Some(media_type), "{query}");
            assert!(answer.body.starts_with(start), "{query}: {:?}", answer.body);
        }
        let json = server.ask(&format!("GET /v1/calls/{id}/ladder"), &token).await.json();
        assert_eq!(json["items"][3]["retransmission"], true, "{json}");
        assert_eq!(json["items"][4]["summary"], "486 Busy Here");
        assert_eq!(
            (&json["items"][4]["leg"], &json["items"][4]["sent"]),
            (&1.into(), &false.into())
        );
        let wrong = server.ask(&format!("GET /v1/calls/{id}/ladder?format=xml"), &token).await;
        assert_eq!(wrong.status, 400, "{wrong:?}");
    }

    #[tokio::test]
    async fn a_call_without_a_ladder_says_why() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Operator).await;
        let sip = finished(1);
        let mut webhook = finished(2);
        webhook.ingress = Ingress::Webhook(crate::base::Carrier::Twilio);
        for (record, why) in [(sip, "are kept"), (webhook, "by webhooks")] {
            let path = format!("GET /v1/calls/{}/ladder", record.id);
            assert_eq!(server.ask(&path, &token).await.status, 404);
            finish(&*server.store, record).await.unwrap();
            let answer = server.ask(&path, &token).await;
            assert_eq!(answer.status, 409, "{answer:?}");
            assert!(answer.body.contains(why), "{answer:?}");
        }
    }

    #[test]
    fn the_first_known_media_type_counts() {
        for (accept, expected) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("text/html, image/svg+xml;q=0.9, */*", Format::Svg),
            ("application/vnd.tcpdump.pcap", Format::Pcap),
            ("text/plain", Format::Text),
            ("application/json, text/plain", Format::Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(Format::accepted(&headers), expected, "{accept}");
        }
    }
}
