//! Handles the response to a REGISTER (RFC 3261 §10.2.4).

use std::time::Duration;

use super::Register;
use super::RegistrationId;
use super::RegistrationOutcome;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::reply::Reply;
use crate::sip::transaction::ClientId;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;

/// Longest time that a registrar may demand (RFC 3261 §10.2.8) or grant: one day.
const EXPIRES_MAX: Duration = Duration::from_secs(86_400);

impl Agent {
    /// Handles the final response to a REGISTER, or its timeout (`None`). A challenge is answered,
    /// and a longer time asked for if the registrar wants that.
    pub(in crate::sip) fn register_replied(
        &mut self,
        id: RegistrationId,
        client: ClientId,
        reply: Option<Reply<'_>>,
        now: Now,
    ) {
        let Some(registration) = self.registrations.get_mut(&id) else { return };
        if registration.pending != Some(client) {
            return;
        }
        let Some(reply) = reply else {
            return self.settle_register(id, RegistrationOutcome::Unanswered);
        };
        let register = &mut registration.register;
        let asked = register.peer.remote.ip();
        if registration.auth.as_mut().is_some_and(|auth| auth.take_up(&reply, asked)) {
            return self.send_register(id, now);
        }
        let outcome = match reply.status {
            200..=299 => RegistrationOutcome::Bound(granted(register, reply.message)),
            423 => match longer(register, reply.message) {
                Some(expires) => {
                    register.expires = expires;
                    return self.send_register(id, now);
                }
                None => RegistrationOutcome::Refused(423, None),
            },
            status => RegistrationOutcome::Refused(status, retry_after(reply.message)),
        };
        self.settle_register(id, outcome);
    }
}

/// Returns the time that a registrar grants: `expires` of our Contact, else Expires, else what was
/// asked for (RFC 3261 §10.2.4).
fn granted(register: &Register, response: &Message) -> Duration {
    if register.expires == Duration::ZERO {
        return Duration::ZERO;
    }
    let contacts: Vec<_> = response.contacts().flatten().collect();
    let is_ours = |user: Option<&str>| user == Some(register.contact.as_str());
    let own = contacts.iter().find(|contact| is_ours(contact.uri.user()));
    // Some registrars change the user of a single contact.
    let own = own.or(if contacts.len() == 1 { contacts.first() } else { None });
    let of_contact = own.and_then(|own| own.params.find("expires")?.trim_matches('"').parse().ok());
    let seconds = of_contact.or_else(|| response.expires().ok().flatten());
    let granted = seconds.map_or(register.expires, |s: u32| Duration::from_secs(s.into()));
    granted.min(EXPIRES_MAX)
}

/// Returns the time that a registrar demands, if it is longer than what was asked for.
fn longer(register: &Register, response: &Message) -> Option<Duration> {
    let seconds = response.header(HeaderName::MinExpires)?.trim().parse().ok()?;
    let demanded = Duration::from_secs(seconds);
    let is_longer = register.expires > Duration::ZERO && demanded > register.expires;
    (is_longer && demanded <= EXPIRES_MAX).then_some(demanded)
}

/// Returns the time of a Retry-After; comments and parameters after it are skipped (RFC 3261
/// §20.33).
fn retry_after(response: &Message) -> Option<Duration> {
    let text = response.header(HeaderName::RetryAfter)?.trim_ascii_start();
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok().map(Duration::from_secs)
}
