//! Leads that ad platforms announce: an announcement names a lead, which is then fetched from the
//! platform's API.

mod access;
mod fetched;
mod linkedin;
mod meta;

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

pub use access::PlatformAccess;
pub use access::PlatformKey;
pub use fetched::FetchedLead;
pub use fetched::fetch;
pub use fetched::read_fetched;
pub use linkedin::LinkedIn;
pub use linkedin::LinkedInNews;
pub use meta::Meta;

/// Longest id of a platform, in bytes.
const ID_BYTES_MAX: usize = 128;

/// A platform that announces leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Meta: lead ads of Facebook and Instagram.
    Meta,
    /// LinkedIn: lead gen forms.
    LinkedIn,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Platform; 2] = [Platform::Meta, Platform::LinkedIn];

    /// Returns the name in books and lists.
    pub const fn name(self) -> &'static str {
        match self {
            Platform::Meta => "meta",
            Platform::LinkedIn => "linkedin",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|platform| platform.name() == text);
        known.ok_or_else(|| "neither `meta` nor `linkedin`".to_owned())
    }
}

/// What is known of ad platforms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Platforms {
    /// Meta.
    pub meta: Option<Meta>,
    /// LinkedIn.
    pub linkedin: Option<LinkedIn>,
}

impl Platforms {
    /// Returns how a platform's leads are fetched; `None` if nothing is known of it.
    pub fn access(&self, platform: Platform) -> Option<&PlatformAccess> {
        match platform {
            Platform::Meta => self.meta.as_ref().map(|meta| &meta.access),
            Platform::LinkedIn => self.linkedin.as_ref().map(|linkedin| &linkedin.access),
        }
    }
}

/// A lead that a platform announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The platform.
    pub platform: Platform,
    /// Its id of the lead, the same when it is announced again.
    pub id: String,
    /// The page or the account that it belongs to, if the platform says so.
    pub page: Option<String>,
    /// The form.
    pub form: Option<String>,
}

/// Returns an id as platforms have them: letters, digits, `-` and `_`. It can stand in a path.
fn id(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let fits = (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| text.to_owned())
}
