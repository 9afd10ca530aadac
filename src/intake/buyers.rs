//! Posts leads to buyers over HTTP.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::Poster;
use super::Posting;
use crate::base::HttpRequest;
use crate::base::Outcome;
use crate::base::Reach;
use crate::book::Delivery;
use crate::delivery;
use crate::delivery::ANSWER_BYTES_MAX;
use crate::delivery::Answer;
use crate::delivery::Secrets;
use crate::delivery::Verdict;
use crate::lead::Reply;
use crate::net::Fetcher;
use crate::net::Report;
use crate::net::Unanswered;
use crate::outbox::Links;
use crate::routing::Known;
use crate::sale::ConversionSecret;

/// Most posts at once. A further one waits, which counts towards its time.
const POSTS_MAX: usize = 1_024;

/// Posts leads to buyers over HTTP. It has a client of its own, so that slow buyers take no places
/// of flows and postbacks.
pub struct Buyers {
    fetcher: Fetcher,
    links: Links,
    secrets: Arc<dyn Secrets + Send + Sync>,
}

impl Buyers {
    /// Creates the client, which connects within `reach`. `public_url` is the address of the API,
    /// for links with which buyers report sales.
    pub fn new(
        reach: Reach,
        public_url: &str,
        conversions: ConversionSecret,
        secrets: Arc<dyn Secrets + Send + Sync>,
    ) -> Self {
        Self {
            fetcher: Fetcher::with_places(reach, POSTS_MAX),
            links: Links::new(public_url, conversions),
            secrets,
        }
    }

    /// Sends a post and returns what the buyer made of it.
    async fn send(&self, posting: &Posting) -> Reply {
        let contract = posting.book.contract(&posting.contract);
        let Some(delivery) = contract.and_then(|contract| contract.delivery.as_ref()) else {
            return failed("the contract has no delivery");
        };
        let request = match self.request(delivery, posting) {
            Ok(request) => request,
            Err(error) => return failed(error),
        };
        let report = Report {
            method: request.method.name(),
            url: &request.url,
            headers: &request.headers,
            body: &request.body,
        };
        match self.fetcher.exchange(report, delivery.timeout, ANSWER_BYTES_MAX).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                let money = posting.price.currency();
                let verdict = delivery::verdict(&delivery.response, money, answer);
                reply(verdict, answered.status)
            }
            Err(unanswered) => untold(&unanswered),
        }
    }

    fn request(
        &self,
        delivery: &Delivery,
        posting: &Posting,
    ) -> Result<HttpRequest, delivery::Unsendable> {
        let record = &posting.lead;
        let fields = Known::of(&record.inquiry()).all_fields();
        let id = record.id.to_string();
        let conversion = self.links.conversion(posting.attempt);
        let lead = delivery::Lead {
            id: &id,
            offer: &record.offer,
            source: &record.source,
            contract: &posting.contract,
            price: posting.price,
            at: posting.at,
            fields: &fields,
            test: false,
            conversion_url: Some(&conversion),
        };
        delivery::request(delivery, &lead, self.secrets.as_ref())
    }
}

impl Poster for Buyers {
    fn post(&self, posting: Posting) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
        Box::pin(async move { self.send(&posting).await })
    }
}

impl std::fmt::Debug for Buyers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buyers").finish_non_exhaustive()
    }
}

/// Returns the reply for a post that was not sent.
fn failed(why: impl ToString) -> Reply {
    Reply::Lost { outcome: Outcome::Failed, status: None, reason: Some(why.to_string()) }
}

/// Returns the reply for a verdict.
fn reply(verdict: Verdict, status: u16) -> Reply {
    let status = Some(status);
    let declined = |reason| Reply::Lost { outcome: Outcome::Declined, status, reason };
    match verdict {
        Verdict::Accepted(taken) | Verdict::Delivered(taken) => {
            Reply::Accepted { status, reference: taken.reference }
        }
        Verdict::Rejected { reason } => declined(reason),
        Verdict::Duplicate { reason } => {
            declined(Some(reason.map_or("duplicate".to_owned(), |why| format!("duplicate: {why}"))))
        }
        Verdict::Trouble(trouble) if trouble.may_have_it() => {
            Reply::Unknown { reason: trouble.to_string() }
        }
        Verdict::Trouble(trouble) => {
            Reply::Lost { outcome: Outcome::Failed, status, reason: Some(trouble.to_string()) }
        }
    }
}

/// Returns the reply for a post without a whole answer: unknown, if the buyer may have it.
fn untold(unanswered: &Unanswered) -> Reply {
    let reason = unanswered.error.to_string();
    if unanswered.was_sent {
        return Reply::Unknown { reason };
    }
    Reply::Lost { outcome: Outcome::Unreachable, status: None, reason: Some(reason) }
}
