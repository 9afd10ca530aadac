//! One attempt to deliver an event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::PostbackId;
use crate::book::Book;
use crate::book::EmailAddress;
use crate::book::Postback;
use crate::book::Receiver;
use crate::intake::Buyers;
use crate::net::Clock;
use crate::net::FetchError;
use crate::net::Fetcher;
use crate::net::Letter;
use crate::net::MailError;
use crate::net::Mailer;
use crate::net::Report;
use crate::outbox;
use crate::outbox::Event;
use crate::outbox::Key;
use crate::outbox::Links;
use crate::outbox::Mail;
use crate::outbox::Recipient;
use crate::outbox::Sent;
use crate::outbox::Subject;
use crate::outbox::Verdict;
use crate::store::Store;

/// Longest attempt, from name resolution to the end of the answer. Connecting may take five seconds
/// of it.
pub const ATTEMPT_MAX: Duration = Duration::from_secs(15);
/// Most bytes read of an answer.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Keys of the settings, by postback.
#[derive(Debug, Clone, Default)]
pub struct Keys(pub BTreeMap<PostbackId, Key>);

/// Sends events.
pub struct Sender {
    /// Where the keys are that the program made.
    pub store: Arc<dyn Store>,
    /// The client, which connects only where the settings allow.
    pub fetcher: Fetcher,
    /// The mail server; `None` without one in the settings.
    pub mailer: Option<Mailer>,
    /// Delivers sold leads.
    pub buyers: Arc<Buyers>,
    /// The clock.
    pub clock: Clock,
    /// Keys of the settings; they come before those that the program made.
    pub keys: Keys,
    /// Links of templates into the API.
    pub links: Links,
    /// Longest attempt: [`ATTEMPT_MAX`], except in tests.
    pub attempt_max: Duration,
}

impl Sender {
    /// Sends an event to a recipient of a book.
    pub(super) async fn send(&self, book: &Book, to: &Recipient, event: &Event) -> Sent {
        match to {
            Recipient::Postback(id) => match book.postback(id) {
                Some(postback) => self.report_to(postback, event).await,
                None => Sent::down("the postback was removed".to_owned()),
            },
            Recipient::Contract(contract) => match &event.subject {
                Subject::Lead { record, .. } => self.buyers.deliver(book, contract, record).await,
                Subject::Call { .. }
                | Subject::Cap { .. }
                | Subject::Balance { .. }
                | Subject::Paused { .. }
                | Subject::Unanswered { .. }
                | Subject::TrunkDown { .. }
                | Subject::TrunkUp { .. } => Sent::gone("the event has no lead".to_owned()),
            },
        }
    }

    /// Sends an event to a postback's receiver.
    async fn report_to(&self, postback: &Postback, event: &Event) -> Sent {
        match &postback.receiver {
            Receiver::Http(receiver) => {
                let key = match self.key(&postback.id).await {
                    Ok(key) => key,
                    Err(fault) => return Sent::down(fault),
                };
                let now = self.clock.now().wall;
                let request =
                    outbox::request(event, &postback.of, receiver, key.as_ref(), &self.links, now);
                let report = Report {
                    method: request.method.name(),
                    url: &request.url,
                    headers: &request.headers,
                    body: &request.body,
                };
                self.report(report).await
            }
            Receiver::Email(mailboxes) => self.write(postback, mailboxes, event).await,
        }
    }

    async fn write(&self, postback: &Postback, to: &[EmailAddress], event: &Event) -> Sent {
        let Some(mailer) = &self.mailer else {
            return Sent::down("e-mail is not set up: [smtp] of the settings".to_owned());
        };
        let Mail { subject, text } = outbox::mail(event, &postback.of);
        let id = event.id.to_string();
        let (subject, text) = (subject.as_str(), text.as_str());
        let letter = Letter { to, subject, text, html: None, id: &id, at: event.at };
        match mailer.send(letter, self.attempt_max).await {
            Ok(()) => Sent::delivered(),
            Err(error @ (MailError::Letter(_) | MailError::Refused(_))) => {
                Sent::refused(error.to_string())
            }
            Err(error @ (MailError::Down(_) | MailError::Late(_))) => Sent::down(error.to_string()),
        }
    }

    async fn report(&self, report: Report<'_>) -> Sent {
        match self.fetcher.report(report, self.attempt_max, ANSWER_BYTES_MAX).await {
            Ok(answer) => {
                let verdict = Verdict::of_status(answer.status, answer.retry_after);
                let fault = format!("the answer has status {}", answer.status);
                Sent { fault: (verdict != Verdict::Delivered).then_some(fault), verdict }
            }
            Err(error @ (FetchError::Url | FetchError::Private(_))) => {
                Sent::refused(error.to_string())
            }
            Err(error) => Sent::down(error.to_string()),
        }
    }

    async fn key(&self, postback: &PostbackId) -> Result<Option<Key>, String> {
        if let Some(key) = self.keys.0.get(postback) {
            return Ok(Some(key.clone()));
        }
        let made = self.store.postback_key(postback.clone()).await;
        made.map_err(|error| format!("its key could not be read: {error}"))
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}
