//! Reads queries and form bodies.

use super::fill::Fill;
use super::refusal::BodyRefusal;

/// Reads a form (WHATWG URL §5.1). A pair without a name is left out. Bytes that are no UTF-8 are
/// refused, because a name with other characters in their place would be another person's.
pub(super) fn read(bytes: &[u8], fill: &mut Fill) -> Result<(), BodyRefusal> {
    for (name, value) in form_urlencoded::parse(bytes) {
        if name.contains('\u{FFFD}') || value.contains('\u{FFFD}') {
            return Err(BodyRefusal::NotUtf8);
        }
        if !name.is_empty() {
            fill.add(&name, &value)?;
        }
    }
    Ok(())
}
