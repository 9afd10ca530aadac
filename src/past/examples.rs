//! Reads the inquiries that a model is trained on.

use crate::base::Wall;
use crate::book;
use crate::book::Book;
use crate::score::Example;
use crate::score::Examples;
use crate::score::WINDOW;
use crate::store::Store;
use crate::store::StoreError;

/// Returns the inquiries that came in at `since` or later and have ended, as examples, in the order
/// of their arrival. Their form fields are those of the live book.
///
/// # Errors
/// [`StoreError`]: the database cannot be read.
pub async fn examples(store: &dyn Store, since: Wall) -> Result<Vec<Example>, StoreError> {
    let live = store.book_latest().await?;
    let book =
        live.and_then(|live| book::parse("book", &live.text).0).unwrap_or_else(Book::default);
    let mut examples = Examples::since(since);
    let mut cursor = None;
    loop {
        let page = store.inquiries_ended(since - WINDOW, cursor).await?;
        for past in page.items {
            let form = book.offer(&past.offer).map(|offer| offer.fields.as_slice());
            examples.add(past, form.unwrap_or_default());
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(examples.into_vec());
        }
    }
}
