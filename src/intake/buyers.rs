//! Posts leads to buyers over HTTP, and asks them for bids.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::Pinging;
use super::Poster;
use super::Posting;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::FieldName;
use crate::base::HttpRequest;
use crate::base::Money;
use crate::base::Outcome;
use crate::base::Reach;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Bidder;
use crate::book::Book;
use crate::book::Contract;
use crate::book::Delivery;
use crate::book::Exchange;
use crate::book::ResponseRule;
use crate::delivery;
use crate::delivery::ANSWER_BYTES_MAX;
use crate::delivery::Answer;
use crate::delivery::BidAnswered;
use crate::delivery::Secrets;
use crate::delivery::Verdict;
use crate::dispatch::CallBidders;
use crate::dispatch::CallConfirm;
use crate::dispatch::CallPing;
use crate::lead::LeadRecord;
use crate::lead::Reply;
use crate::net::Exchanged;
use crate::net::Fetcher;
use crate::net::Report;
use crate::net::Unanswered;
use crate::outbox::Links;
use crate::routing::Inquiry;
use crate::routing::Known;
use crate::sale::BidReply;
use crate::sale::Confirmation;
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
            price: posting.price,
            ping_id: posting.lead.ping_id(&posting.contract),
            conversion_url: Some(&conversion),
            ..Told::of_lead(contract, &posting.lead, posting.at)
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
        let told = Told::of_lead(contract, &pinging.lead, pinging.at);
        self.bid(&pinging.book, &ping.ask, &told, pinging.timeout, delivery::bid).await
    }

    /// Asks the buyer of a call for a bid.
    async fn ask_of_call(&self, ping: &CallPing) -> BidReply {
        let Some((contract, bidder)) = bidder_of(&ping.book, &ping.contract) else {
            return BidReply::Failed { reason: "the contract asks for no bids".to_owned() };
        };
        let told = Told::of_call(contract, (ping.call, &ping.source), &ping.inquiry, ping.at);
        self.bid(&ping.book, &bidder.ping.ask, &told, ping.timeout, delivery::call_bid).await
    }

    /// Sends a request for a bid; `read` reads the answer.
    async fn bid(
        &self,
        book: &Book,
        ask: &Exchange,
        told: &Told<'_>,
        timeout: Duration,
        read: impl Fn(&ResponseRule, Currency, Answer<'_>, Wall) -> BidAnswered,
    ) -> BidReply {
        let request = match self.request(book, ask, told) {
            Ok(request) => request,
            Err(error) => return BidReply::Failed { reason: error.to_string() },
        };
        // Never closed.
        let _place = self.pings.acquire().await;
        match self.exchange(&request, timeout).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                bid_reply(read(&ask.response, told.price.currency(), answer, told.at))
            }
            Err(unanswered) => BidReply::Failed { reason: unanswered.error.to_string() },
        }
    }

    /// Asks the buyer of a call to confirm its bid. An answer that cannot be read does not confirm.
    async fn ask_to_confirm(&self, asked: &CallConfirm) -> Confirmation {
        let refused = |reason: String| Confirmation::Refused { reason: Some(reason) };
        let found = bidder_of(&asked.book, &asked.contract);
        let found = found.and_then(|(own, bidder)| Some((own, bidder.confirm.as_deref()?)));
        let Some((contract, confirm)) = found else {
            return refused("the contract confirms no bids".to_owned());
        };
        let told = Told {
            price: asked.price,
            ping_id: asked.ping_id.as_deref(),
            ..Told::of_call(contract, (asked.call, &asked.source), &asked.inquiry, asked.at)
        };
        let request = match self.request(&asked.book, &confirm.ask, &told) {
            Ok(request) => request,
            Err(error) => return refused(error.to_string()),
        };
        match self.exchange(&request, confirm.timeout).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                confirmation(&confirm.ask.response, told.price.currency(), answer)
            }
            Err(unanswered) => refused(unanswered.error.to_string()),
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
        let fields = Known::of(&told.inquiry).all_fields();
        let offer = book.offer(&told.contract.offer);
        let rules = offer.into_iter().flat_map(|offer| &offer.duplicate);
        let rules = rules.chain(&told.contract.duplicate);
        let hashed: Vec<FieldName> = rules.flat_map(|rule| rule.fields.clone()).collect();
        let lead = delivery::Lead {
            id: &told.id,
            offer: &told.inquiry.offer,
            source: told.source,
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
    id: String,
    source: &'t SourceId,
    inquiry: Cow<'t, Inquiry>,
}

impl<'t> Told<'t> {
    fn of_lead(contract: &'t Contract, record: &'t LeadRecord, at: Wall) -> Self {
        Self {
            contract,
            price: contract.price,
            at,
            ping_id: None,
            conversion_url: None,
            id: record.id.to_string(),
            source: &record.source,
            inquiry: Cow::Owned(record.inquiry()),
        }
    }

    fn of_call(
        contract: &'t Contract,
        (call, source): (CallId, &'t SourceId),
        inquiry: &'t Inquiry,
        at: Wall,
    ) -> Self {
        Self {
            contract,
            price: contract.price,
            at,
            ping_id: None,
            conversion_url: None,
            id: call.to_string(),
            source,
            inquiry: Cow::Borrowed(inquiry),
        }
    }
}

impl CallBidders for Buyers {
    fn ask(&self, ping: CallPing) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>> {
        Box::pin(async move { self.ask_of_call(&ping).await })
    }

    fn confirm(
        &self,
        confirm: CallConfirm,
    ) -> Pin<Box<dyn Future<Output = Confirmation> + Send + '_>> {
        Box::pin(async move { self.ask_to_confirm(&confirm).await })
    }
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

/// Returns a contract that asks for bids on calls, with how.
fn bidder_of<'b>(book: &'b Book, contract: &ContractId) -> Option<(&'b Contract, &'b Bidder)> {
    let contract = book.contract(contract)?;
    Some((contract, contract.bidder.as_deref()?))
}

/// Returns what an answer to the request that confirms a bid means.
fn confirmation(rule: &ResponseRule, money: Currency, answer: Answer<'_>) -> Confirmation {
    match delivery::verdict(rule, money, answer) {
        Verdict::Accepted(_) | Verdict::Delivered(_) => {
            Confirmation::Confirmed { destinations: delivery::named_destinations(rule, answer) }
        }
        Verdict::Rejected { reason } | Verdict::Duplicate { reason } => {
            Confirmation::Refused { reason }
        }
        Verdict::Trouble(trouble) => Confirmation::Refused { reason: Some(trouble.to_string()) },
    }
}

/// Returns the reply for an answer to a ping.
fn bid_reply(answered: BidAnswered) -> BidReply {
    match answered {
        BidAnswered::Bid(offered) => BidReply::Offered(Box::new(offered)),
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
