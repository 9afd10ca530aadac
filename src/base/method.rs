//! Methods of the HTTP requests that the book describes.

/// Method of an HTTP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// `GET`, without a body.
    Get,
    /// `POST`.
    #[default]
    Post,
    /// `PUT`.
    Put,
}

impl Method {
    /// All methods, by name.
    pub const ALL: &[(&str, Method)] =
        &[("GET", Method::Get), ("POST", Method::Post), ("PUT", Method::Put)];

    /// Returns the name of the method.
    pub const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}
