//! Fetches the sounds that flows name on the web.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::library::Fetched;
use crate::net::Fetcher;

/// Time limit for fetching a sound.
const FETCH_TIME: Duration = Duration::from_secs(10);
/// Largest sound, in bytes.
const FETCH_BYTES_MAX: usize = 4 << 20;

/// Fetches sounds one after the other; the result has the bytes or the error of each.
pub async fn fetch(fetcher: &Fetcher, addresses: BTreeSet<String>) -> Fetched {
    let mut answers = Vec::with_capacity(addresses.len());
    for address in addresses {
        let answer = fetcher.get(&address, FETCH_TIME, FETCH_BYTES_MAX).await;
        answers.push((address, answer.map_err(|error| error.to_string())));
    }
    answers.into_iter().collect()
}
