//! The pool: the contracts that may still take an inquiry while the caller is being asked.
//!
//! An unknown answer rules nothing out: a contract for California stays in the pool until the
//! caller's state is known, and leaves it when that is Texas. The caller's number alone rules
//! nothing out either: a caller from Florida may ask for California. So every answer can only
//! narrow the pool, and an empty pool means that no answer helps.

use crate::base::ContractId;
use crate::base::Now;

use super::Inquiry;
use super::Known;
use super::Moment;
use super::Snapshot;
use super::Terms;
use super::Usage;
use super::moment::Opening;
use super::terms::Switch;
use crate::geo::Zip;

/// Returns how many contracts take the inquiry now, or might when more is known. Caps, hours,
/// switches and duplicates count as of this moment.
pub fn pool(snapshot: &Snapshot, inquiry: &Inquiry, usage: &dyn Usage, now: Now) -> usize {
    let Some(roster) = snapshot.roster(&inquiry.offer) else { return 0 };
    let known = Known::of(inquiry);
    let moment = Moment::new(roster, now);
    roster.contracts.iter().filter(|terms| may_take(terms, &known, usage, &moment)).count()
}

/// Returns the contracts that [`pool`] counts, in rank order.
pub fn pool_members(
    snapshot: &Snapshot,
    inquiry: &Inquiry,
    usage: &dyn Usage,
    now: Now,
) -> Vec<ContractId> {
    let Some(roster) = snapshot.roster(&inquiry.offer) else { return Vec::new() };
    let known = Known::of(inquiry);
    let moment = Moment::new(roster, now);
    let members = roster.contracts.iter().filter(|terms| may_take(terms, &known, usage, &moment));
    members.map(|terms| terms.contract.clone()).collect()
}

fn may_take(terms: &Terms, known: &Known, usage: &dyn Usage, moment: &Moment<'_>) -> bool {
    let open = terms.schedule.as_ref().map(|schedule| moment.open(schedule, terms.zone));
    may_suit(terms, known)
        && terms.sold(known, usage, moment).is_none()
        && terms.full(usage, moment).is_none()
        && matches!(open, Some(Opening::Open) | None)
}

/// Returns whether a contract may take the inquiry, whatever its caps, hours and earlier sales.
pub(super) fn may_suit(terms: &Terms, known: &Known) -> bool {
    let filters = &terms.filters;
    let value = |name: &str| known.value(name);
    terms.switch == Switch::On
        && terms.channels.contains(known.channel)
        && may_be_one_of(&filters.states, known.certain_state())
        && may_be_one_of(&filters.zips, known.zip)
        && may_be_one_of(&filters.area_codes, known.area_code)
        && may_be_city(terms, known)
        && may_be_one_of(&filters.counties, known.county)
        && may_be_one_of(&filters.countries, known.certain_country())
        && may_be_within(terms.radius(), known.zip)
        && may_be_within(terms.dma(), known.zip)
        && filters.sources.takes(known.source.as_ref())
        && filters
            .fields
            .iter()
            .all(|rule| value(rule.field.as_str()).is_none_or(|value| rule.takes(Some(value))))
        && value("score").is_none_or(|score| terms.takes_score(Some(score)))
        && value("attestation").is_none_or(|level| terms.takes_attestation(Some(level)))
}

/// Returns whether a place is on a contract's list, or may turn out to be.
fn may_be_one_of<T: PartialEq>(list: &[T], place: Option<T>) -> bool {
    list.is_empty() || place.is_none_or(|place| list.contains(&place))
}

/// Returns whether a city is on a contract's list, or may turn out to be once its state is known.
fn may_be_city(terms: &Terms, known: &Known) -> bool {
    let (rules, state) = (&terms.filters.cities, known.certain_state());
    let own = |city| rules.iter().any(|rule| rule.takes(city, state.or(rule.state)));
    rules.is_empty() || known.city.is_none_or(own)
}

/// Returns whether a zip is in a set, or may turn out to be.
fn may_be_within(set: Option<&[Zip]>, zip: Option<Zip>) -> bool {
    set.zip(zip).is_none_or(|(set, zip)| set.binary_search(&zip).is_ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::Fields;
    use crate::base::Origin;
    use crate::base::Wall;
    use crate::book::Channel;
    use crate::routing::Unused;

    const BOOK: &str = r#"
        [[buyer]]
        id = "b"
        timezone = "UTC"
        [[buyer]]
        id = "c"
        timezone = "UTC"
        [[buyer]]
        id = "d"
        timezone = "UTC"
        [[offer]]
        id = "o"
        dq = { recording = "sorry" }
        [[contract]]
        id = "california"
        buyer = "b"
        offer = "o"
        price = { amount = "1.00", currency = "USD" }
        filters = { states = ["CA"], fields = [{ field = "age", min = 25 }] }
        destination = { sip = "sip:b@192.0.2.1" }
        [[contract]]
        id = "texas"
        buyer = "c"
        offer = "o"
        price = { amount = "1.00", currency = "USD" }
        filters = { states = ["TX"], required = ["age"] }
        destination = { sip = "sip:c@192.0.2.1" }
        [[buyer]]
        id = "e"
        timezone = "UTC"
        [[contract]]
        id = "near-good-and-vouched"
        buyer = "e"
        offer = "near"
        price = { amount = "1.00", currency = "USD" }
        filters = { radius = { zip = "90210", miles = 50 }, cities = ["Malibu, CA"],
            counties = ["Los Angeles County, CA"], countries = ["US"], min_score = 50,
            attestation = ["A"] }
        destination = { sip = "sip:c@192.0.2.1" }
        [[offer]]
        id = "near"
        [[contract]]
        id = "everywhere-but-shut"
        buyer = "d"
        offer = "o"
        enabled = false
        price = { amount = "1.00", currency = "USD" }
        destination = { sip = "sip:d@192.0.2.1" }
    "#;

    #[test]
    fn answers_narrow_the_pool() {
        let (book, found) = crate::book::parse("book.toml", BOOK);
        let snapshot = Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{found:?}"))), 1);
        for (fields, size) in [
            (vec![], 2),
            (vec![("zip", "90210")], 1),
            (vec![("zip", "90210"), ("age", "30")], 1),
            (vec![("zip", "90210"), ("age", "20")], 0),
            (vec![("age", "20")], 1),
            (vec![("state", "AK")], 0),
        ] {
            let mut known = Fields::default();
            for (name, value) in &fields {
                known.set(name.parse().unwrap(), value, Origin::Ivr);
            }
            let inquiry = inquiry("o", known, None);
            let now = Now::at(Wall::from_micros(0));
            assert_eq!(pool(&snapshot, &inquiry, &Unused, now), size, "{fields:?}");
        }
    }

    fn inquiry(offer: &str, fields: Fields, caller: Option<&str>) -> Inquiry {
        Inquiry {
            offer: offer.parse().unwrap(),
            channel: Channel::Call,
            source: None,
            caller: caller.map(|caller| caller.parse().unwrap()),
            fields,
        }
    }

    #[test]
    fn a_number_rules_no_place_out_and_an_answer_does() {
        let (book, found) = crate::book::parse("book.toml", BOOK);
        let snapshot = Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{found:?}"))), 1);
        for (offer, given, size) in [
            // Callers from Florida and London may still say that they are in California.
            ("o", "@+13055550123", 2),
            ("o", "@+13055550123 state=FL", 0),
            ("o", "@+13055550123 zip=90210", 1),
            ("near", "@+442071838750", 1),
            ("near", "@+442071838750 country=GB", 0),
            ("near", "zip=90265", 1),
            ("near", "zip=90210", 0),
            ("near", "city=Malibu", 1),
            ("near", "city=Burbank", 0),
            ("near", "city=Malibu state=CA", 1),
            ("near", "state=CA county=Orange", 0),
            ("near", "zip=90265 score=49", 0),
            ("near", "zip=90265 score=50 attestation=A", 1),
            ("near", "attestation=B", 0),
        ] {
            let mut fields = Fields::default();
            let mut caller = None;
            for word in given.split(' ') {
                match word.split_once('=') {
                    Some((name, value)) => {
                        assert!(fields.set(name.parse().unwrap(), value, Origin::Ivr));
                    }
                    None => caller = word.strip_prefix('@'),
                }
            }
            let now = Now::at(Wall::from_micros(0));
            let pool = pool(&snapshot, &inquiry(offer, fields, caller), &Unused, now);
            assert_eq!(pool, size, "{offer} {given}");
        }
    }
}
