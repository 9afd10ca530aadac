//! `strowger token create`.

use super::Fault;
use super::command::Token;
use super::entropy;
use super::open_store;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::Role;

/// Prints the new token alone, so that a script can take it.
pub(super) async fn create(settings: &Settings, command: Token) -> Result<(), Fault> {
    let Token::Create { role, buyer, source } = command;
    let role = Role::parse(&role, buyer.or(source).as_deref()).map_err(Fault::Sentence)?;
    let store = open_store(settings)?;
    let now = Clock::system().now().wall;
    let secret = store.token_create(role, entropy()?, now).await.map_err(Fault::of)?;
    println!("{}", secret.reveal());
    Ok(())
}
