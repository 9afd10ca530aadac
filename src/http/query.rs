//! Query parameters, each with a name, a type and a description. Unknown ones are rejected.

use utoipa::openapi::RefOr;
use utoipa::openapi::Required;
use utoipa::openapi::Schema;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::path::ParameterBuilder;
use utoipa::openapi::path::ParameterIn;

use super::problem::Problem;
use super::schema::text;
use crate::base::suggest;

/// Most parameters of a query. A request with more is rejected.
const PARAMETERS_MAX: usize = 64;

/// The query parameters that a route reads.
pub(super) trait Query: Sized + Send + 'static {
    /// Returns the known parameters for the documents; `None` if the route accepts any.
    fn parameters() -> Option<Vec<Parameter>>;

    /// Reads a query, which is still encoded. Fails with all of its faults.
    fn read(query: &str) -> Result<Self, Problem>;
}

/// No parameters.
impl Query for () {
    fn parameters() -> Option<Vec<Parameter>> {
        Some(Vec::new())
    }

    fn read(query: &str) -> Result<Self, Problem> {
        Pairs::of(query).finish(&[])
    }
}

/// Any parameters, for clients that add their own.
pub(super) struct AnyQuery;

impl Query for AnyQuery {
    fn parameters() -> Option<Vec<Parameter>> {
        None
    }

    fn read(_: &str) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// A value of a parameter.
pub(super) trait Value: Sized {
    /// Expected form, for the sentence "expected …".
    const EXPECTED: &'static str;

    /// Returns the schema.
    fn schema() -> RefOr<Schema>;

    /// Reads a value; `None` if it is invalid.
    fn read(text: &str) -> Option<Self>;
}

/// A text that the handler reads.
pub(super) struct Words(String);

impl Words {
    /// Returns the text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for Words {
    const EXPECTED: &'static str = "a text";

    fn schema() -> RefOr<Schema> {
        text()
    }

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

/// Declares a struct of optional query parameters. The comment of a field is its description.
macro_rules! query {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $name:ident {
            $($(#[doc = $doc:literal])+ $field:ident: $value:ty,)+
        }
    ) => {
        $(#[doc = $about])*
        $vis struct $name {
            $($(#[doc = $doc])+ pub(super) $field: Option<$value>,)+
        }

        impl $crate::http::query::Query for $name {
            fn parameters() -> Option<Vec<utoipa::openapi::path::Parameter>> {
                Some(vec![$($crate::http::query::parameter::<$value>(
                    stringify!($field),
                    concat!($($doc),+).trim(),
                )),+])
            }

            fn read(query: &str) -> Result<Self, $crate::http::problem::Problem> {
                let mut pairs = $crate::http::query::Pairs::of(query);
                let read = Self { $($field: pairs.take(stringify!($field)),)+ };
                pairs.finish(&[$(stringify!($field)),+])?;
                Ok(read)
            }
        }
    };
}
pub(super) use query;

/// Returns the description of a parameter.
pub(super) fn parameter<V: Value>(name: &str, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(V::schema()))
        .build()
}

/// The parameters of a query. Known ones are taken one by one.
pub(super) struct Pairs {
    pairs: Vec<(String, String)>,
    faults: Vec<String>,
}

impl Pairs {
    /// Parses a query, which is still encoded.
    pub(super) fn of(query: &str) -> Self {
        let decoded = form_urlencoded::parse(query.as_bytes()).take(PARAMETERS_MAX + 1);
        let pairs: Vec<_> =
            decoded.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let faults = match pairs.len() > PARAMETERS_MAX {
            true => vec![format!("There are more than {PARAMETERS_MAX} query parameters.")],
            false => Vec::new(),
        };
        Self { pairs, faults }
    }

    /// Takes the value of a parameter; `None` if it is missing or invalid.
    pub(super) fn take<V: Value>(&mut self, name: &str) -> Option<V> {
        let (mine, rest) = std::mem::take(&mut self.pairs).into_iter().partition(|p| p.0 == name);
        self.pairs = rest;
        let mine: Vec<(String, String)> = mine;
        let [(_, text)] = mine.as_slice() else {
            if !mine.is_empty() {
                self.faults.push(format!("`{name}` is given {} times.", mine.len()));
            }
            return None;
        };
        let value = V::read(text);
        if value.is_none() {
            let expected = V::EXPECTED;
            self.faults.push(format!("Invalid value `{text}` for `{name}`: expected {expected}."));
        }
        value
    }

    /// Fails with the faults found so far and with every parameter that was not taken.
    pub(super) fn finish(mut self, known: &[&str]) -> Result<(), Problem> {
        for (name, _) in &self.pairs {
            let mut fault = format!("Unknown query parameter `{name}`");
            match suggest(name, known.iter().copied()) {
                Some(near) => fault += &format!("; did you mean `{near}`?"),
                None => fault += ".",
            }
            self.faults.push(fault);
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        if !self.pairs.is_empty() {
            self.faults.push(match known {
                [] => "This route accepts no query parameters.".to_owned(),
                known => format!("Known are `{}`.", known.join("`, `")),
            });
        }
        Err(Problem::Unreadable(self.faults.join(" ")))
    }
}
