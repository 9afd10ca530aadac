//! The values of tokens.

use crate::book::LeadToken;
use crate::book::LeadValue;

use super::Lead;
use super::Secrets;
use super::form::formed;

/// Returns the value of a token; `None` if the lead has none.
pub(super) fn value(token: &LeadToken, lead: &Lead<'_>, secrets: &dyn Secrets) -> Option<String> {
    let name = match token {
        LeadToken::Secret(name) => return secrets.secret(name).map(str::to_owned),
        LeadToken::Field(name, forms) => {
            let value = lead.fields.value(name.as_str()).filter(|value| !value.is_empty())?;
            return forms.iter().try_fold(value.to_owned(), |value, form| formed(value, *form));
        }
        LeadToken::Of(name) => *name,
    };
    match name {
        LeadValue::LeadId => Some(lead.id.to_owned()),
        LeadValue::Offer => Some(lead.offer.to_string()),
        LeadValue::Source => Some(lead.source.to_string()),
        LeadValue::Contract => Some(lead.contract.to_string()),
        LeadValue::Price => Some(lead.price.amount()),
        LeadValue::Currency => Some(lead.price.currency().as_str().to_owned()),
        LeadValue::Time => Some(lead.at.to_string()),
        LeadValue::Timestamp => Some(lead.at.micros().div_euclid(1_000_000).to_string()),
        LeadValue::Test => Some(lead.test.to_string()),
        LeadValue::PingId => lead.ping_id.map(str::to_owned),
        LeadValue::ConversionUrl => lead.conversion_url.map(str::to_owned),
        LeadValue::ConversionKey => {
            lead.conversion_url.and_then(|url| url.rsplit('/').next()).map(str::to_owned)
        }
        LeadValue::Reference => lead.reference.map(str::to_owned),
    }
}
