//! `strowger book`: the route book.

use std::path::Path;

use super::Fault;
use super::command;
use super::fault::refuse_errors;
use super::node;
use super::node::BOOK_IN_FORCE;
use super::open_store;
use crate::book;
use crate::book::Book;
use crate::config::Settings;
use crate::net::Clock;
use crate::switch::Library;

pub(super) async fn run(settings: &Settings, command: command::Book) -> Result<(), Fault> {
    match command {
        command::Book::Apply { file } => apply(settings, &file).await,
        command::Book::Export => export(settings).await,
    }
}

/// Whole or not at all: a book with an error, or one that names flows that are not there, changes
/// nothing.
async fn apply(settings: &Settings, file: &Path) -> Result<(), Fault> {
    let shown = file.display().to_string();
    let (text, book) = read(file)?;
    let shelf = node::shelf(settings);
    let (mut library, _) = Library::load(&shelf);
    let mut found = library.check_against(&book, &shown);
    found.extend(library.add_book(&shelf, &book, &shown));
    refuse_errors(found)?;
    let store = open_store(settings)?;
    let before = store.book_version().await.map_err(Fault::of)?;
    let who = format!("strowger book apply {shown}");
    let at = Clock::system().now().wall;
    let version = store.book_apply(text, who, at).await.map_err(Fault::of)?;
    let summary = book.summary();
    if version == before {
        println!("book version {version}: unchanged, {summary}");
    } else {
        println!("book version {version}: {summary}");
    }
    Ok(())
}

async fn export(settings: &Settings) -> Result<(), Fault> {
    let store = open_store(settings)?;
    match store.book_latest().await.map_err(Fault::of)? {
        Some(book) => {
            print!("{}", book.text);
            Ok(())
        }
        None => Err(Fault::of("there is no book yet: run `strowger book apply FILE`")),
    }
}

/// A book from a file, with its text.
pub(super) fn read(file: &Path) -> Result<(String, Book), Fault> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Fault::of(format!("{shown} cannot be read: {error}")))?;
    let book = parse(&shown, &text)?;
    Ok((text, book))
}

/// The book that is in force; `None` before the first was applied.
pub(super) async fn in_force(settings: &Settings) -> Result<Option<(u64, Book)>, Fault> {
    let store = open_store(settings)?;
    match store.book_latest().await.map_err(Fault::of)? {
        Some(latest) => Ok(Some((latest.version, parse(BOOK_IN_FORCE, &latest.text)?))),
        None => Ok(None),
    }
}

fn parse(shown: &str, text: &str) -> Result<Book, Fault> {
    let (book, found) = book::parse(shown, text);
    refuse_errors(found)?;
    book.ok_or_else(|| Fault::of(format!("{shown} is not a book")))
}
