//! Delivers leads that are sold: posts, e-mails, rows of sheets.

use std::time::Duration;

use super::Buyers;
use super::buyers::Told;
use super::buyers::delivery_of;
use super::client::Unheard;
use super::client::Voucher;
use crate::base::ContractId;
use crate::base::HttpRequest;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Exchange;
use crate::book::Later;
use crate::book::LeadEmail;
use crate::book::LeadSheet;
use crate::delivery;
use crate::delivery::Answer;
use crate::delivery::ServiceAccount;
use crate::delivery::Trouble;
use crate::delivery::Unsendable;
use crate::delivery::Verdict;
use crate::lead::LeadRecord;
use crate::net::Exchanged;
use crate::net::FetchError;
use crate::net::Letter;
use crate::net::MailError;
use crate::net::Unanswered;
use crate::outbox;
use crate::outbox::Sent;

impl Buyers {
    /// Delivers a sold lead to a contract that bought it: one attempt.
    pub async fn deliver(&self, book: &Book, contract: &ContractId, lead: &LeadRecord) -> Sent {
        let sale = lead.sales.iter().find(|sale| sale.winner.contract == *contract);
        let found = delivery_of(book, contract);
        let found = found.and_then(|(own, delivery)| Some((own, delivery, delivery.later()?)));
        let (Some(sale), Some((contract, delivery, later))) = (sale, found) else {
            return Sent::gone("the contract no longer gets leads after their sale".to_owned());
        };
        if lead.fields.is_empty() {
            return Sent::gone("the data of the person were removed".to_owned());
        }
        let conversion = self.links.conversion(sale.id);
        let told = Told {
            price: sale.winner.price,
            conversion_url: Some(&conversion),
            ..Told::of_lead(contract, lead, self.clock.now().wall)
        };
        let sent = match later {
            Later::Post(post) => self.post_later(book, post, &told, delivery.timeout).await,
            Later::Email(email) => {
                let id = sale.id.to_string();
                // A repetition has the same name and date.
                let at = lead.sold_at.unwrap_or(told.at);
                self.mail(book, email, &told, (&id, at), delivery.timeout).await
            }
            Later::Sheet(sheet) => self.append(book, sheet, &told, delivery.timeout).await,
        };
        // What the settings lack may be added within the day.
        sent.unwrap_or_else(|unsendable| Sent::refused(unsendable.to_string()))
    }

    async fn post_later(
        &self,
        book: &Book,
        post: &Exchange,
        told: &Told<'_>,
        timeout: Duration,
    ) -> Result<Sent, Unsendable> {
        let (request, voucher) = self.request(book, post, told)?;
        Ok(match self.heard(&request, &voucher, timeout).await {
            Ok(answered) => {
                let answer = Answer { status: answered.status, body: &answered.body };
                judged(delivery::verdict(&post.response, told.price.currency(), answer), &answered)
            }
            Err(sent) => sent,
        })
    }

    async fn mail(
        &self,
        book: &Book,
        email: &LeadEmail,
        told: &Told<'_>,
        (id, at): (&str, Wall),
        timeout: Duration,
    ) -> Result<Sent, Unsendable> {
        let Some(mailer) = &self.mailer else {
            return Ok(Sent::down("e-mail is not set up: [smtp] of the settings".to_owned()));
        };
        let secrets = self.secrets.as_ref();
        let written = told.lead(book, |lead| delivery::letter(email, lead, secrets))?;
        let delivery::Letter { subject, text, html } = &written;
        let (to, html) = (email.to.as_slice(), html.as_deref());
        let letter = Letter { to, subject, text, html, id, at };
        Ok(match mailer.send(letter, timeout).await {
            Ok(()) => Sent::delivered(),
            Err(error @ (MailError::Letter(_) | MailError::Refused(_))) => {
                Sent::refused(error.to_string())
            }
            Err(error @ (MailError::Down(_) | MailError::Late(_))) => Sent::down(error.to_string()),
        })
    }

    async fn append(
        &self,
        book: &Book,
        sheet: &LeadSheet,
        told: &Told<'_>,
        timeout: Duration,
    ) -> Result<Sent, Unsendable> {
        let secrets = self.secrets.as_ref();
        let request = told.lead(book, |lead| delivery::row(sheet, lead, secrets))?;
        let account = told.lead(book, |lead| delivery::account(sheet, lead, secrets))?;
        let voucher = Voucher::Account(ServiceAccount::parse(&account)?);
        Ok(match self.heard(&request, &voucher, timeout).await {
            Ok(answered) => by_status(&answered),
            Err(sent) => sent,
        })
    }

    async fn heard(
        &self,
        request: &HttpRequest,
        voucher: &Voucher,
        timeout: Duration,
    ) -> Result<Exchanged, Sent> {
        self.client.exchange(request, voucher, timeout).await.map_err(|unheard| match &unheard {
            Unheard::Unanswered(Unanswered {
                error: FetchError::Url | FetchError::Private(_),
                ..
            }) => Sent::refused(unheard.to_string()),
            Unheard::Token(_) | Unheard::Unanswered(_) => Sent::down(unheard.to_string()),
        })
    }
}

/// Returns what an answer means for a lead that is sold: only a rejection is final.
fn judged(verdict: Verdict, answered: &Exchanged) -> Sent {
    match verdict {
        // A repetition after an answer that was lost is a duplicate.
        Verdict::Accepted(_) | Verdict::Delivered(_) | Verdict::Duplicate { .. } => {
            Sent::delivered()
        }
        Verdict::Rejected { reason } => {
            let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
            Sent::gone(format!("the buyer rejects it: {reason}"))
        }
        Verdict::Trouble(Trouble::Status(_) | Trouble::Unclear) => by_status(answered),
        Verdict::Trouble(
            trouble @ (Trouble::Redirected(_)
            | Trouble::Reported(_)
            | Trouble::Unreadable(_, _)
            | Trouble::Long),
        ) => Sent::refused(trouble.to_string()),
    }
}

fn by_status(answered: &Exchanged) -> Sent {
    let verdict = outbox::Verdict::of_status(answered.status, answered.retry_after);
    let fault = format!("the answer has status {}", answered.status);
    Sent { fault: (verdict != outbox::Verdict::Delivered).then_some(fault), verdict }
}
