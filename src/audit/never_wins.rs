//! Finds contracts that can get no inquiry.

use std::collections::BTreeMap;

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::reach::always_eligible;
use crate::base::ContractId;
use crate::base::MINUTES_A_DAY;
use crate::base::Money;
use crate::book::Buyer;
use crate::book::CapLimits;
use crate::book::Channel;
use crate::book::Contract;
use crate::book::Offer;
use crate::book::Tier;
use crate::caps::Level;
use crate::caps::Window;

/// Finds caps of zero, budgets below a price, caps over all time that are full, weeks without
/// hours, buyers that are switched off, and overflow behind a contract that always has room.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let spent: BTreeMap<&Level, u64> = evidence
        .used
        .iter()
        .filter(|(key, _)| key.period.window() == Window::Total)
        .map(|(key, used)| (&key.level, *used))
        .collect();
    for (offer, contracts) in evidence.offers() {
        for (contract, buyer) in &contracts {
            let why = closed(contract)
                .or_else(|| no_room(contract, buyer, offer))
                .or_else(|| too_dear(contract, buyer, offer))
                .or_else(|| used_up(contract, buyer, offer, &spent))
                .or_else(|| behind(contract, offer, &contracts));
            found.extend(why.map(|Cause { grade, sentence, remedy }| {
                let subject = format!("contract {}", contract.id);
                Finding::new(grade, Kind::NeverWins, subject, sentence, remedy)
            }));
        }
    }
    found.extend(evidence.book.contracts.iter().filter_map(|contract| off(contract, evidence)));
    found
}

/// Why a contract can get no inquiry.
struct Cause {
    grade: Grade,
    sentence: String,
    remedy: &'static str,
}

fn closed(contract: &Contract) -> Option<Cause> {
    let schedule = contract.schedule.as_ref()?;
    let days = std::iter::successors(Some(jiff::civil::Weekday::Monday), |day| {
        Some(day.next()).filter(|next| *next != jiff::civil::Weekday::Monday)
    });
    let minutes: u32 = days
        .flat_map(|day| schedule.weekly.day(day))
        .map(|span| u32::from(span.to.min(MINUTES_A_DAY).saturating_sub(span.from)))
        .sum();
    (minutes == 0).then(|| Cause {
        grade: Grade::Error,
        sentence: "its week has no hours: it never opens".to_owned(),
        remedy: "write its hours, or switch it off: enabled = false",
    })
}

fn no_room(contract: &Contract, buyer: &Buyer, offer: &Offer) -> Option<Cause> {
    let levels = [
        ("its own".to_owned(), &contract.caps),
        (format!("buyer {}'s", buyer.id), &buyer.caps),
        (format!("offer {}'s", offer.id), &offer.caps),
    ];
    let (level, window) =
        levels.into_iter().find_map(|(level, caps)| Some((level, zero(caps)?)))?;
    Some(Cause {
        grade: Grade::Error,
        sentence: format!("{level} {window} cap is 0"),
        remedy: "raise the cap, or switch it off: enabled = false",
    })
}

fn zero(caps: &CapLimits) -> Option<&'static str> {
    let limits = crate::caps::Limits::from(caps);
    Window::ALL.into_iter().find(|window| limits.of(*window) == Some(0)).map(Window::name)
}

/// Finds a budget that does not cover a single call.
fn too_dear(contract: &Contract, buyer: &Buyer, offer: &Offer) -> Option<Cause> {
    let levels = [
        ("its own".to_owned(), &contract.caps),
        (format!("buyer {}'s", buyer.id), &buyer.caps),
        (format!("offer {}'s", offer.id), &offer.caps),
    ];
    let price = contract.price.micros();
    let short = |caps: &CapLimits| {
        let limits = crate::caps::Limits::from(caps);
        let budget = |window: Window| Some((window, limits.budget(window)?));
        Window::ALL.into_iter().filter_map(budget).find(|(_, budget)| *budget < price)
    };
    let (level, (window, budget)) =
        levels.into_iter().find_map(|(level, caps)| Some((level, short(caps)?)))?;
    let budget = Money::from_micros(budget, contract.price.currency());
    let sentence = format!(
        "{level} {} budget of {budget} is below its price {}",
        window.name(),
        contract.price
    );
    let remedy = "raise the budget, or switch it off: enabled = false";
    Some(Cause { grade: Grade::Error, sentence, remedy })
}

fn used_up(
    contract: &Contract,
    buyer: &Buyer,
    offer: &Offer,
    spent: &BTreeMap<&Level, u64>,
) -> Option<Cause> {
    let levels = [
        (Level::Contract(contract.id.clone()), contract.caps.total),
        (Level::Buyer(buyer.id.clone()), buyer.caps.total),
        (Level::Offer(offer.id.clone()), offer.caps.total),
    ];
    levels.into_iter().find_map(|(level, total)| {
        let total = total?;
        let used = *spent.get(&level)?;
        let sentence = format!("the total cap of {level} is used up: {used} of {total}");
        let remedy = "raise it, or retire the contract";
        (used >= total).then_some(Cause { grade: Grade::Warning, sentence, remedy })
    })
}

/// Finds overflow that is never reached: it is tried only when no contract of an earlier tier is
/// eligible.
fn behind(contract: &Contract, offer: &Offer, contracts: &[(&Contract, &Buyer)]) -> Option<Cause> {
    if contract.tier != Tier::Overflow {
        return None;
    }
    let blocks = |channel: Channel| -> Option<&ContractId> {
        let earlier = contracts.iter().find(|(other, buyer)| {
            other.tier < Tier::Overflow && always_eligible(other, buyer, offer, channel)
        });
        earlier.map(|(other, _)| &other.id)
    };
    let channels = Channel::ALL.iter().filter(|channel| contract.channels.contains(**channel));
    let blocked: Vec<Option<&ContractId>> = channels.map(|channel| blocks(*channel)).collect();
    let first = blocked.first().copied().flatten()?;
    let all = blocked.iter().all(Option::is_some);
    let sentence = format!("overflow is never reached: {first} takes everything, always");
    let remedy = "cap the other contract, or make this one secondary";
    all.then_some(Cause { grade: Grade::Warning, sentence, remedy })
}

fn off(contract: &Contract, evidence: &Evidence<'_>) -> Option<Finding> {
    let buyer = evidence.book.buyer(&contract.buyer)?;
    (contract.enabled && !buyer.enabled).then(|| {
        let sentence = format!("is switched on, and its buyer {} is switched off", buyer.id);
        let subject = format!("contract {}", contract.id);
        let remedy = "switch the buyer on, or the contract off";
        Finding::new(Grade::Hint, Kind::NeverWins, subject, sentence, remedy)
    })
}
