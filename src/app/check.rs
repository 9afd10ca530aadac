//! `strowger check`: checks settings, book, flows and sounds; reports all faults at once.

use std::path::Path;

use super::Fault;
use super::areas::Areas;
use super::audit_warnings;
use super::certificates;
use super::deliveries;
use super::fault::about_used_flows;
use super::fault::counted;
use super::fault::refuse_errors;
use super::node;
use super::opening::open_existing;
use super::out::out;
use super::private_contact;
use super::tls_listener;
use super::trunk_credentials;
use crate::base::Diagnostic;
use crate::base::Place;
use crate::book::BookText;
use crate::carrier;
use crate::config::Settings;
use crate::net::Clock;
use crate::publish::LIVE_BOOK;
use crate::switch::Attesting;

/// Checks the book, flows and sounds. The caller has already read and checked the settings.
pub(super) async fn run(settings: &Settings, file: Option<&Path>) -> Result<(), Fault> {
    let shelf = node::shelf(settings);
    let mut library = shelf.load();
    let mut found = library.faults().to_vec();
    let (shown, text) = match file {
        Some(file) => (file.display().to_string(), Some(text_of(file)?)),
        None => {
            let latest = match open_existing(settings)? {
                Some(store) => store.book_latest().await.map_err(Fault::of)?,
                None => None,
            };
            (LIVE_BOOK.to_owned(), latest.map(|latest| latest.text))
        }
    };
    let mut summary = "no book yet".to_owned();
    if let Some(text) = text {
        let (book, faults) = Areas::load(settings)?.read_book(&shown, &text);
        found.extend(faults);
        if let Some(book) = book {
            let written = BookText { file: &shown, text: &text };
            let mut beside = library.check_against(&book, written);
            about_used_flows(&mut beside, &library, &book);
            found.extend(beside);
            found.extend(shelf.add_book(&mut library, &book, written));
            found.extend(audit_warnings::lost_sales(&book, written, &library));
            found.extend(private_contact::warnings(settings, &book, written));
            found.extend(tls_listener::warnings(settings, &book, written));
            found.extend(trunk_credentials::warnings(&book, written, settings));
            found.extend(deliveries::warnings(&book, written, &settings.secrets));
            summary = book.summary().to_string();
        }
    }
    let carriers = settings.carriers.in_use();
    for flow in library.flows() {
        let file = library.source(&flow.name).map_or(flow.name.as_str(), |s| s.file.as_str());
        found.extend(carrier::shortcomings(file, flow, &carriers));
    }
    found.extend(certificates::faults(settings, Clock::system().now().wall));
    found.extend(authorities_fault(settings));
    let warnings = found.len();
    refuse_errors(sorted(found))?;
    let flows = library.flows().count();
    let (flows, warnings) = (counted(flows, "flow"), counted(warnings, "warning"));
    out!("ok: {summary}, {flows}, {warnings}");
    Ok(())
}

/// Returns why the authorities of `[stir]` cannot be used.
fn authorities_fault(settings: &Settings) -> Option<Diagnostic> {
    let path = settings.stir.authorities.as_deref()?;
    let fault = Attesting::of_file(Some(path)).err()?;
    let file = path.display().to_string();
    let message = fault.strip_prefix(&format!("{file}: ")).unwrap_or(&fault).to_owned();
    let fault = Diagnostic::error(&file, Place::START, message);
    Some(fault.hint("name a file with the authorities' certificates in PEM"))
}

fn text_of(file: &Path) -> Result<String, Fault> {
    let shown = file.display();
    std::fs::read_to_string(file)
        .map_err(|error| Fault::of(format!("cannot read {shown}: {error}")))
}

fn sorted(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by(|a, b| (&a.file, a.place).cmp(&(&b.file, b.place)));
    found
}
