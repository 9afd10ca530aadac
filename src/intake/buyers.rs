//! Posts leads to buyers over HTTP, and asks them for bids.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::Pinging;
use super::Poster;
use super::Posting;
use super::breakers::Breakers;
use super::client::Client;
use super::client::Unheard;
use super::client::Voucher;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::FieldName;
use crate::base::HttpRequest;
use crate::base::Money;
use crate::base::Outcome;
use crate::base::Reach;
use crate::base::Site;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Bidder;
use crate::book::Book;
use crate::book::Contract;
use crate::book::Delivery;
use crate::book::DeliveryAuth;
use crate::book::DeliveryWay;
use crate::book::Exchange;
use crate::book::ResponseRule;
use crate::delivery;
use crate::delivery::Answer;
use crate::delivery::BidAnswered;
use crate::delivery::Failure;
use crate::delivery::Grant;
use crate::delivery::Secrets;
use crate::delivery::Unsendable;
use crate::delivery::Verdict;
use crate::delivery::repetition;
use crate::dispatch::CallBidders;
use crate::dispatch::CallConfirm;
use crate::dispatch::CallPing;
use crate::dispatch::Dispatch;
use crate::lead::LeadRecord;
use crate::lead::Reply;
use crate::net::Clock;
use crate::net::Exchanged;
use crate::net::Mailer;
use crate::outbox;
use crate::outbox::Links;
use crate::routing::Inquiry;
use crate::routing::Known;
use crate::sale::BidReply;
use crate::sale::Confirmation;

/// Most posts at once. A further one waits, which counts towards its time.
const POSTS_MAX: usize = 1_024;
/// Most pings at once, which leave the places of posts free. A further one waits, and its bid may be
/// late.
const PINGS_MAX: usize = 4_096;

/// Posts leads to buyers over HTTP. It has a client of its own, so that slow buyers take no places
/// of flows and postbacks.
pub struct Buyers {
    /// Shared by pings and posts, so that a post finds the connection of its ping.
    pub(super) client: Client,
    /// Places of pings.
    pings: Semaphore,
    pub(super) links: Links,
    pub(super) secrets: Arc<dyn Secrets + Send + Sync>,
    /// The mail server; `None` without one in the settings.
    pub(super) mailer: Option<Mailer>,
    pub(super) breakers: Breakers,
    pub(super) clock: Clock,
}

/// What posts to buyers need.
pub struct BuyersParts {
    /// Where the client may connect to.
    pub reach: Reach,
    /// Links with which buyers report sales.
    pub links: Links,
    /// The secrets of the settings.
    pub secrets: Arc<dyn Secrets + Send + Sync>,
    /// The mail server; `None` without one in the settings.
    pub mailer: Option<Mailer>,
    /// Decisions, which pass over contracts whose buyer's server is down.
    pub dispatch: Arc<Dispatch>,
    /// The clocks.
    pub clock: Clock,
}

/// A post that was sent, perhaps several times.
struct Insisted {
    answer: Result<Exchanged, Unheard>,
    /// How often it was sent.
    times: usize,
    /// Whether an earlier answer was that of a server that may have taken the lead all the same.
    was_doubtful: bool,
}

impl Buyers {
    /// Creates the client.
    pub fn new(parts: BuyersParts) -> Self {
        let BuyersParts { reach, links, secrets, mailer, dispatch, clock } = parts;
        Self {
            client: Client::new(reach, POSTS_MAX + PINGS_MAX, clock.clone()),
            pings: Semaphore::new(PINGS_MAX),
            links,
            secrets,
            mailer,
            breakers: Breakers::new(dispatch, clock.clone()),
            clock,
        }
    }

    /// Sends a post and returns what the buyer made of it. A lead that is delivered after its sale
    /// counts as accepted.
    async fn send(&self, posting: &Posting) -> Reply {
        let Some((contract, delivery)) = delivery_of(&posting.book, &posting.contract) else {
            return failed("the contract has no delivery");
        };
        let post = match &delivery.way {
            DeliveryWay::Post(post) => &**post,
            DeliveryWay::Later(_) => return Reply::Accepted { status: None, reference: None },
        };
        let conversion = self.links.conversion(posting.attempt);
        let told = Told {
            price: posting.price,
            ping_id: posting.lead.ping_id(&posting.contract),
            conversion_url: Some(&conversion),
            ..Told::of_lead(contract, &posting.lead, posting.at)
        };
        let (request, voucher) = match self.request(&posting.book, post, &told) {
            Ok(request) => request,
            Err(error) => return failed(error),
        };
        let site = Site::of_url(post.url.as_str());
        let pass = self.breakers.begin(&posting.book, site, delivery.timeout).await;
        let Some(pass) = pass else {
            let reason = Some("the buyer's server is down".to_owned());
            return Reply::Lost { outcome: Outcome::Unreachable, status: None, reason };
        };
        let sent = self.insist(&request, &voucher, delivery.timeout).await;
        let (is_alive, fault) = match &sent.answer {
            Ok(answered) => {
                let verdict = outbox::Verdict::of_status(answered.status, None);
                (Some(verdict.is_alive()), format!("the answer has status {}", answered.status))
            }
            Err(unheard) => {
                let was_tried = unheard.was_sent() || unheard.is_unconnected();
                (was_tried.then_some(false), unheard.to_string())
            }
        };
        self.breakers.ended(&posting.book, pass, is_alive, &fault).await;
        replied(post, posting.price, &sent)
    }

    /// Sends a request, and again as long as the buyer certainly took nothing and time is left.
    async fn insist(
        &self,
        request: &HttpRequest,
        voucher: &Voucher,
        timeout: Duration,
    ) -> Insisted {
        let began = self.clock.now().mono;
        let left = || timeout.saturating_sub(self.clock.now().mono.since(began));
        let (mut times, mut was_doubtful) = (0, false);
        loop {
            let answer = self.client.exchange(request, voucher, left()).await;
            times += 1;
            let (failure, after) = match &answer {
                Ok(answered) => (Failure::Status(answered.status), answered.retry_after),
                Err(unheard) if unheard.is_unconnected() => (Failure::Unconnected, None),
                Err(_) => (Failure::Unanswered, None),
            };
            let Some(pause) = repetition(failure, times - 1, after, left()) else {
                return Insisted { answer, times, was_doubtful };
            };
            was_doubtful |= matches!(failure, Failure::Status(500..));
            sleep(pause).await;
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
        let (request, voucher) = match self.request(book, ask, told) {
            Ok(request) => request,
            Err(error) => return BidReply::Failed { reason: error.to_string() },
        };
        // Never closed.
        let _place = self.pings.acquire().await;
        match self.client.exchange(&request, &voucher, timeout).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                bid_reply(read(&ask.response, told.price.currency(), answer, told.at))
            }
            Err(unheard) => BidReply::Failed { reason: unheard.to_string() },
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
        let (request, voucher) = match self.request(&asked.book, &confirm.ask, &told) {
            Ok(request) => request,
            Err(error) => return refused(error.to_string()),
        };
        match self.client.exchange(&request, &voucher, confirm.timeout).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                confirmation(&confirm.ask.response, told.price.currency(), answer)
            }
            Err(unheard) => refused(unheard.to_string()),
        }
    }

    /// Returns a request, and who vouches for it.
    pub(super) fn request(
        &self,
        book: &Book,
        exchange: &Exchange,
        told: &Told<'_>,
    ) -> Result<(HttpRequest, Voucher), Unsendable> {
        let secrets = self.secrets.as_ref();
        let voucher = match &exchange.auth {
            Some(DeliveryAuth::OAuth(auth)) => Voucher::Client(Grant::of(auth, secrets)?),
            Some(DeliveryAuth::Basic { .. } | DeliveryAuth::Bearer(_)) | None => Voucher::None,
        };
        let request = told.lead(book, |lead| delivery::request(exchange, lead, secrets))?;
        Ok((request, voucher))
    }
}

impl<'t> Told<'t> {
    /// Returns what is told of a form lead.
    pub(super) fn of_lead(contract: &'t Contract, record: &'t LeadRecord, at: Wall) -> Self {
        Self {
            contract,
            price: contract.price,
            at,
            ping_id: None,
            conversion_url: None,
            reference: None,
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
            reference: None,
            id: call.to_string(),
            source,
            inquiry: Cow::Borrowed(inquiry),
        }
    }

    /// Calls `write` with what is known of the lead or call.
    pub(super) fn lead<T>(&self, book: &Book, write: impl FnOnce(&delivery::Lead<'_>) -> T) -> T {
        let fields = Known::of(&self.inquiry).all_fields();
        let offer = book.offer(&self.contract.offer);
        let rules = offer.into_iter().flat_map(|offer| &offer.duplicate);
        let rules = rules.chain(&self.contract.duplicate);
        let hashed: Vec<FieldName> = rules.flat_map(|rule| rule.fields.clone()).collect();
        write(&delivery::Lead {
            id: &self.id,
            offer: &self.inquiry.offer,
            source: self.source,
            contract: &self.contract.id,
            price: self.price,
            at: self.at,
            fields: &fields,
            test: false,
            ping_id: self.ping_id,
            hashed: &hashed,
            conversion_url: self.conversion_url,
            reference: self.reference,
        })
    }
}

/// What a request tells a buyer.
pub(super) struct Told<'t> {
    pub(super) contract: &'t Contract,
    pub(super) price: Money,
    pub(super) at: Wall,
    pub(super) ping_id: Option<&'t str>,
    pub(super) conversion_url: Option<&'t str>,
    pub(super) reference: Option<&'t str>,
    pub(super) id: String,
    pub(super) source: &'t SourceId,
    pub(super) inquiry: Cow<'t, Inquiry>,
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

    fn down(&self) -> usize {
        self.breakers.open()
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
pub(super) fn delivery_of<'b>(
    book: &'b Book,
    contract: &ContractId,
) -> Option<(&'b Contract, &'b Delivery)> {
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

/// Returns what a buyer made of a post.
fn replied(post: &Exchange, price: Money, sent: &Insisted) -> Reply {
    let Insisted { answer, times, was_doubtful } = sent;
    let reply = match answer {
        Ok(answered) => {
            let answer = Answer { status: answered.status, body: &answered.body };
            let verdict = delivery::verdict(&post.response, price.currency(), answer);
            match verdict {
                // The first answer may have come from in front of a server that took the lead.
                Verdict::Duplicate { .. } if *was_doubtful => {
                    let reason = "a duplicate, after a status from 500".to_owned();
                    Reply::Unknown { reason }
                }
                verdict => reply(verdict, answered.status),
            }
        }
        Err(unheard) => untold(unheard),
    };
    match (reply, *times) {
        (Reply::Lost { outcome, status, reason: Some(reason) }, 2..) => {
            Reply::Lost { outcome, status, reason: Some(format!("{reason} (sent {times} times)")) }
        }
        (Reply::Unknown { reason }, 2..) => {
            Reply::Unknown { reason: format!("{reason} (sent {times} times)") }
        }
        (reply, _) => reply,
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
fn untold(unheard: &Unheard) -> Reply {
    let reason = unheard.to_string();
    if unheard.was_sent() {
        return Reply::Unknown { reason };
    }
    Reply::Lost { outcome: Outcome::Unreachable, status: None, reason: Some(reason) }
}

impl std::fmt::Debug for BuyersParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuyersParts").finish_non_exhaustive()
    }
}
