//! The fields whose answers may still change which contracts take an inquiry.
//!
//! Other questions are skipped, so no field may be missing here: a contract that is full or closed
//! now counts, as it may be open when the caller has answered; what a bidder or a score makes of an
//! answer is unknown, and then every field counts.

use std::collections::BTreeSet;

use crate::base::FieldName;
use crate::base::OfferId;
use crate::book::Strategy;

use super::Inquiry;
use super::Known;
use super::Snapshot;
use super::Terms;
use super::inquiry::DQ_HOPS_MAX;
use super::pool::may_suit;
use super::snapshot::LastResort;

/// Returns the unknown fields that some contract checks and that may still matter: contracts of the
/// offers, and of the offers that they hand calls on to, unless known fields rule the contract out.
/// `None` when any field may matter.
pub fn needed(
    snapshot: &Snapshot,
    inquiry: &Inquiry,
    offers: &[OfferId],
) -> Option<BTreeSet<FieldName>> {
    let known = Known::of(inquiry);
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for offer in offers {
        let mut next = Some(offer);
        for _hop in 0..=DQ_HOPS_MAX {
            let Some(roster) = next.and_then(|offer| snapshot.roster(offer)) else { break };
            if roster.strategy == Strategy::Auction {
                return None;
            }
            let last = match &roster.last_resort {
                LastResort::Buyer(terms) => Some(terms),
                LastResort::Reject | LastResort::Offer(_) | LastResort::Recording(_) => None,
            };
            for terms in roster.contracts.iter().chain(last) {
                if may_suit(terms, &known) {
                    looked_at(terms, &mut names)?;
                }
            }
            next = match &roster.last_resort {
                LastResort::Offer(next) => Some(next),
                LastResort::Reject | LastResort::Buyer(_) | LastResort::Recording(_) => None,
            };
        }
    }
    let unknown = names.into_iter().filter(|name| !is_known(name, inquiry, &known));
    Some(unknown.filter_map(|name| name.parse().ok()).collect())
}

/// Adds the fields that a contract checks, and those that they are derived from. Returns `None` if
/// they cannot be determined.
fn looked_at<'t>(terms: &'t Terms, names: &mut BTreeSet<&'t str>) -> Option<()> {
    let filters = &terms.filters;
    let mut when = |there: bool, field: &'t str| {
        if there {
            names.extend(follows_from(field).iter().copied());
            names.insert(field);
        }
    };
    when(!filters.states.is_empty(), "state");
    when(!filters.zips.is_empty(), "zip");
    when(filters.radius.is_some() || filters.dma.is_some(), "zip");
    when(!filters.area_codes.is_empty(), "area_code");
    when(!filters.cities.is_empty(), "city");
    when(!filters.cities.is_empty(), "state");
    when(!filters.counties.is_empty(), "county");
    when(!filters.countries.is_empty(), "country");
    when(!filters.attestation.is_empty(), "attestation");
    filters.fields.iter().for_each(|rule| when(true, rule.field.as_str()));
    filters.required.iter().for_each(|field| when(true, field.as_str()));
    terms.duplicate_fields().for_each(|field| when(true, field.as_str()));
    // A score depends on other answers, by rules outside the book.
    filters.min_score.is_none().then_some(())
}

/// Returns the fields that a field is derived from when it is not given: [`Known`] has the table.
pub fn follows_from(field: &str) -> &'static [&'static str] {
    match field {
        "area_code" => &["phone"],
        "city" | "county" => &["zip"],
        "state" | "time_zone" | "country" => &["zip", "state", "area_code", "phone"],
        _ => &[],
    }
}

/// Returns whether a field has a value that rules can use. An invalid zip is not one.
fn is_known(name: &str, inquiry: &Inquiry, known: &Known) -> bool {
    let given = inquiry.fields.value(name).is_some_and(|value| !value.is_empty());
    match name {
        "zip" => known.zip.is_some(),
        "state" => given && known.certain_state().is_some(),
        _ => given,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::Fields;
    use crate::base::Origin;
    use crate::book::Channel;

    const BOOK: &str = r#"
        [[buyer]]
        id = "b"
        timezone = "UTC"
        [[buyer]]
        id = "c"
        timezone = "UTC"
        [[offer]]
        id = "o"
        dq = { offer = "p" }
        [[offer]]
        id = "p"
        duplicate = { fields = ["email"], window = "30d" }
        [[offer]]
        id = "bids"
        strategy = "auction"
        [[offer]]
        id = "scored"
        [[contract]]
        id = "california"
        buyer = "b"
        offer = "o"
        price = { amount = "1.00", currency = "USD" }
        filters = { states = ["CA"], fields = [{ field = "age", min = 25 }] }
        destination = { sip = "sip:b@192.0.2.1" }
        [[contract]]
        id = "anywhere"
        buyer = "c"
        offer = "o"
        price = { amount = "1.00", currency = "USD" }
        filters = { fields = [{ field = "owner", equals = "yes" }] }
        schedule = { weekly = { sun = ["03:00-03:01"] } }
        destination = { sip = "sip:b@192.0.2.1" }
        [[contract]]
        id = "rest"
        buyer = "b"
        offer = "p"
        price = { amount = "1.00", currency = "USD" }
        filters = { required = ["phone"] }
        destination = { sip = "sip:b@192.0.2.1" }
        [[contract]]
        id = "quality"
        buyer = "b"
        offer = "scored"
        price = { amount = "1.00", currency = "USD" }
        filters = { min_score = 50 }
        destination = { sip = "sip:b@192.0.2.1" }
    "#;

    #[test]
    fn what_is_needed_follows_from_what_is_left() {
        let (book, found) = crate::book::parse("book.toml", BOOK);
        let snapshot = Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{found:?}"))), 1);
        let geo = "area_code state zip";
        for (offers, given, wanted) in [
            ("o", "", Some(format!("age {geo} email owner phone"))),
            ("o", "phone=+13055550123", Some(format!("age {geo} email owner"))),
            // Not in California: that contract checks no further field.
            ("o", "zip=10001", Some("email owner phone".to_owned())),
            ("o", "zip=nonsense", Some(format!("age {geo} email owner phone"))),
            ("o", "age=20", Some("email owner phone".to_owned())),
            ("o", "age=20 owner=no email=a@b", Some("phone".to_owned())),
            // Closed now, but maybe open when the caller has answered.
            ("o", "age=20 email=a@b phone=+13055550123", Some("owner".to_owned())),
            ("p", "phone=+13055550123", Some("email".to_owned())),
            ("p scored", "", None),
            ("bids", "", None),
            ("unknown", "", Some(String::new())),
        ] {
            let mut fields = Fields::default();
            for (name, value) in given.split(' ').filter_map(|word| word.split_once('=')) {
                fields.set(name.parse().unwrap(), value, Origin::Ivr);
            }
            let inquiry = Inquiry {
                offer: "o".parse().unwrap(),
                channel: Channel::Call,
                source: None,
                caller: None,
                fields,
            };
            let offers: Vec<OfferId> = offers.split(' ').map(|id| id.parse().unwrap()).collect();
            let needed = needed(&snapshot, &inquiry, &offers);
            let sorted = |text: String| {
                let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                words.sort();
                words
            };
            let needed = needed.map(|names| names.iter().map(ToString::to_string).collect());
            assert_eq!(needed, wanted.map(sorted), "{given}");
        }
    }
}
