//! Posts leads to buyers over HTTP, and asks them for bids.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::Pinging;
use super::Poster;
use super::Posting;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::HttpRequest;
use crate::base::Money;
use crate::base::Outcome;
use crate::base::Reach;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Contract;
use crate::book::Delivery;
use crate::book::Exchange;
use crate::delivery;
use crate::delivery::ANSWER_BYTES_MAX;
use crate::delivery::Answer;
use crate::delivery::BidAnswered;
use crate::delivery::Offered;
use crate::delivery::Secrets;
use crate::delivery::Verdict;
use crate::lead::BidReply;
use crate::lead::LeadRecord;
use crate::lead::Reply;
use crate::net::Exchanged;
use crate::net::Fetcher;
use crate::net::Report;
use crate::net::Unanswered;
use crate::outbox::Links;
use crate::routing::Known;
use crate::sale::ConversionSecret;

/// Most posts at once. A further one waits, which counts towards its time.
const POSTS_MAX: usize = 1_024;
/// Most pings at once, which leave the places of posts free. A further one waits, and its bid may be
/// late.
const PINGS_MAX: usize = 4_096;

/// Posts leads to buyers over HTTP. It has a client of its own, so that slow buyers take no places
/// of flows and postbacks.
pub struct Buyers {
    /// Shared by pings and posts, so that a post finds the connection of its ping.
    fetcher: Fetcher,
    /// Places of pings.
    pings: Semaphore,
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
            fetcher: Fetcher::with_places(reach, POSTS_MAX + PINGS_MAX),
            pings: Semaphore::new(PINGS_MAX),
            links: Links::new(public_url, conversions),
            secrets,
        }
    }

    /// Sends a post and returns what the buyer made of it.
    async fn send(&self, posting: &Posting) -> Reply {
        let Some((contract, delivery)) = delivery_of(&posting.book, &posting.contract) else {
            return failed("the contract has no delivery");
        };
        let conversion = self.links.conversion(posting.attempt);
        let told = Told {
            contract,
            price: posting.price,
            at: posting.at,
            ping_id: posting.lead.ping_id(&posting.contract),
            conversion_url: Some(&conversion),
            record: &posting.lead,
        };
        let request = match self.request(&posting.book, &delivery.post, &told) {
            Ok(request) => request,
            Err(error) => return failed(error),
        };
        match self.exchange(&request, delivery.timeout).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                let money = posting.price.currency();
                let verdict = delivery::verdict(&delivery.post.response, money, answer);
                reply(verdict, answered.status)
            }
            Err(unanswered) => untold(&unanswered),
        }
    }

    /// Asks a buyer for a bid.
    async fn ask(&self, pinging: &Pinging) -> BidReply {
        let found = delivery_of(&pinging.book, &pinging.contract);
        let found = found.and_then(|(contract, it)| Some((contract, it.ping.as_deref()?)));
        let Some((contract, ping)) = found else {
            return BidReply::Failed { reason: "the contract asks for no bids".to_owned() };
        };
        let (price, at) = (contract.price, pinging.at);
        let record = &pinging.lead;
        let told = Told { contract, price, at, ping_id: None, conversion_url: None, record };
        let request = match self.request(&pinging.book, &ping.ask, &told) {
            Ok(request) => request,
            Err(error) => return BidReply::Failed { reason: error.to_string() },
        };
        // Never closed.
        let _place = self.pings.acquire().await;
        match self.exchange(&request, pinging.timeout).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                let rule = &ping.ask.response;
                bid_reply(delivery::bid(rule, price.currency(), answer, at))
            }
            Err(unanswered) => BidReply::Failed { reason: unanswered.error.to_string() },
        }
    }

    async fn exchange(
        &self,
        request: &HttpRequest,
        timeout: Duration,
    ) -> Result<Exchanged, Unanswered> {
        let report = Report {
            method: request.method.name(),
            url: &request.url,
            headers: &request.headers,
            body: &request.body,
        };
        self.fetcher.exchange(report, timeout, ANSWER_BYTES_MAX).await
    }

    fn request(
        &self,
        book: &Book,
        exchange: &Exchange,
        told: &Told<'_>,
    ) -> Result<HttpRequest, delivery::Unsendable> {
        let record = told.record;
        let fields = Known::of(&record.inquiry()).all_fields();
        let id = record.id.to_string();
        let offer = book.offer(&told.contract.offer);
        let rules = offer.into_iter().flat_map(|offer| &offer.duplicate);
        let rules = rules.chain(&told.contract.duplicate);
        let hashed: Vec<FieldName> = rules.flat_map(|rule| rule.fields.clone()).collect();
        let lead = delivery::Lead {
            id: &id,
            offer: &record.offer,
            source: &record.source,
            contract: &told.contract.id,
            price: told.price,
            at: told.at,
            fields: &fields,
            test: false,
            ping_id: told.ping_id,
            hashed: &hashed,
            conversion_url: told.conversion_url,
        };
        delivery::request(exchange, &lead, self.secrets.as_ref())
    }
}

/// What a request tells a buyer.
struct Told<'t> {
    contract: &'t Contract,
    price: Money,
    at: Wall,
    ping_id: Option<&'t str>,
    conversion_url: Option<&'t str>,
    record: &'t LeadRecord,
}

impl Poster for Buyers {
    fn post(&self, posting: Posting) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
        Box::pin(async move { self.send(&posting).await })
    }

    fn ping(&self, pinging: Pinging) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>> {
        Box::pin(async move { self.ask(&pinging).await })
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

/// Returns a contract with its delivery.
fn delivery_of<'b>(book: &'b Book, contract: &ContractId) -> Option<(&'b Contract, &'b Delivery)> {
    let contract = book.contract(contract)?;
    Some((contract, contract.delivery.as_deref()?))
}

/// Returns the reply for an answer to a ping.
fn bid_reply(answered: BidAnswered) -> BidReply {
    match answered {
        BidAnswered::Bid(Offered { amount, ping_id, expires_at }) => {
            BidReply::Offered { amount, ping_id, expires_at }
        }
        BidAnswered::Declined { reason } => BidReply::Declined { reason },
        BidAnswered::Unreadable { price } => BidReply::Unreadable { price },
        BidAnswered::Trouble(trouble) => BidReply::Failed { reason: trouble.to_string() },
    }
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
