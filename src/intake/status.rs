//! Asks buyers what became of the leads that they have, until that is final. An answer is the same
//! event as a buyer's own report.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Buyers;
use super::Intake;
use super::buyers::Told;
use super::due;
use super::own::Own;
use crate::base::AttemptId;
use crate::base::BuyerReport;
use crate::base::DISPOSITION_BYTES_MAX;
use crate::base::REFERENCE_BYTES_MAX;
use crate::base::Site;
use crate::book::Book;
use crate::book::Contract;
use crate::book::StatusAsk;
use crate::call::Scope;
use crate::delivery;
use crate::delivery::Answer;
use crate::delivery::AnsweredPrice;
use crate::delivery::SaleStatus;
use crate::dispatch::take_up_credits;
use crate::dispatch::take_up_pauses;
use crate::lead::LeadRecord;
use crate::lead::LeadSale;
use crate::lead::What;
use crate::outbox;
use crate::sale::cut_to;
use crate::store::Action;
use crate::store::AskedReturn;
use crate::store::Change;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::ReportOutcome;
use crate::store::ReturnOutcome;
use crate::store::StatusDue;
use crate::store::StatusTerms;
use crate::store::StoreError;
use crate::store::Verb;

/// Most requests for a status at once.
const REQUESTS_MAX: usize = 16;
/// Delay before a failed read or write of the database is repeated.
const AGAIN: Duration = Duration::from_secs(1);
/// Longest sleep: a jump of the wall clock delays a request no longer.
const SLEEP_MAX: Duration = Duration::from_secs(3_600);
/// Reason of a return whose buyer gives none.
const NO_REASON: &str = "returned";
/// Disposition of a lead whose person the buyer has reached.
const CONTACTED: &str = "contacted";

impl Own {
    /// Notes the sales of a lead whose buyers are asked what became of it.
    pub(super) async fn note_sold(&self, lead: &LeadRecord) {
        let snapshot = self.snapshot();
        let sold_at = lead.sold_at.unwrap_or(lead.received_at);
        let due = lead.sales.iter().filter_map(|LeadSale { id, winner }| {
            let status = status_of(snapshot.book().contract(&winner.contract)?)?;
            Some(StatusDue {
                sale: *id,
                lead: lead.id,
                contract: winner.contract.clone(),
                due_at: sold_at + status.interval,
                until: sold_at + status.within,
            })
        });
        let due: Vec<StatusDue> = due.collect();
        if due.is_empty() {
            return;
        }
        if let Err(error) = self.store.status_add(due, self.clock.now().wall).await {
            // The next start finds the sale.
            tracing::error!(lead.id = %lead.id, %error, "lead not noted for its status");
        }
        self.sold.notify_one();
    }
}

impl Intake {
    /// Asks buyers for the status of their leads until `end`. Sleeps while nothing is due.
    pub async fn ask_statuses(self, buyers: Arc<Buyers>, end: CancellationToken) {
        let own = self.own().clone();
        let mut changes = own.store.changes();
        let mut known = None;
        loop {
            let pause = match self.ask_due(&buyers, &mut known, &end).await {
                Ok(pause) => pause.map(|pause| pause.min(SLEEP_MAX)),
                Err(error) => {
                    tracing::error!(%error, "statuses of leads not read or written");
                    Some(AGAIN)
                }
            };
            tokio::select! {
                () = end.cancelled() => return,
                () = own.sold.notified() => {}
                () = due::sleep(pause) => {}
                // The book is live a moment after it was applied.
                found = changes.find(of_book) => match found {
                    Some(()) => tokio::time::sleep(AGAIN).await,
                    None => return,
                },
            }
        }
    }

    /// Asks for what is due. Returns how long nothing more is; `None` if nothing waits. `known` is
    /// the version of the book whose contracts were looked through.
    async fn ask_due(
        &self,
        buyers: &Arc<Buyers>,
        known: &mut Option<u64>,
        end: &CancellationToken,
    ) -> Result<Option<Duration>, StoreError> {
        let own = self.own();
        loop {
            let (snapshot, now) = (own.snapshot(), own.clock.now().wall);
            if *known != Some(snapshot.version()) {
                own.store.status_find(terms(snapshot.book()), now).await?;
                *known = Some(snapshot.version());
            }
            let due = own.store.status_due(now).await?;
            if due.is_empty() {
                let next = own.store.status_next().await?;
                return Ok(next.map(|next| next.since(own.clock.now().wall)));
            }
            let ask = |sale| {
                let (intake, buyers) = (self.clone(), buyers.clone());
                let book = snapshot.book().clone();
                async move { intake.ask_one(sale, &book, &buyers).await }
            };
            if due::work_off(due, REQUESTS_MAX, end, ask).await?.is_break() {
                return Ok(None);
            }
        }
    }

    /// Asks for the status of one sale, stores what it means, and notes when it is asked for next. A
    /// crash in between repeats the report, which then changes nothing.
    async fn ask_one(
        &self,
        due: StatusDue,
        book: &Book,
        buyers: &Buyers,
    ) -> Result<(), StoreError> {
        let own = self.own();
        let contract = book.contract(&due.contract);
        let asked = contract.and_then(|contract| Some((contract, status_of(contract)?)));
        let lead = own.store.lead_fetch(due.lead).await?;
        let lead = lead.filter(|lead| !lead.fields.is_empty());
        // The contract asks no more, or the data of the person were removed.
        let Some(((contract, status), lead)) = asked.zip(lead) else {
            return own.store.status_asked(due.sale, None).await;
        };
        let is_final = match buyers.status(book, contract, status, &lead, due.sale).await {
            Ok(found) => self.take_status(contract, &due, found).await?,
            Err(fault) => {
                let (lead, contract) = (due.lead, &due.contract);
                tracing::warn!(lead.id = %lead, %contract, fault, "status of a lead not known");
                false
            }
        };
        let next = own.clock.now().wall + status.interval;
        let next = Some(next).filter(|next| !is_final && *next < due.until);
        own.store.status_asked(due.sale, next).await
    }

    /// Stores what a buyer says of a sale. Returns whether that is final.
    async fn take_status(
        &self,
        contract: &Contract,
        due: &StatusDue,
        found: SaleStatus,
    ) -> Result<bool, StoreError> {
        let report = |sold, revenue, disposition: Option<String>, reference: Option<String>| {
            let disposition = disposition.map(|text| cut_to(text.trim(), DISPOSITION_BYTES_MAX));
            let reference = reference.map(|text| cut_to(text.trim(), REFERENCE_BYTES_MAX));
            BuyerReport { sold, revenue, disposition, reference }
        };
        match found {
            SaleStatus::Open => Ok(false),
            SaleStatus::Contacted => {
                let contacted = report(false, None, Some(CONTACTED.to_owned()), None);
                self.take_report(due, contacted).await?;
                Ok(false)
            }
            SaleStatus::Converted { price, reference } => {
                let revenue = match price {
                    AnsweredPrice::Amount(amount) => Some(amount),
                    AnsweredPrice::Unsaid => None,
                    AnsweredPrice::Unreadable(price) => {
                        let (lead, contract) = (due.lead, &due.contract);
                        tracing::warn!(lead.id = %lead, %contract, price, "price of a status unreadable");
                        return Ok(false);
                    }
                };
                self.take_report(due, report(true, revenue, None, reference)).await?;
                Ok(true)
            }
            SaleStatus::Lost { reason } => {
                self.take_report(due, report(false, None, reason, None)).await?;
                Ok(true)
            }
            SaleStatus::Returned { reason } => {
                self.take_return(contract, due, reason).await?;
                Ok(true)
            }
        }
    }

    async fn take_report(&self, due: &StatusDue, report: BuyerReport) -> Result<(), StoreError> {
        let own = self.own();
        let now = own.clock.now().wall;
        let outcome = own.store.sale_report(due.sale, report, now).await?;
        take_up_credits(own.store.as_ref(), &own.dispatch).await?;
        match outcome {
            ReportOutcome::Accepted(_) => {}
            ReportOutcome::Refused(refused) => self.refused(due, &refused.to_string()),
            ReportOutcome::NotSold | ReportOutcome::Unknown => {
                self.refused(due, "the sale is unknown");
            }
        }
        Ok(())
    }

    async fn take_return(
        &self,
        contract: &Contract,
        due: &StatusDue,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        let own = self.own();
        let action = Action::new(Verb::Create, EntityKind::Return);
        let via = format!("status of contract {}", contract.id);
        let asked = AskedReturn {
            inquiry: due.lead.into(),
            reason: cut_to(reason.as_deref().unwrap_or(NO_REASON).trim(), DISPOSITION_BYTES_MAX),
            note: String::new(),
            scope: Scope::Buyer(contract.buyer.clone()),
            by: Mutation::by_user("strowger", action, &via, own.clock.now().wall),
        };
        let outcome = own.store.return_ask(asked).await?;
        take_up_pauses(own.store.as_ref(), &own.dispatch).await?;
        match outcome {
            ReturnOutcome::Now(_) | ReturnOutcome::Before(_) => {}
            ReturnOutcome::Refused(refused) => self.refused(due, &refused.to_string()),
            ReturnOutcome::Unknown => self.refused(due, "the sale is unknown"),
        }
        Ok(())
    }

    fn refused(&self, due: &StatusDue, reason: &str) {
        let (lead, contract) = (due.lead, &due.contract);
        tracing::warn!(lead.id = %lead, %contract, reason, "status of a lead refused");
    }
}

impl Buyers {
    /// Asks a buyer what became of a lead. The error says what failed.
    async fn status(
        &self,
        book: &Book,
        contract: &Contract,
        asked: &StatusAsk,
        lead: &LeadRecord,
        sale: AttemptId,
    ) -> Result<SaleStatus, String> {
        let timeout = contract.delivery.as_ref().map(|own| own.timeout).unwrap_or_default();
        let sold = lead.sales.iter().find(|sold| sold.id == sale);
        let conversion = self.links.conversion(sale);
        let told = Told {
            price: sold.map_or(contract.price, |sold| sold.winner.price),
            ping_id: lead.ping_id(&contract.id),
            conversion_url: Some(&conversion),
            reference: reference(lead, sale),
            ..Told::of_lead(contract, lead, self.clock.now().wall)
        };
        let (request, voucher) =
            self.request(book, &asked.ask, &told).map_err(|error| error.to_string())?;
        let site = Site::of_url(asked.ask.url.as_str());
        let Some(pass) = self.breakers.begin(book, site, timeout).await else {
            return Err("the buyer's server is down".to_owned());
        };
        let answer = self.client.exchange(&request, &voucher, timeout).await;
        let (is_alive, fault) = match &answer {
            Ok(answered) => {
                let verdict = outbox::Verdict::of_status(answered.status, None);
                (Some(verdict.is_alive()), format!("the answer has status {}", answered.status))
            }
            Err(unheard) => {
                let was_tried = unheard.was_sent() || unheard.is_unconnected();
                (was_tried.then_some(false), unheard.to_string())
            }
        };
        self.breakers.ended(book, pass, is_alive, &fault).await;
        let answered = answer.map_err(|_| fault)?;
        let answer = Answer { status: answered.status, body: &answered.body };
        delivery::sale_status(asked, told.price.currency(), answer)
            .map_err(|trouble| trouble.to_string())
    }
}

fn of_book(change: Change) -> Option<()> {
    matches!(change, Change::Book { .. }).then_some(())
}

/// Returns the contracts whose buyers are asked.
fn terms(book: &Book) -> Vec<StatusTerms> {
    let asked = book.contracts.iter().filter_map(|contract| Some((contract, status_of(contract)?)));
    asked
        .map(|(contract, status)| StatusTerms {
            contract: contract.id.clone(),
            interval: status.interval,
            within: status.within,
        })
        .collect()
}

fn status_of(contract: &Contract) -> Option<&StatusAsk> {
    contract.delivery.as_ref()?.status.as_deref()
}

/// Returns the buyer's own id of a lead, as its answer to the post named it.
fn reference(lead: &LeadRecord, sale: AttemptId) -> Option<&str> {
    lead.steps.iter().find_map(|step| match &step.what {
        What::Accepted { attempt, reference, .. } if *attempt == sale => reference.as_deref(),
        _ => None,
    })
}
