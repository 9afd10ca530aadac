//! Accounts: who may call by digest, and what we answer challenges with.

use std::collections::HashMap;
use std::sync::Arc;

use super::Algorithm;
use super::Credentials;
use crate::base::TrunkId;

/// The credentials of a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The trunk.
    pub trunk: TrunkId,
    /// Its credentials.
    pub credentials: Arc<Credentials>,
}

/// All accounts of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounts {
    realm: String,
    algorithms: Vec<Algorithm>,
    callers: HashMap<String, Account>,
    own: HashMap<TrunkId, Arc<Credentials>>,
}

impl Accounts {
    /// Returns accounts of a realm. `algorithms` are offered to callers, in this order. `callers`
    /// may begin calls from any address; of two with one user name the first counts. `own` are the
    /// trunks whose challenges are answered.
    pub fn new(
        realm: impl Into<String>,
        algorithms: Vec<Algorithm>,
        callers: impl IntoIterator<Item = Account>,
        own: impl IntoIterator<Item = Account>,
    ) -> Accounts {
        let mut by_username = HashMap::new();
        for account in callers {
            let name = account.credentials.username().to_owned();
            by_username.entry(name).or_insert(account);
        }
        let own = own.into_iter().map(|account| (account.trunk, account.credentials)).collect();
        Accounts { realm: realm.into(), algorithms, callers: by_username, own }
    }

    /// Returns the realm of our challenges.
    pub(super) fn realm(&self) -> &str {
        &self.realm
    }

    /// Returns the algorithms of our challenges.
    pub(super) fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// Returns whether anybody may call by digest.
    pub(super) fn has_callers(&self) -> bool {
        !self.callers.is_empty()
    }

    /// Returns the account with a user name.
    pub(super) fn caller(&self, username: &str) -> Option<&Account> {
        self.callers.get(username)
    }

    /// Returns what a trunk's challenges are answered with.
    pub(in crate::sip) fn of_trunk(&self, trunk: &TrunkId) -> Option<&Arc<Credentials>> {
        self.own.get(trunk)
    }
}
