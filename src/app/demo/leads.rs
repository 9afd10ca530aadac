//! The demo's form leads: one is auctioned, and one is shared by two buyers.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::screen::Ink;
use super::screen::Screen;
use super::show;
use crate::app::Fault;
use crate::app::leads::time_line;
use crate::app::zone::Local;
use crate::base::BidResult;
use crate::base::LeadId;
use crate::base::Reach;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;
use crate::net::Fetcher;
use crate::net::Report;
use crate::store::Store;

/// Longest wait for the answer to a lead.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// Most bytes read of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A form lead, and what becomes of it.
struct Scene {
    title: &'static str,
    offer: &'static str,
    phone: &'static str,
    /// Contracts that buy it, and what each pays.
    sales: &'static [(&'static str, &'static str)],
    /// Contracts that bid, and what became of each bid.
    bids: &'static [(&'static str, BidResult)],
}

const SCENES: [Scene; 2] = [
    Scene {
        title: "A form lead is auctioned: the highest bidder does not take it, one bids too late",
        offer: "solar-forms",
        phone: "+13125550171",
        sales: &[("elm-solar-forms", "31.00")],
        bids: &[
            ("acme-solar-forms", BidResult::Late),
            ("elm-solar-forms", BidResult::Won),
            ("fox-solar-forms", BidResult::Rejected),
        ],
    },
    Scene {
        title: "A form lead is shared: of three buyers, one does not want it, and two have it",
        offer: "roof-forms",
        phone: "+13125550172",
        sales: &[("blue-roof-forms", "18.00"), ("delta-roof-forms", "20.00")],
        bids: &[],
    },
];

/// Sends the leads to the switch at `http`, and prints the time line of each. Returns what did not
/// go as expected.
pub(super) async fn show(
    screen: &mut Screen,
    store: &dyn Store,
    http: SocketAddr,
    token: &str,
) -> Result<Vec<String>, Fault> {
    let fetcher = Fetcher::new(Reach::Anywhere);
    let mut all = Vec::new();
    for scene in &SCENES {
        screen.gap();
        screen.print(Ink::Title, "", &format!("{}:", scene.title));
        let differences = match sent(scene, &fetcher, store, http, token).await? {
            Ok(lead) => {
                for line in time_line(&lead, &Local::system()) {
                    let text = line.trim_start();
                    let head = if text.len() < line.len() { "     " } else { show::SCENE };
                    screen.print(Ink::Plain, head, text);
                }
                differences(scene, &lead)
            }
            Err(difference) => vec![difference],
        };
        show::verdict(screen, &differences);
        all.extend(differences);
    }
    Ok(all)
}

/// Sends a lead and returns its record, or why there is none.
async fn sent(
    scene: &Scene,
    fetcher: &Fetcher,
    store: &dyn Store,
    http: SocketAddr,
    token: &str,
) -> Result<Result<LeadRecord, String>, Fault> {
    let fields = json!({
        "phone": scene.phone, "first_name": "Ann", "zip": "60601", "state": "IL", "roof_age": 12,
    });
    let body = json!({ "offer": scene.offer, "source": "web-forms", "fields": fields }).to_string();
    let headers = [
        ("authorization".to_owned(), format!("Bearer {token}")),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let url = format!("http://{http}/v1/leads");
    let report = Report { method: "POST", url: &url, headers: &headers, body: &body };
    let answered = match fetcher.exchange(report, ANSWER_MAX, ANSWER_BYTES_MAX).await {
        Ok(answered) => answered,
        Err(unanswered) => return Ok(Err(format!("the switch did not answer: {unanswered}"))),
    };
    let document: Option<Value> = serde_json::from_slice(&answered.body).ok();
    let id = document.as_ref().and_then(|document| document.get("id")).and_then(Value::as_str);
    let id: Option<LeadId> = id.and_then(|id| serde_json::from_value(json!(id)).ok());
    let Some(id) = id else {
        return Ok(Err(format!("the switch answered with status {}", answered.status)));
    };
    let found = store.lead_fetch(id).await.map_err(Fault::of)?;
    Ok(found.ok_or_else(|| format!("lead {id} is not in the database")))
}

/// Returns what became of a lead and should not have.
fn differences(scene: &Scene, lead: &LeadRecord) -> Vec<String> {
    let mut sales: Vec<(&str, String)> = lead
        .sales
        .iter()
        .map(|sale| (sale.winner.contract.as_str(), sale.winner.price.amount()))
        .collect();
    sales.sort();
    let mut bids: Vec<(&str, BidResult)> =
        lead.bids.iter().map(|bid| (bid.contract.as_str(), bid.result)).collect();
    bids.sort();
    let mut differences = Vec::new();
    if lead.status != LeadStatus::Sold {
        differences.push(format!("the lead is {}", lead.status));
    }
    let expected: Vec<(&str, String)> =
        scene.sales.iter().map(|(contract, price)| (*contract, (*price).to_owned())).collect();
    if sales != expected {
        differences.push(format!("it was sold to {sales:?} instead of {expected:?}"));
    }
    if bids != scene.bids {
        differences.push(format!("its bids ended as {bids:?} instead of {:?}", scene.bids));
    }
    differences
}
