//! `strowger flow draw`.

use std::path::Path;
use std::sync::Arc;

use super::stage;
use crate::app::Fault;
use crate::app::command::Format;
use crate::app::out;
use crate::base::OfferId;
use crate::book::Book;
use crate::flow::Chart;
use crate::rehearsal::narrowing;

pub(super) fn run(
    file: &Path,
    output: Option<&Path>,
    format: Option<Format>,
    book: Option<Arc<Book>>,
    offer: Option<&str>,
) -> Result<(), Fault> {
    let flow = stage::flow(file)?;
    let offer: Option<OfferId> = match offer {
        Some(_) => stage::market(book.clone(), &flow, offer)?.map(|market| market.offer),
        None => None,
    };
    let narrowing = book.map(|book| narrowing(&book, &flow, offer.as_ref()));
    let chart = Chart::of(&flow, narrowing.as_ref());
    let text = output.is_none_or(|path| path.extension().is_some_and(|end| end == "txt"));
    let drawing = match format.unwrap_or(if text { Format::Text } else { Format::Svg }) {
        Format::Text => chart.text(),
        Format::Svg => chart.svg(),
    };
    let Some(path) = output else {
        out::print(format_args!("{drawing}"));
        return Ok(());
    };
    let shown = path.display();
    std::fs::write(path, drawing)
        .map_err(|error| Fault::of(format!("cannot write {shown}: {error}")))
}
