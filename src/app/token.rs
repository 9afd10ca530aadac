//! `strowger token`: access tokens of the HTTP API.

use super::Fault;
use super::areas::Areas;
use super::command;
use super::entropy;
use super::open_store;
use super::out::out;
use super::user;
use super::warn_without_book;
use super::wrap::fit;
use super::zone::Local;
use crate::base::TokenName;
use crate::base::Wall;
use crate::base::parse_duration;
use crate::base::suggest;
use crate::config::Settings;
use crate::net::Clock;
use crate::publish::LIVE_BOOK;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::NewToken;
use crate::store::Role;
use crate::store::Secret;
use crate::store::Store;
use crate::store::Token;
use crate::store::TokenCreated;
use crate::store::TokenRevoked;
use crate::store::TokenState;
use crate::store::Verb;

pub(super) async fn run(settings: &Settings, command: command::Token) -> Result<(), Fault> {
    match command {
        command::Token::Create(wanted) => create(settings, wanted).await,
        command::Token::List { all, json } => list(settings, all, json).await,
        command::Token::Revoke { token } => revoke(settings, &token).await,
    }
}

/// Creates a token. Prints only the secret to standard output, so that a script can read it.
async fn create(settings: &Settings, asked: command::CreateToken) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let at = Clock::system().now().wall;
    let by = user::makes(Verb::Create, EntityKind::Token, "strowger token create", at);
    warn_without_book(settings, store.as_ref()).await?;
    let created = try_create(settings, store.as_ref(), asked, by.clone()).await;
    let (token, secret) = user::noted(store.as_ref(), &by, created).await?;
    eprintln!("token {} ({}), {}", token.name, token.id, ending(&token));
    out!("{}", secret.reveal());
    Ok(())
}

async fn try_create(
    settings: &Settings,
    store: &dyn Store,
    asked: command::CreateToken,
    by: Mutation,
) -> Result<(Token, Secret), Fault> {
    let command::CreateToken { role, name, expires, buyer, source } = asked;
    let role = Role::of(&role, buyer.as_deref(), source.as_deref()).map_err(Fault::Sentence)?;
    let name: Option<TokenName> =
        name.map(|name| name.parse()).transpose().map_err(|error| Fault::of(format!("{error}")))?;
    let expires_at = expires.map(|text| end_of(&text, by.at)).transpose()?;
    known(settings, store, &role).await?;
    made(store, NewToken { role, name, expires_at }, by).await
}

/// Parses the expiry of a token: a duration like `90d` from now, or an RFC 3339 time.
fn end_of(text: &str, now: Wall) -> Result<Wall, Fault> {
    let end = match parse_duration(text) {
        Ok(duration) => now + duration,
        Err(_) => text.parse().map_err(|_| {
            Fault::of(format!(
                "`--expires {text}`: expected a duration like 90d or a time in RFC 3339"
            ))
        })?,
    };
    match end > now {
        true => Ok(end),
        false => {
            Err(Fault::of(format!("`--expires {text}`: the token would have expired already")))
        }
    }
}

/// Returns an error for a buyer or source that is not in the live book.
async fn known(settings: &Settings, store: &dyn Store, role: &Role) -> Result<(), Fault> {
    let Some(id) = role.scope() else { return Ok(()) };
    let kind = role.name();
    let Some(latest) = store.book_latest().await.map_err(Fault::of)? else {
        eprintln!("warning: there is no book yet: {kind} `{id}` is not checked");
        return Ok(());
    };
    let areas = Areas::load(settings)?;
    let Some(book) = areas.read_book(LIVE_BOOK, &latest.text).0 else {
        eprintln!("warning: the live book cannot be read: {kind} `{id}` is not checked");
        return Ok(());
    };
    match role.unknown_in(&book) {
        None => Ok(()),
        Some(sentence) => Err(Fault::Sentence(sentence)),
    }
}

/// Creates a token in the database.
pub(super) async fn made(
    store: &dyn Store,
    wanted: NewToken,
    by: Mutation,
) -> Result<(Token, Secret), Fault> {
    match store.token_create(wanted, entropy()?, by).await.map_err(Fault::of)? {
        TokenCreated::Now(token, secret) => Ok((token, secret)),
        refused => Err(Fault::Sentence(refused.to_string())),
    }
}

fn ending(token: &Token) -> String {
    match token.expires_at {
        Some(end) => format!("expires {}", Local::system().show(end)),
        None => "does not expire".to_owned(),
    }
}

/// Prints tokens. The database does not contain their secrets.
async fn list(settings: &Settings, all: bool, json: bool) -> Result<(), Fault> {
    let store = open_store(settings)?;
    warn_without_book(settings, store.as_ref()).await?;
    let at = Clock::system().now().wall;
    let mut tokens = store.tokens().await.map_err(Fault::of)?;
    tokens.retain(|token| all || token.state(at) != TokenState::Revoked);
    if json {
        let shown: Vec<_> = tokens.iter().map(|token| token.document(at)).collect();
        out!("{}", serde_json::to_string_pretty(&shown).map_err(Fault::of)?);
        return Ok(());
    }
    let local = Local::system();
    let head = ["id", "name", "role", "state", "last used", "expires"];
    let [id, name, role, state, used, expires] = head;
    out!("{id:<16}  {name:<24}  {role:<20}  {state:<7}  {used:<10}  {expires}");
    for token in &tokens {
        let Token { id, name, role, expires_at, last_used_at, .. } = token;
        let scope = role.scope().map(|scope| format!(" {scope}")).unwrap_or_default();
        let role = format!("{}{scope}", role.name());
        let (name, role) = (fit(name.as_str(), 24), fit(&role, 20));
        let (used, expires) = (day(*last_used_at, &local), day(*expires_at, &local));
        let state = token.state(at).name();
        out!("{id:<16}  {name:<24}  {role:<20}  {state:<7}  {used:<10}  {expires}");
    }
    Ok(())
}

/// Returns the local date of an instant.
fn day(at: Option<Wall>, local: &Local) -> String {
    at.map_or_else(|| "-".to_owned(), |at| local.day(at))
}

/// Revokes a token. A running switch rejects it from the next request on.
async fn revoke(settings: &Settings, wanted: &str) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let at = Clock::system().now().wall;
    let by = user::makes(Verb::Revoke, EntityKind::Token, "strowger token revoke", at).of(wanted);
    let revoked = try_revoke(store.as_ref(), wanted, by.clone()).await;
    let line = user::noted(store.as_ref(), &by, revoked).await?;
    out!("{line}");
    Ok(())
}

async fn try_revoke(store: &dyn Store, wanted: &str, by: Mutation) -> Result<String, Fault> {
    match store.token_revoke(wanted, by).await.map_err(Fault::of)? {
        TokenRevoked::Now(token) => Ok(format!("token {} ({}): revoked", token.name, token.id)),
        TokenRevoked::Before(token) => {
            let at = token.revoked_at.map(|at| format!(", at {}", Local::system().show(at)));
            let at = at.unwrap_or_default();
            Ok(format!("token {} ({}): revoked already{at}", token.name, token.id))
        }
        TokenRevoked::Unknown => {
            let tokens = store.tokens().await.map_err(Fault::of)?;
            let known = tokens.iter().flat_map(|token| [token.name.as_str(), token.id.as_str()]);
            let hint = match suggest(wanted, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`strowger token list` lists them".to_owned(),
            };
            Err(Fault::of(format!("there is no token `{wanted}`: {hint}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_local() {
        let local = Local::named("America/New_York");
        assert_eq!(day("2026-05-05T01:30:00Z".parse().ok(), &local), "2026-05-04");
        assert_eq!(day(None, &local), "-");
    }

    #[test]
    fn ends_are_durations_and_times_to_come() {
        let now: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90d", Some("2026-08-02T15:00:00Z")),
            ("1h", Some("2026-05-04T16:00:00Z")),
            ("2026-12-24T00:00:00Z", Some("2026-12-24T00:00:00Z")),
            ("2026-05-04T15:00:00Z", None),
            ("0d", None),
            ("90", None),
            ("soon", None),
            ("", None),
        ] {
            let end = end_of(text, now).ok().map(|end| end.to_string());
            assert_eq!(end.as_deref(), expected, "{text}");
        }
    }
}
