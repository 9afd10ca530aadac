//! Finds zips that do not exist.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::book::Channel;
use crate::book::Zip;

/// Maximum number of zips that a sentence lists.
const SHOWN_MAX: usize = 4;

/// Finds zips that the table does not have. A zip may be newer than the table; a zip outside every
/// postal region is certainly wrong.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (contract, _) in evidence.live() {
        let zips = &contract.filters.zips;
        let unknown: Vec<&Zip> = zips.iter().filter(|zip| zip.place().is_none()).collect();
        if unknown.is_empty() {
            continue;
        }
        let none_exists = zips.iter().all(|zip| zip.state().is_none());
        let only_calls = !contract.channels.contains(Channel::Form);
        let grade = if none_exists && only_calls { Grade::Error } else { Grade::Warning };
        let first: Vec<&str> = unknown.iter().take(SHOWN_MAX).map(|zip| zip.as_str()).collect();
        let dots = if unknown.len() > SHOWN_MAX { ", …" } else { "" };
        let first = first.join(", ");
        let (count, all) = (unknown.len(), zips.len());
        let sentence = format!("lists zips that do not exist: {first}{dots} ({count} of {all})");
        let subject = format!("contract {}", contract.id);
        let remedy = "correct or remove them";
        found.push(Finding::new(grade, Kind::UnknownZips, subject, sentence, remedy));
    }
    found
}
