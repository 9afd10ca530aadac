//! The entrances of a source.

use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::boolean;
use super::field;
use super::keys::entry;
use super::keys::one_or_many;
use super::list;
use super::map;
use super::slug;
use super::text;
use super::word;
use crate::book::AnswerPreset;
use crate::book::SourceFormat;

/// Returns the schema of an entrance.
pub(super) fn entrance() -> RefOr<Schema> {
    let key = "16 to 64 letters, digits, `-`, and `_`; or `sha256:` and the digest of such a key.";
    entry(
        &[field("key", text(), key), field("offer", slug(), "The offer.")],
        vec![
            field("live", boolean(), "True: leads are sold. Otherwise each is a test."),
            field("names", map(text()), "The source's names of fields, and ours."),
            field("answer", answer(), "How the source is answered."),
            field("origins", one_or_many(), "Origins of web pages that send leads: `https://…`."),
            field("forms", list(text()), "Forms and pages of ad platforms: `meta:1784`."),
        ],
    )
}

fn answer() -> RefOr<Schema> {
    let presets = AnswerPreset::ALL.iter().map(|(_, name)| *name);
    let formats = SourceFormat::ALL.iter().map(|(_, name)| *name);
    entry(
        &[],
        vec![
            field("preset", word(presets), "Platform whose answers the source understands."),
            field("format", word(formats), "Format, unless the request asks for one."),
            field("names", map(text()), "Names of values: `status`, `id`, …"),
            field("words", map(text()), "Words for what became of a lead: `sold`, …"),
        ],
    )
}
