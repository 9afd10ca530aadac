//! The ways by which calls reach contracts: numbers, and what their flows can find out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Evidence;
use crate::base::BuyerId;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;
use crate::book::Attestation;
use crate::book::Book;
use crate::book::Contract;
use crate::book::Dq;
use crate::book::FieldRule;
use crate::book::FieldTest;
use crate::book::Number;
use crate::flow::Answer;
use crate::flow::Flow;
use crate::geo::AreaCode;
use crate::geo::CityName;
use crate::geo::Country;
use crate::geo::County;
use crate::geo::UsState;
use crate::routing::follows_from;

/// Number of millionths in one.
const MICROS: i64 = 1_000_000;
/// Fields that a call has before any question.
const OF_A_CALL: &[&str] = &["phone", "attestation"];

/// Numbers of one offer, source and flow.
#[derive(Debug)]
pub(super) struct Way<'b> {
    pub(super) source: &'b SourceId,
    pub(super) flow: &'b FlowName,
    /// Offers that its calls may be sold for.
    offers: BTreeSet<&'b OfferId>,
    /// Buyers that take what no contract of these offers takes.
    catch_alls: BTreeSet<&'b BuyerId>,
    answers: BTreeMap<FieldName, Vec<Answer>>,
}

/// What the flows that a number's flow leads to find out, and the offers that they name.
#[derive(Debug, Default)]
struct Journey<'b> {
    answers: BTreeMap<FieldName, Vec<Answer>>,
    offers: BTreeSet<&'b OfferId>,
}

/// Returns the ways of all numbers whose flows are known; `None` when the flow of some number, or a
/// flow that it leads to, is unknown.
pub(super) fn ways<'b>(evidence: &Evidence<'b>) -> Option<Vec<Way<'b>>> {
    let book = evidence.book;
    let kinds = kinds(book);
    let mut found = Vec::new();
    for number in kinds.values() {
        found.push(way(book, number, journey(evidence, &number.flow)?));
    }
    Some(found)
}

/// Returns the ways of all numbers as far as their flows are known: of an unknown flow, the number's
/// own offer only.
pub(super) fn known_ways<'b>(evidence: &Evidence<'b>) -> Vec<Way<'b>> {
    let book = evidence.book;
    let kinds = kinds(book);
    let known = |number: &&'b Number| {
        way(book, number, journey(evidence, &number.flow).unwrap_or_default())
    };
    kinds.values().map(known).collect()
}

/// Returns one number of each offer, source and flow.
fn kinds(book: &Book) -> BTreeMap<String, &Number> {
    let kind = |number: &Number| format!("{} {} {}", number.offer, number.source, number.flow);
    book.numbers.iter().map(|number| (kind(number), number)).collect()
}

fn way<'b>(book: &'b Book, number: &'b Number, journey: Journey<'b>) -> Way<'b> {
    let Journey { answers, mut offers } = journey;
    let Number { offer, source, flow, .. } = number;
    offers.insert(offer);
    let mut catch_alls = BTreeSet::new();
    for offer in offers.clone() {
        hand_on(book, offer, &mut offers, &mut catch_alls);
    }
    Way { source, flow, offers, catch_alls, answers }
}

fn journey<'b>(evidence: &Evidence<'b>, flow: &FlowName) -> Option<Journey<'b>> {
    let (mut found, mut seen) = (Journey::default(), BTreeSet::from([flow.clone()]));
    let mut open: Vec<&Flow> = vec![evidence.flows.get(flow)?];
    while let Some(flow) = open.pop() {
        for (field, answers) in flow.answers() {
            found.answers.entry(field).or_default().extend(answers);
        }
        let references = flow.references();
        for mention in references.offers {
            found.offers.extend(evidence.book.offer(&mention.what).map(|offer| &offer.id));
        }
        for next in references.flows.into_iter().map(|mention| mention.what) {
            if seen.insert(next.clone()) {
                open.push(evidence.flows.get(&next)?);
            }
        }
    }
    Some(found)
}

/// Adds the offers and the buyers that an offer hands calls on to.
fn hand_on<'b>(
    book: &'b Book,
    offer: &'b OfferId,
    offers: &mut BTreeSet<&'b OfferId>,
    catch_alls: &mut BTreeSet<&'b BuyerId>,
) {
    let mut next = book.offer(offer);
    while let Some(offer) = next {
        next = match &offer.dq {
            Dq::Offer(other) if offers.insert(other) => book.offer(other),
            Dq::Buyer(buyer) => {
                catch_alls.insert(buyer);
                None
            }
            Dq::Offer(_) | Dq::Reject | Dq::Recording(_) => None,
        };
    }
}

impl Way<'_> {
    /// Returns whether calls of these numbers may be sold to a contract.
    pub(super) fn leads_to(&self, contract: &Contract) -> bool {
        self.offers.contains(&contract.offer) || self.catch_alls.contains(&contract.buyer)
    }

    /// Returns whether calls of these numbers may be offered for sale by an offer.
    pub(super) fn sells_for(&self, offer: &OfferId) -> bool {
        self.offers.contains(offer)
    }

    /// Returns the fields that the flows fill.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.answers.keys().map(FieldName::as_str)
    }

    /// Returns the values of a field that the flows fix.
    pub(super) fn fixed(&self, field: &str) -> impl Iterator<Item = &str> {
        self.answers.get(field).into_iter().flatten().filter_map(|answer| match answer {
            Answer::Fixed(text) => Some(text.as_str()),
            Answer::Checked(_) | Answer::Keys(_) | Answer::Anything => None,
        })
    }

    /// Returns whether a call may know a field.
    pub(super) fn gives(&self, field: &str) -> bool {
        self.answers.contains_key(field) || self.derives(field)
    }

    /// Returns whether a call may know a field that no flow fills.
    fn derives(&self, field: &str) -> bool {
        let others = follows_from(field).iter().filter(|other| **other != field);
        OF_A_CALL.contains(&field) || others.into_iter().any(|other| self.gives(other))
    }

    /// Returns whether a field may become exactly this text.
    pub(super) fn can_be(&self, field: &str, text: &str) -> bool {
        let asked = self.answers.get(field).into_iter().flatten();
        asked.into_iter().any(|answer| answer.can_be(text))
            || self.derives(field) && is_derived_form(field, text)
    }

    /// Returns whether a value of the rule's field may pass.
    pub(super) fn may_pass(&self, rule: &FieldRule) -> bool {
        let field = rule.field.as_str();
        if let Some(texts) = texts(rule) {
            return texts.iter().any(|text| rule.takes(Some(text)) && self.can_be(field, text));
        }
        let asked = self.answers.get(field).into_iter().flatten();
        self.derives(field) || asked.into_iter().any(|answer| may_pass(answer, rule))
    }
}

/// Returns the texts that a rule lists; `None` when it lists none.
pub(super) fn texts(rule: &FieldRule) -> Option<Vec<&str>> {
    rule.tests.iter().find_map(|test| match test {
        FieldTest::Equals(text) => Some(vec![text.as_str()]),
        FieldTest::OneOf(texts) => Some(texts.iter().map(String::as_str).collect()),
        FieldTest::Min(_) | FieldTest::Max(_) | FieldTest::Matches(_) | FieldTest::Present => None,
    })
}

fn may_pass(answer: &Answer, rule: &FieldRule) -> bool {
    if let Answer::Fixed(text) = answer {
        return rule.takes(Some(text));
    }
    let numbers = answer.numbers();
    rule.tests.iter().all(|test| match (test, &numbers) {
        (FieldTest::Min(min), Some(numbers)) => {
            numbers.end().saturating_mul(MICROS) >= min.micros()
        }
        (FieldTest::Max(max), Some(numbers)) => {
            numbers.start().saturating_mul(MICROS) <= max.micros()
        }
        (FieldTest::Min(_) | FieldTest::Max(_), None) => false,
        (FieldTest::Equals(_) | FieldTest::OneOf(_), _) => true,
        (FieldTest::Matches(_) | FieldTest::Present, _) => true,
    })
}

/// Returns whether a text has the form of a derived value of the field: a state is `CA`, never
/// `California`.
fn is_derived_form(field: &str, text: &str) -> bool {
    let shown = match field {
        "phone" => text.parse().ok().map(|phone: Phone| phone.e164().to_owned()),
        "attestation" => text.parse().ok().map(|level: Attestation| level.as_str().to_owned()),
        "area_code" => text.parse().ok().map(|code: AreaCode| code.to_string()),
        "state" => text.parse().ok().map(|state: UsState| state.to_string()),
        "country" => text.parse().ok().map(|country: Country| country.to_string()),
        "county" => text.parse().ok().map(|county: County| county.to_string()),
        "city" => CityName::find(text).map(|city| city.to_string()),
        _ => Some(text.to_owned()),
    };
    shown.as_deref() == Some(text)
}
