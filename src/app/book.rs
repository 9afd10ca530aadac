//! `strowger book`: the route book.

use std::path::Path;

use super::Fault;
use super::areas::Areas;
use super::audit_warnings;
use super::command;
use super::fault::about_used_flows;
use super::fault::refuse_errors;
use super::live_book::latest;
use super::live_book::parse;
use super::node;
use super::open_store;
use super::out;
use super::out::out;
use super::user;
use super::zone::Local;
use crate::book;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Change;
use crate::config::Settings;
use crate::net::Clock;
use crate::publish::LIVE_BOOK;
use crate::store::BookVersion;
use crate::store::EDITIONS_MAX;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Store;
use crate::store::Verb;

pub(super) async fn run(settings: &Settings, command: command::Book) -> Result<(), Fault> {
    match command {
        command::Book::Apply { file, merge, expect, force, json } => {
            apply(settings, &file, merge, Terms { expect, force, json }).await
        }
        command::Book::Diff { file, merge, json } => diff(settings, &file, merge, json).await,
        command::Book::Export { version } => export(settings, version).await,
        command::Book::History { json } => history(settings, json).await,
        command::Book::Rollback { version } => rollback(settings, version).await,
    }
}

/// How a book is applied.
struct Terms {
    /// The version that must be live; `None` for any.
    expect: Option<u64>,
    /// Allow large removals (see [`book::large_removal`]).
    force: bool,
    /// Print the changes as JSON.
    json: bool,
}

/// Applies a book file as a whole. A book with an error, or with a flow that does not exist,
/// changes nothing.
async fn apply(settings: &Settings, file: &Path, merge: bool, terms: Terms) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let shown = file.display().to_string();
    let command = format!("strowger book apply{} {shown}", if merge { " --merge" } else { "" });
    let by = user::makes(Verb::Apply, EntityKind::Book, &command, Clock::system().now().wall);
    let applied = async {
        let areas = Areas::load(settings)?;
        let (text, book) = wanted(&areas, store.as_ref(), file, merge).await?;
        let wanted = Wanted { shown, by: by.clone(), text, book };
        put(settings, store.as_ref(), wanted, terms).await
    };
    user::noted(store.as_ref(), &by, applied.await).await
}

/// A book to apply.
struct Wanted {
    /// Its name in diagnostics.
    shown: String,
    /// Author of the change.
    by: Mutation,
    text: String,
    book: Book,
}

async fn put(
    settings: &Settings,
    store: &dyn Store,
    wanted: Wanted,
    terms: Terms,
) -> Result<(), Fault> {
    let Wanted { shown, by, text, book } = wanted;
    let shelf = node::shelf(settings);
    let mut library = shelf.load();
    let written = BookText { file: &shown, text: &text };
    let mut found = library.check_against(&book, written);
    about_used_flows(&mut found, &library, &book);
    found.extend(shelf.add_book(&mut library, &book, written));
    refuse_errors(found)?;
    let before = latest(store).await?;
    let areas = Areas::load(settings)?;
    let old = before.as_ref().map(|book| known(&areas, book)).unwrap_or_default();
    let changes = book::changes(&old, &book);
    let live = before.as_ref().map_or(0, |before| before.version);
    if terms.expect.is_some_and(|expected| expected != live) {
        return Err(unexpected(live));
    }
    let balances = store.balances().await.map_err(Fault::of)?.items;
    let balances = balances.iter().map(|balance| balance.balance);
    if let Some(change) = book::currency_change(&old, &book, balances) {
        let remedy = change.remedy();
        return Err(Fault::of(format!("{shown} {change}. Nothing is applied. {remedy}")));
    }
    if !terms.force
        && let Some(removal) = book::large_removal(&old, &changes)
    {
        return Err(Fault::of(format!(
            "{shown} removes {removal} from the live book (version {live}). Nothing is applied; \
             `strowger book diff` shows the changes, `--force` applies them"
        )));
    }
    audit_warnings::warn(&book, &library);
    let applied = store.book_apply_after(live, text, by).await.map_err(Fault::of)?;
    let version = applied.ok_or_else(|| {
        Fault::of("another program applied a book at the same time: run the command again")
    })?;
    if terms.json {
        let report = serde_json::json!({
            "version": version, "changed": version != live, "changes": changes,
        });
        out!("{}", serde_json::to_string_pretty(&report).map_err(Fault::of)?);
        return Ok(());
    }
    let summary = book.summary();
    match before {
        Some(before) if before.version == version => {
            out!("book version {version}: unchanged, {summary}");
        }
        Some(BookVersion { at, who, .. }) => {
            print(&changes);
            out!("book version {version}: {summary}");
            let at = Local::system().show(at);
            out!("replaces version {live} of {at} by {who}: `strowger book rollback {live}`");
        }
        None => out!("book version {version}: {summary}"),
    }
    Ok(())
}

/// Returns the fault of a change that expects another live version.
fn unexpected(live: u64) -> Fault {
    Fault::of(match live {
        0 => "no book is live: nothing is applied".to_owned(),
        live => format!(
            "version {live} of the book is live, nothing is applied: see `strowger book history`, and `strowger book \
             diff FILE` for what the file would change"
        ),
    })
}

async fn diff(settings: &Settings, file: &Path, merge: bool, json: bool) -> Result<(), Fault> {
    let areas = Areas::load(settings)?;
    let store = open_store(settings)?;
    let (_, book) = wanted(&areas, store.as_ref(), file, merge).await?;
    let before = latest(store.as_ref()).await?;
    let changes =
        book::changes(&before.as_ref().map(|book| known(&areas, book)).unwrap_or_default(), &book);
    if json {
        out!("{}", serde_json::to_string_pretty(&changes).map_err(Fault::of)?);
    } else {
        print(&changes);
        out!("{}", count(changes.len()));
    }
    Ok(())
}

fn print(changes: &[Change]) {
    for change in changes {
        out!("{change}");
    }
}

fn count(changes: usize) -> String {
    match changes {
        0 => "no changes".to_owned(),
        1 => "1 change".to_owned(),
        many => format!("{many} changes"),
    }
}

/// Returns the book of a file with its text. With `merge`, it is the live book with the additions
/// and changes of the file, printed as TOML.
async fn wanted(
    areas: &Areas,
    store: &dyn Store,
    file: &Path,
    merge: bool,
) -> Result<(String, Book), Fault> {
    let (shown, text) = text_of(file)?;
    if !merge {
        let book = parse(areas, &shown, &text)?;
        return Ok((text, book));
    }
    let base = latest(store).await?.as_ref().map(|book| known(areas, book)).unwrap_or_default();
    let (book, found) = book::merge(&base, &shown, &text, areas.surroundings());
    refuse_errors(found)?;
    let book = book.ok_or_else(|| Fault::of(format!("{shown} is not a book")))?;
    if book == base {
        // The text is unchanged, so the live version keeps it.
        let same = latest(store).await?.map(|latest| latest.text);
        return Ok((same.unwrap_or_default(), book));
    }
    Ok((book::to_toml(&book), book))
}

async fn export(settings: &Settings, version: Option<u64>) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let found = match version {
        None => latest(store.as_ref()).await?.ok_or_else(no_book)?,
        Some(version) => fetched(store.as_ref(), version).await?,
    };
    out::print(format_args!("{}", found.text));
    Ok(())
}

async fn history(settings: &Settings, json: bool) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let editions = store.book_history(None, EDITIONS_MAX).await.map_err(Fault::of)?;
    if json {
        out!("{}", serde_json::to_string_pretty(&editions).map_err(Fault::of)?);
        return Ok(());
    }
    let local = Local::system();
    out!("{:>7}  {:<19}  who", "version", "applied");
    for edition in &editions {
        out!("{:>7}  {:<19}  {}", edition.version, local.show(edition.at), edition.who);
    }
    out!("Times are in {}.", local.name());
    Ok(())
}

async fn rollback(settings: &Settings, version: u64) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let command = format!("strowger book rollback {version}");
    let by = user::makes(Verb::RollBack, EntityKind::Book, &command, Clock::system().now().wall);
    let applied = async {
        let found = fetched(store.as_ref(), version).await?;
        let shown = format!("book version {version}");
        let book = parse(&Areas::load(settings)?, &shown, &found.text)?;
        let wanted = Wanted { shown, by: by.clone(), text: found.text, book };
        // To go back is intended, whatever it removes.
        let terms = Terms { expect: None, force: true, json: false };
        put(settings, store.as_ref(), wanted, terms).await
    };
    user::noted(store.as_ref(), &by, applied.await).await
}

async fn fetched(store: &dyn Store, version: u64) -> Result<BookVersion, Fault> {
    let found = store.book_fetch(version).await.map_err(Fault::of)?;
    found.ok_or_else(|| {
        Fault::of(format!("there is no version {version}: run `strowger book history` for a list"))
    })
}

/// Parses a stored book; empty if this program cannot read a book of an earlier version.
fn known(areas: &Areas, version: &BookVersion) -> Book {
    areas.read_book(LIVE_BOOK, &version.text).0.unwrap_or_default()
}

fn no_book() -> Fault {
    Fault::of("no book published: run `strowger book apply FILE`")
}

/// Reads a book from a file. Returns it with its text.
pub(super) fn read(settings: &Settings, file: &Path) -> Result<(String, Book), Fault> {
    let (shown, text) = text_of(file)?;
    let book = parse(&Areas::load(settings)?, &shown, &text)?;
    Ok((text, book))
}

/// Returns the name and text of a file.
fn text_of(file: &Path) -> Result<(String, String), Fault> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Fault::of(format!("cannot read {shown}: {error}")))?;
    Ok((shown, text))
}
