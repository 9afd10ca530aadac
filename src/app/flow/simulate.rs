//! `strowger flow simulate`.

use std::path::Path;
use std::sync::Arc;

use super::stage;
use crate::app::Fault;
use crate::app::explain::instant;
use crate::app::out;
use crate::app::out::out;
use crate::book::Book;
use crate::rehearsal;
use crate::rehearsal::Crowd;

pub(super) fn run(
    file: &Path,
    book: Option<Arc<Book>>,
    offer: Option<&str>,
    crowd: &Crowd,
    at: Option<&str>,
    json: bool,
) -> Result<(), Fault> {
    let program = stage::program(file)?;
    let market = stage::market(book, &program.first, offer)?;
    let report = rehearsal::simulate(&program, market, crowd, instant(at)?);
    if json {
        out!("{}", serde_json::to_string_pretty(&report).map_err(Fault::of)?);
    } else {
        out::print(format_args!("{report}"));
    }
    Ok(())
}
