//! Registers the trunks of the book with the registrars of their carriers, and keeps them
//! registered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Shared;
use super::accounts::DigestSettings;
use super::address;
use super::keeping::keep_tasks;
use super::registrations::RegistrationKey;
use super::renewal::Renewal;
use crate::base::Rng;
use crate::book::Book;
use crate::sip::Peer;
use crate::sip::Register;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome;
use crate::sip::Uri;

/// Longest wait for the end of a registration when the switch stops, or its trunk is removed.
const GOODBYE_MAX: Duration = Duration::from_secs(2);

/// What is registered where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    key: RegistrationKey,
    registrar: Uri,
    account: Uri,
    contact: String,
    expires: Duration,
}

/// Keeps the trunks of the live book registered until `end`, then ends the registrations.
pub async fn run(
    shared: Arc<Shared>,
    settings: DigestSettings,
    mut rng: Rng,
    end: CancellationToken,
) {
    let mut ids = 0;
    let start = |_: &RegistrationKey, wanted: &Wanted, own: CancellationToken| {
        ids += 1;
        keep(shared.clone(), wanted.clone(), RegistrationId(ids), rng.fork(), own)
    };
    keep_tasks(&shared, |book| wanted(book, &settings), start, &end).await;
}

/// Returns what the trunks of a book register. Trunks whose credentials the settings lack are
/// skipped.
fn wanted(book: &Book, settings: &DigestSettings) -> BTreeMap<RegistrationKey, Wanted> {
    let trunks = book
        .trunks
        .iter()
        .filter_map(|trunk| Some((trunk, settings.credentials.get(trunk.credentials.as_ref()?)?)));
    let all = trunks.flat_map(|(trunk, own)| {
        trunk.register.iter().filter_map(|registrar| {
            let uri = Uri::parse(registrar.as_str()).ok()?;
            let domain = trunk.from_domain.as_deref().or(uri.host())?;
            let account = Uri::parse(&format!("sip:{}@{domain}", own.username)).ok()?;
            let contact = contact(&own.username, trunk.id.as_str());
            let key = RegistrationKey {
                trunk: trunk.id.clone(),
                registrar: registrar.as_str().to_owned(),
            };
            let expires = trunk.register_expires;
            Some((key.clone(), Wanted { key, registrar: uri, account, contact, expires }))
        })
    });
    all.collect()
}

/// Returns the user part of a Contact: the account's name, or the trunk's if that cannot stand in a
/// URI as it is.
fn contact(username: &str, trunk: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
    if username.bytes().all(is_plain) { username.to_owned() } else { trunk.to_owned() }
}

/// Keeps one registration until `end`, then ends it.
async fn keep(
    shared: Arc<Shared>,
    wanted: Wanted,
    id: RegistrationId,
    mut rng: Rng,
    end: CancellationToken,
) {
    let mut renewal = Renewal::default();
    let mut was_bound = None;
    loop {
        let outcome = tokio::select! {
            () = end.cancelled() => break,
            outcome = attempt(&shared, &wanted, id, wanted.expires, &mut rng) => outcome,
        };
        let is_bound = matches!(&outcome, RegistrationOutcome::Bound(time) if !time.is_zero());
        let pause = renewal.after(&outcome, &mut rng);
        if was_bound.replace(is_bound) != Some(is_bound) || !is_bound {
            log(&wanted.key, &outcome, pause);
        }
        tokio::select! {
            () = end.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    if was_bound == Some(true) {
        let goodbye = attempt(&shared, &wanted, id, Duration::ZERO, &mut rng);
        // The registrar forgets the contact by itself in time.
        drop(tokio::time::timeout(GOODBYE_MAX, goodbye).await);
    }
    shared.registrations.forget(&wanted.key);
}

/// Sends one REGISTER, and notes its outcome.
async fn attempt(
    shared: &Shared,
    wanted: &Wanted,
    id: RegistrationId,
    expires: Duration,
    rng: &mut Rng,
) -> RegistrationOutcome {
    let Wanted { key, registrar, account, contact, .. } = wanted;
    let servers = address::of_registrar(&key.registrar, &key.trunk);
    let found = match servers.are_known(&shared.trunks.names) {
        true => servers.choose(shared, &[], rng),
        false => servers.look_up(shared, rng).await,
    };
    let (outcome, addresses) = match found {
        None => (RegistrationOutcome::Unanswered, Vec::new()),
        Some(found) => {
            let remote = found.remote;
            // The SIP task puts its own address there.
            let local = SocketAddr::new(remote.ip(), 0);
            let peer = Peer { transport: found.transport, remote, local, connection: None };
            let register = Register {
                id,
                trunk: key.trunk.clone(),
                peer,
                registrar: registrar.clone(),
                account: account.clone(),
                contact: contact.clone(),
                expires,
            };
            let outcome = shared.registrations.ask(&shared.line, register).await;
            (outcome, found.sources.addresses)
        }
    };
    let at = shared.clock.now().wall;
    shared.registrations.note(key.clone(), outcome.clone(), addresses, at);
    outcome
}

fn log(key: &RegistrationKey, outcome: &RegistrationOutcome, pause: Duration) {
    let RegistrationKey { trunk, registrar } = key;
    let again = pause.as_secs();
    match outcome {
        RegistrationOutcome::Bound(time) if !time.is_zero() => {
            let expires = time.as_secs();
            tracing::info!(%trunk, registrar, expires, "trunk registered");
        }
        RegistrationOutcome::Refused(status, _) => {
            tracing::error!(%trunk, registrar, status, again, "registration refused");
        }
        RegistrationOutcome::Bound(_) | RegistrationOutcome::Unanswered => {
            tracing::error!(%trunk, registrar, again, "registration failed: no answer");
        }
    }
}
