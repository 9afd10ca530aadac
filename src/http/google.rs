//! `/in/google`: leads of Google Ads lead forms. The key that the advertiser entered at Google is
//! that of an entrance of the book.

use std::time::Duration;

use super::access::Public;
use super::body;
use super::handler::Admitted;
use super::problem::Problem;
use super::query::AnyQuery;
use super::sources::Raw;
use super::sources::SourceReply;
use super::sources::not_taken;
use crate::book::Entrance;
use crate::intake::Purpose;
use crate::intake::WantedLead;
use crate::lead::GoogleLead;
use crate::store::LeadKey;

/// How long a lead that is sent again is recognized.
const REPEATED_WITHIN: Duration = Duration::from_secs(30 * 86_400);

/// Takes a lead. Google shows the message of a refusal to the advertiser, and sends a lead again
/// that is answered with 503.
pub(super) async fn receive(
    request: Admitted<Public, (), AnyQuery, Raw>,
) -> Result<SourceReply, Problem> {
    let Admitted { site, body: Raw(body), .. } = request;
    let lead = match GoogleLead::read(&body) {
        Ok(lead) => lead,
        Err(refusal) => return Ok(refused(refusal.status(), &refusal.to_string())),
    };
    let snapshot = site.dispatch.snapshot();
    let Some((source, entrance)) = snapshot.book().entrance(&lead.key) else {
        return Ok(refused(403, "the key is not known: enter the key of the source's `intake`"));
    };
    let key = match lead.id.parse() {
        Ok(key) => key,
        Err(_) => return Ok(refused(400, "`lead_id` is missing, or too long")),
    };
    let client = format!("google:{}:{}", source.id, entrance.offer);
    let key = LeadKey { client, key, digest: String::new(), kept: REPEATED_WITHIN };
    let is_test = lead.is_test || !entrance.live;
    let wanted = WantedLead {
        offer: entrance.offer.clone(),
        source: source.id.clone(),
        values: values(entrance, lead.values),
        purpose: if is_test { Purpose::Test } else { Purpose::Sale },
        browser: None,
    };
    // What becomes of the lead is not Google's concern: it has been stored.
    match site.intake.receive(wanted, Some(key)).await {
        Ok(_stored) => Ok(json(200, "{}".to_owned())),
        Err(refusal) => {
            let why = not_taken(&refusal);
            Ok(refused(why.status, &why.sentence))
        }
    }
}

/// Returns the values under our names: those of the book, else the usual ones.
fn values(entrance: &Entrance, sent: Vec<(String, String)>) -> Vec<(String, String)> {
    let ours = |name: &str| match entrance.name_of(name) {
        Some(name) => name.to_string(),
        None => GoogleLead::name_of(name).to_owned(),
    };
    sent.into_iter().map(|(name, value)| (ours(&name), value)).collect()
}

fn refused(status: u16, message: &str) -> SourceReply {
    json(status, serde_json::json!({ "message": message }).to_string())
}

fn json(status: u16, text: String) -> SourceReply {
    SourceReply::Document { status, media_type: body::JSON, text }
}
