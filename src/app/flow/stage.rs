//! Loads the flows that a played flow leads to, and the book.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::read;
use crate::app::Fault;
use crate::app::book as book_file;
use crate::app::fault::refuse_errors;
use crate::base::FlowName;
use crate::book::Book;
use crate::config::Settings;
use crate::flow::Flow;
use crate::rehearsal::Market;
use crate::rehearsal::Program;

/// Most flows that one flow leads to, directly or through others.
const FLOWS_MAX: usize = 200;

/// Reads the book file, if one is given.
pub(super) fn book(config: Option<&Path>, file: Option<&Path>) -> Result<Option<Arc<Book>>, Fault> {
    let Some(file) = file else { return Ok(None) };
    let settings = Settings::load(config).map_err(Fault::Files)?;
    Ok(Some(Arc::new(book_file::read(&settings, file)?.1)))
}

/// Reads one flow.
pub(super) fn flow(file: &Path) -> Result<Flow, Fault> {
    let (flows, found) = read(&[file.to_owned()]);
    refuse_errors(found)?;
    let first = flows.into_iter().next();
    first
        .map(|(_, flow)| flow)
        .ok_or_else(|| Fault::of(format!("{} is not a flow", file.display())))
}

/// Reads a flow and the flows that it leads to, if they are in the same directory.
pub(super) fn program(file: &Path) -> Result<Program, Fault> {
    let first = Arc::new(flow(file)?);
    let beside = file.parent().unwrap_or(Path::new(""));
    let mut others: BTreeMap<FlowName, Arc<Flow>> = BTreeMap::new();
    let mut open = vec![first.clone()];
    while let Some(flow) = open.pop() {
        for mention in flow.references().flows {
            let name = mention.what;
            let known = name == first.name || others.contains_key(&name);
            if known || others.len() >= FLOWS_MAX {
                continue;
            }
            let path = beside.join(format!("{name}.xml"));
            if !path.is_file() {
                let file = file.display();
                eprintln!(
                    "{file}: flow {name} is not in the same directory: calls that go there end"
                );
                continue;
            }
            let next = Arc::new(self::flow(&path)?);
            others.insert(name, next.clone());
            open.push(next);
        }
    }
    Ok(Program { first, others })
}

/// Returns the book with the offer that callers of the flow get.
pub(super) fn market(
    book: Option<Arc<Book>>,
    flow: &Flow,
    offer: Option<&str>,
) -> Result<Option<Market>, Fault> {
    let market = book.map(|book| Market::of(book, &flow.name, offer));
    market.transpose().map_err(Fault::Sentence)
}
