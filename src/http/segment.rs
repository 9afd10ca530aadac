//! The variable parts of a path.

use utoipa::openapi::RefOr;
use utoipa::openapi::Required;
use utoipa::openapi::Schema;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::path::ParameterBuilder;
use utoipa::openapi::path::ParameterIn;

use super::problem::Problem;

/// One variable part of a path.
pub(super) trait Segment: Sized + Send + 'static {
    /// Description for the documents.
    const ABOUT: &'static str;

    /// Returns the schema.
    fn schema() -> RefOr<Schema>;

    /// Reads a part, which is decoded already. Fails with the expected form.
    fn read(text: &str) -> Result<Self, Problem>;
}

/// All variable parts of a path, in their order.
pub(super) trait Segments: Sized + Send + 'static {
    /// Returns the documentation of the parts; `names` are those of the path's template.
    fn parameters(names: &[&str]) -> Vec<Parameter>;

    /// Reads all parts.
    fn read(texts: &[String]) -> Result<Self, Problem>;
}

/// Returns the names in a path's template: `{id}`, or `{*name}` for the whole rest of the path.
pub(super) fn names(template: &str) -> Vec<&str> {
    let parts = template.split('/').filter_map(|part| part.strip_prefix('{'));
    parts.map(|part| part.trim_end_matches('}').trim_start_matches('*')).collect()
}

impl Segments for () {
    fn parameters(_: &[&str]) -> Vec<Parameter> {
        Vec::new()
    }

    fn read(_: &[String]) -> Result<Self, Problem> {
        Ok(())
    }
}

impl<A: Segment> Segments for A {
    fn parameters(names: &[&str]) -> Vec<Parameter> {
        vec![parameter::<A>(names, 0)]
    }

    fn read(texts: &[String]) -> Result<Self, Problem> {
        nth(texts, 0)
    }
}

impl<A: Segment, B: Segment> Segments for (A, B) {
    fn parameters(names: &[&str]) -> Vec<Parameter> {
        vec![parameter::<A>(names, 0), parameter::<B>(names, 1)]
    }

    fn read(texts: &[String]) -> Result<Self, Problem> {
        Ok((nth(texts, 0)?, nth(texts, 1)?))
    }
}

/// Describes the variable part at a position.
pub(super) fn parameter<S: Segment>(names: &[&str], place: usize) -> Parameter {
    ParameterBuilder::new()
        .name(names.get(place).copied().unwrap_or_default())
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(S::ABOUT))
        .schema(Some(S::schema()))
        .build()
}

/// Reads the variable part at a position.
pub(super) fn nth<S: Segment>(texts: &[String], place: usize) -> Result<S, Problem> {
    S::read(texts.get(place).map_or("", String::as_str))
}
