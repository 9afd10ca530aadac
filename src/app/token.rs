//! `strowger token`: who may use the HTTP interface.

use super::Fault;
use super::command;
use super::entropy;
use super::open_store;
use super::user;
use crate::base::TokenName;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::NewToken;
use crate::store::Role;
use crate::store::Secret;
use crate::store::Store;
use crate::store::TOKENS_MAX;
use crate::store::Token;
use crate::store::TokenCreated;
use crate::store::Verb;

pub(super) async fn run(settings: &Settings, command: command::Token) -> Result<(), Fault> {
    match command {
        command::Token::Create { role, buyer, source } => {
            create(settings, &role, buyer.or(source).as_deref()).await
        }
    }
}

/// Prints the new token alone, so that a script can take it.
async fn create(settings: &Settings, role: &str, scope: Option<&str>) -> Result<(), Fault> {
    let role = Role::parse(role, scope).map_err(Fault::Sentence)?;
    let store = open_store(settings)?;
    let at = Clock::system().now().wall;
    let by = user::makes(Verb::Create, EntityKind::Token, "strowger token create", at);
    let wanted = NewToken { role, name: None::<TokenName>, expires_at: None };
    let (_, secret) = made(store.as_ref(), wanted, by).await?;
    println!("{}", secret.reveal());
    Ok(())
}

/// Makes a token.
pub(super) async fn made(
    store: &dyn Store,
    wanted: NewToken,
    by: Mutation,
) -> Result<(Token, Secret), Fault> {
    match store.token_create(wanted, entropy()?, by).await.map_err(Fault::of)? {
        TokenCreated::Now(token, secret) => Ok((token, secret)),
        TokenCreated::NameTaken(token) => Err(Fault::Sentence(format!(
            "token {} is named `{}`: choose another name, or revoke it first",
            token.id, token.name
        ))),
        TokenCreated::TooMany => Err(Fault::Sentence(format!(
            "there are {TOKENS_MAX} tokens, which is the most: revoke one first"
        ))),
    }
}
