//! Any body of a webhook: the first byte chooses the carrier. What is read is bounded, and a forged
//! request is refused.

use strowger::base::Carrier;
use strowger::carrier::read;

/// Longest id of a call, in bytes.
const ID_BYTES_MAX: usize = 256;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let carriers = Carrier::ALL;
    let Some(carrier) = carriers.get(usize::from(*first) % carriers.len()) else { return };
    let parameters: Vec<(String, String)> = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let Ok(request) = read(*carrier, &parameters) else { return };
    assert_eq!(request.carrier, *carrier);
    assert!((1..=ID_BYTES_MAX).contains(&request.call.as_str().len()));
}
