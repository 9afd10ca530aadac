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

/// Endings of images that this program does not draw.
const IMAGES: &[&str] = &["png", "jpg", "jpeg", "gif", "webp", "bmp", "tiff", "pdf"];

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
    if let Some(image) = output.and_then(raster) {
        return Err(Fault::of(format!(
            "cannot draw a {image}: name the file .svg or .txt; other programs turn an SVG into \
             an image (rsvg-convert a.svg -o a.png)"
        )));
    }
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

/// Returns the ending of a file of another image format.
fn raster(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
    IMAGES.contains(&ending.as_str()).then_some(ending)
}
