//! When provisional responses are reliable.

/// Whether provisional responses between the switch and a carrier are sent reliably, each
/// acknowledged by PRACK (100rel, RFC 3262). Where a far end requires it, they are in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Prack {
    /// Announced in INVITEs; used for descriptions to callers that support it.
    #[default]
    Auto,
    /// Neither announced nor used: for carriers that announce it and lose PRACK on the way.
    Off,
}

impl Prack {
    /// All values, in the order of the documents.
    pub const ALL: &'static [Prack] = &[Prack::Auto, Prack::Off];

    /// Returns the name in the route book.
    pub const fn name(self) -> &'static str {
        match self {
            Prack::Auto => "auto",
            Prack::Off => "off",
        }
    }
}
