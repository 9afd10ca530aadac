//! `/in/{key}/rtb.json` and `/in/{key}/rtb.xml`: what a call of a source would bring, in the dialect
//! of Ringba's bidders. The ending chooses the format of the answer, the media type that of the body.

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::ACCEPT;

use super::handler::Admitted;
use super::problem::Problem;
use super::query::AnyQuery;
use super::sources::KeyText;
use super::sources::Keyed;
use super::sources::Raw;
use super::sources::SourceReply;
use super::sources::read_request;
use super::sources::refused_document;
use crate::intake::WantedCall;
use crate::lead::CallAsk;
use crate::lead::body::document_text;

/// Root of an answer in XML.
const ROOT: &str = "BidResponse";

/// Answers a ping from the query, in JSON.
pub(super) async fn json(
    request: Admitted<Keyed, KeyText, AnyQuery>,
) -> Result<SourceReply, Problem> {
    answer(with_body(request), "application/json").await
}

/// Answers a ping from the query and the body, in JSON.
pub(super) async fn json_body(
    request: Admitted<Keyed, KeyText, AnyQuery, Raw>,
) -> Result<SourceReply, Problem> {
    answer(request, "application/json").await
}

/// Answers a ping from the query, in XML.
pub(super) async fn xml(
    request: Admitted<Keyed, KeyText, AnyQuery>,
) -> Result<SourceReply, Problem> {
    answer(with_body(request), "application/xml").await
}

/// Answers a ping from the query and the body, in XML.
pub(super) async fn xml_body(
    request: Admitted<Keyed, KeyText, AnyQuery, Raw>,
) -> Result<SourceReply, Problem> {
    answer(request, "application/xml").await
}

fn with_body(
    request: Admitted<Keyed, KeyText, AnyQuery>,
) -> Admitted<Keyed, KeyText, AnyQuery, Raw> {
    let Admitted { site, who, path, query, headers, .. } = request;
    Admitted { site, who, path, query, body: Raw(Bytes::new()), headers }
}

/// Answers a ping; a refusal has the status 200, too, as bidders' have.
async fn answer(
    mut request: Admitted<Keyed, KeyText, AnyQuery, Raw>,
    format: &'static str,
) -> Result<SourceReply, Problem> {
    let site = request.site.clone();
    request.headers.insert(ACCEPT, HeaderValue::from_static(format));
    let asked = match read_request(request)? {
        Ok(asked) => asked,
        Err(refused) => return Ok(refused),
    };
    let ask = CallAsk::read(asked.values);
    let (source, offer, purpose) = (asked.source, asked.entrance.offer.clone(), asked.purpose);
    match site.intake.ping_call(WantedCall { offer, source, ask, purpose }).await {
        Ok(answered) => {
            let (media_type, text) = document_text(asked.format, ROOT, &answered.answer().tree());
            Ok(SourceReply::Document { status: 200, media_type, text })
        }
        Err(refused) => Ok(refused_document(&refused, &asked.entrance.answer, asked.format)),
    }
}
