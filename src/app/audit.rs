//! `strowger audit`: finds likely mistakes in the book.

use std::path::Path;

use super::Fault;
use super::book;
use super::findings;
use super::live_book;
use super::node;
use super::open_store;
use super::out::out;
use crate::audit;
use crate::audit::Finding;
use crate::audit::Grade;
use crate::config::Settings;
use crate::net::Clock;
use crate::past::past;

/// Prints all findings. Fails when one is an error.
pub(super) async fn run(settings: &Settings, file: Option<&Path>, json: bool) -> Result<(), Fault> {
    let book = match file {
        Some(file) => book::read(settings, file)?.1,
        None => live_book::needed(settings).await?.1,
    };
    let store = open_store(settings)?;
    let now = Clock::system().now().wall;
    let past = past(store.as_ref(), &book, now).await.map_err(Fault::of)?;
    let library = node::shelf(settings).load();
    let evidence = past.evidence(&book, now).with_flows(library.flows());
    let found = audit::audit(&evidence.with_answer_within(settings.leads.answer_within));
    if json {
        out!("{}", serde_json::to_string_pretty(&found).map_err(Fault::of)?);
    } else {
        for line in findings::lines(&found) {
            out!("{line}");
        }
        out!("{}", summary(&found));
    }
    match count(&found, Grade::Error) {
        0 => Ok(()),
        _ => Err(Fault::Printed),
    }
}

fn count(found: &[Finding], grade: Grade) -> usize {
    found.iter().filter(|finding| finding.grade == grade).count()
}

fn summary(found: &[Finding]) -> String {
    let parts = [Grade::Error, Grade::Warning, Grade::Hint].map(|grade| {
        let count = count(found, grade);
        format!("{count} {}{}", grade.name(), if count == 1 { "" } else { "s" })
    });
    parts.join(", ")
}
