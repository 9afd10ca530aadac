//! Sends e-mails through a mail server.

use std::time::Duration;
use std::time::SystemTime;

use lettre::AsyncSmtpTransport;
use lettre::AsyncTransport as _;
use lettre::Message;
use lettre::Tokio1Executor;
use lettre::message::Mailbox;
use lettre::message::MultiPart;
use lettre::message::header::ContentType;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::Tls;
use lettre::transport::smtp::client::TlsParameters;

use crate::base::Wall;
use crate::book::EmailAddress;
use crate::config::Smtp;
use crate::config::SmtpSecurity;

/// An e-mail.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Who gets it.
    pub to: &'a [EmailAddress],
    /// One line.
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// The same as HTML.
    pub html: Option<&'a str>,
    /// Unique name of the e-mail: a repetition has the same.
    pub id: &'a str,
    /// Its date.
    pub at: Wall,
}

/// Why an e-mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The e-mail cannot be written.
    #[error("the e-mail cannot be written: {0}")]
    Letter(String),
    /// The server refused it for good.
    #[error("the mail server refused it: {0}")]
    Refused(String),
    /// The server cannot be reached, or asks to try again.
    #[error("the mail server did not take it: {0}")]
    Down(String),
    /// It took too long.
    #[error("no answer of the mail server within {0:?}")]
    Late(Duration),
}

/// Sends e-mails through one server, each in a connection of its own.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: EmailAddress,
}

impl Mailer {
    /// Creates a mailer.
    ///
    /// # Errors
    /// [`MailError::Down`]: TLS cannot be set up.
    pub fn new(settings: &Smtp) -> Result<Self, MailError> {
        let Smtp { server, from, account } = settings;
        let host = server.host.as_str();
        let tls = || {
            let parameters = TlsParameters::new_rustls(host.to_owned());
            parameters.map_err(|error| MailError::Down(chain(&error)))
        };
        let tls = match server.security {
            SmtpSecurity::Tls => Tls::Wrapper(tls()?),
            SmtpSecurity::StartTls => Tls::Required(tls()?),
            SmtpSecurity::Plain => Tls::None,
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(server.port)
            .tls(tls)
            .timeout(None);
        let builder = match account {
            Some(account) => builder.credentials(Credentials::new(
                account.username.clone(),
                account.password.expose().to_owned(),
            )),
            None => builder,
        };
        Ok(Self { transport: builder.build(), from: from.clone() })
    }

    /// Sends an e-mail. `timeout` covers everything.
    ///
    /// # Errors
    /// [`MailError`]: the server did not take it.
    pub async fn send(&self, letter: Letter<'_>, timeout: Duration) -> Result<(), MailError> {
        let message = self.message(letter)?;
        let sent = tokio::time::timeout(timeout, self.transport.send(message)).await;
        match sent.map_err(|_| MailError::Late(timeout))? {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Refused(chain(&error))),
            Err(error) => Err(MailError::Down(chain(&error))),
        }
    }

    fn message(&self, letter: Letter<'_>) -> Result<Message, MailError> {
        let Letter { to, subject, text, html, id, at } = letter;
        let unwritable = |error: &dyn std::fmt::Display| MailError::Letter(error.to_string());
        let mailbox = |address: &EmailAddress| {
            address.as_str().parse::<Mailbox>().map_err(|error| unwritable(&error))
        };
        let since_1970 = Duration::from_micros(u64::try_from(at.micros()).unwrap_or_default());
        let host = self.from.as_str().rsplit('@').next().unwrap_or_default();
        let mut builder = Message::builder()
            .from(mailbox(&self.from)?)
            .subject(subject)
            .message_id(Some(format!("<{id}@{host}>")))
            .date(SystemTime::UNIX_EPOCH + since_1970);
        for address in to {
            builder = builder.to(mailbox(address)?);
        }
        let message = match html {
            Some(html) => {
                let both = MultiPart::alternative_plain_html(text.to_owned(), html.to_owned());
                builder.multipart(both)
            }
            None => builder.header(ContentType::TEXT_PLAIN).body(text.to_owned()),
        };
        message.map_err(|error| unwritable(&error))
    }
}

/// Returns an error and its causes.
fn chain(error: &smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
