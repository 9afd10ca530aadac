//! The accounts of the trunks: who may call by digest, and what we answer challenges with.

use std::sync::Arc;

use crate::base::CredentialsName;
use crate::book::Book;
use crate::book::Trunk;
use crate::config::NamedCredentials;
use crate::config::Settings;
use crate::sip::digest::Account;
use crate::sip::digest::Accounts;
use crate::sip::digest::Algorithm;
use crate::sip::digest::Credentials;

/// What the settings say of digest authentication.
#[derive(Debug, Clone)]
pub struct DigestSettings {
    /// Realm of our challenges.
    pub realm: String,
    /// Algorithms of our challenges, in their order.
    pub algorithms: Vec<Algorithm>,
    /// The credentials that trunks name.
    pub credentials: NamedCredentials,
}

impl DigestSettings {
    /// Returns what the settings say.
    pub fn of(settings: &Settings) -> DigestSettings {
        DigestSettings {
            realm: settings.sip.realm.clone(),
            algorithms: settings.sip.digest.clone(),
            credentials: settings.credentials.clone(),
        }
    }
}

/// Returns the accounts of a book's trunks. A trunk without `accept_from` calls by its credentials;
/// every trunk answers challenges with them. Credentials that the settings lack are skipped:
/// [`unknown_credentials`] lists them.
pub(super) fn accounts(book: &Book, settings: &DigestSettings) -> Accounts {
    let account = |trunk: &Trunk| {
        let own = settings.credentials.get(trunk.credentials.as_ref()?)?;
        let credentials = Credentials::new(&*own.username, own.password.expose());
        let credentials = credentials.within(own.realm.clone());
        Some(Account { trunk: trunk.id.clone(), credentials: Arc::new(credentials) })
    };
    let callers = book.trunks.iter().filter(|trunk| trunk.calls_by_digest()).filter_map(account);
    let own = book.trunks.iter().filter_map(account);
    Accounts::new(&*settings.realm, settings.algorithms.clone(), callers, own)
}

/// Returns the trunks whose credentials the settings lack.
pub fn unknown_credentials<'b>(
    book: &'b Book,
    credentials: &NamedCredentials,
) -> Vec<(&'b Trunk, &'b CredentialsName)> {
    let named = book.trunks.iter().filter_map(|trunk| Some((trunk, trunk.credentials.as_ref()?)));
    named.filter(|(_, name)| credentials.get(name).is_none()).collect()
}
