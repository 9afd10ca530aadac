//! Plivo, version 3: base64 of HMAC-SHA256 over the URL, the sorted parameters and a nonce.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::Forged;
use super::Method;
use super::Received;
use super::form;

const SIGNATURE: &str = "x-plivo-signature-v3";
/// Header with the signature by the main account's token, for calls of a subaccount.
const MAIN_SIGNATURE: &str = "x-plivo-signature-ma-v3";
const NONCE: &str = "x-plivo-signature-v3-nonce";
/// Most signatures read from one header. It has one per token while a customer rotates tokens.
const SIGNATURES_MAX: usize = 16;

pub(super) fn verify(key: &hmac::Key, received: &Received<'_>) -> Result<(), Forged> {
    let own = (received.header)(SIGNATURE);
    let main = (received.header)(MAIN_SIGNATURE);
    if own.is_none() && main.is_none() {
        return Err(Forged::Missing(SIGNATURE));
    }
    let nonce = (received.header)(NONCE).ok_or(Forged::Missing(NONCE))?;
    if received.method == Method::Post && !received.body.is_empty() && !form::is_form(received) {
        return Err(Forged::Uncovered);
    }
    let signed = format!("{}.{nonce}", signed_url(received));
    let given = [own, main].into_iter().flatten();
    let signatures = given.flat_map(|list| list.split(',').take(SIGNATURES_MAX));
    let mut decoded = signatures.filter_map(|text| STANDARD.decode(text.trim()).ok());
    let found = decoded.any(|bytes| hmac::verify(key, signed.as_bytes(), &bytes).is_ok());
    if found { Ok(()) } else { Err(Forged::Mismatch) }
}

/// Returns `url?query.form`, without absent parts. Query and form are sorted and decoded; the
/// form's names and values follow each other without separators.
fn signed_url(received: &Received<'_>) -> String {
    let (start, query) = form::split_query(received.url);
    let query = form::sorted(form::parameters(query.unwrap_or_default().as_bytes()));
    let query: Vec<String> = query.into_iter().map(|(name, value)| name + "=" + &value).collect();
    let form: String = match received.method {
        Method::Get => String::new(),
        Method::Post => form::sorted(form::parameters(received.body))
            .into_iter()
            .map(|(name, value)| name + &value)
            .collect(),
    };
    let mut signed = start.to_owned();
    if !query.is_empty() || !form.is_empty() {
        signed.push('?');
    }
    signed.push_str(&query.join("&"));
    if !query.is_empty() && !form.is_empty() {
        signed.push('.');
    }
    signed + &form
}
