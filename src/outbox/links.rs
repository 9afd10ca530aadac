//! Links into the switch's own API.

use crate::base::AttemptId;
use crate::sale::ConversionSecret;

/// Makes links for receivers.
#[derive(Debug, Clone)]
pub struct Links {
    public_url: String,
    secret: ConversionSecret,
}

impl Links {
    /// Creates links to the API at a public URL.
    pub fn new(public_url: &str, secret: ConversionSecret) -> Self {
        Self { public_url: public_url.trim_end_matches('/').to_owned(), secret }
    }

    /// Returns the URL at which a buyer reports a sale. Its key is the authorization.
    pub fn conversion(&self, sale: AttemptId) -> String {
        format!("{}/v1/conversions/{}", self.public_url, self.secret.key(sale).reveal())
    }
}
