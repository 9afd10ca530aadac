//! Finds books in which every buyer has the same time zone.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;

/// Minimum number of buyers for a finding.
const BUYERS_MIN: usize = 3;

/// Finds a default zone that was never changed: the hours and caps of most buyers then start at the
/// wrong time.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut buyers = evidence.book.buyers.iter();
    let Some(first) = buyers.next() else { return Vec::new() };
    let count = evidence.book.buyers.len();
    if count < BUYERS_MIN || !buyers.all(|buyer| buyer.timezone == first.timezone) {
        return Vec::new();
    }
    let zone = first.timezone.iana_name().unwrap_or("UTC");
    let sentence = format!("all {count} buyers are in {zone}");
    let remedy = "set each buyer's `timezone` to where its people are";
    vec![Finding::new(Grade::Warning, Kind::OneZone, "book", sentence, remedy)]
}
