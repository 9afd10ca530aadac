//! What a buyer's answer says of a lead that it has.

use super::Answer;
use super::AnsweredPrice;
use super::Trouble;
use super::answer::Unread;
use super::answer::read;
use super::part;
use super::verdict::is_marked;
use crate::base::Currency;
use crate::book::Mark;
use crate::book::StatusAsk;

/// What became of a lead, as its buyer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaleStatus {
    /// Nothing yet.
    Open,
    /// The buyer has reached the person.
    Contacted,
    /// The buyer sold to the person.
    Converted {
        /// What it owes, if it says so.
        price: AnsweredPrice,
        /// Its own id of the sale.
        reference: Option<String>,
    },
    /// The buyer will not sell to the person.
    Lost {
        /// The reason.
        reason: Option<String>,
    },
    /// The buyer returns the lead.
    Returned {
        /// The reason.
        reason: Option<String>,
    },
}

/// Returns what an answer says of a lead. Marks are tried in the order returned, converted, lost,
/// contacted; without any, the lead is open. Amounts are in the currency of the contract.
///
/// # Errors
/// [`Trouble`]: the answer says nothing.
pub fn sale_status(
    asked: &StatusAsk,
    money: Currency,
    answer: Answer<'_>,
) -> Result<SaleStatus, Trouble> {
    let (status, rule) = (answer.status, &asked.ask.response);
    match status {
        200..=299 | 400..=499 => {}
        300..=399 => return Err(Trouble::Redirected(status)),
        _ => return Err(Trouble::Status(status)),
    }
    let document = read(answer.body, rule.format).map_err(|unread| match unread {
        _ if status >= 400 => Trouble::Status(status),
        Unread::Long => Trouble::Long,
        Unread::Not(format, why) => Trouble::Unreadable(format.name(), why),
    })?;
    let has = |marks: &[Mark]| marks.iter().any(|mark| is_marked(mark, &document, status));
    let reason = || part::reason(rule, &document);
    Ok(if has(&asked.returned) {
        SaleStatus::Returned { reason: reason() }
    } else if has(&asked.converted) {
        let price = part::price(rule, &document, money);
        SaleStatus::Converted { price, reference: part::reference(rule, &document) }
    } else if has(&asked.lost) {
        SaleStatus::Lost { reason: reason() }
    } else if has(&asked.contacted) {
        SaleStatus::Contacted
    } else if status >= 400 {
        return Err(Trouble::Status(status));
    } else {
        SaleStatus::Open
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book;
    use crate::store::sample::usd;

    fn asked() -> StatusAsk {
        let text = r#"
            [[offer]]
            id = "o"
            [[buyer]]
            id = "b"
            timezone = "UTC"
            [[contract]]
            id = "c"
            buyer = "b"
            offer = "o"
            channels = ["form"]
            price = { amount = "9.00", currency = "USD" }
            [contract.delivery]
            post = "https://b.example/"
            [contract.delivery.status]
            url = "https://b.example/status/{reference}"
            method = "GET"
            converted = { path = "state", is = ["sold", "won"] }
            contacted = { path = "state", is = "called" }
            lost = [{ path = "state", is = "dead" }, { status = 410 }]
            returned = { path = "state", is = "returned" }
            response = { price = "paid", reference = "policy", reason = "why" }
        "#;
        let (book, faults) = book::parse("b", text);
        let book = book.unwrap_or_else(|| panic!("{faults:#?}"));
        let contract = &book.contracts[0];
        *contract.delivery.as_ref().unwrap().status.clone().unwrap()
    }

    #[test]
    fn marks_say_what_became_of_a_lead() {
        let reason = |text: &str| Some(text.to_owned());
        for (status, body, expected) in [
            (200, r#"{"state": "new"}"#, Ok(SaleStatus::Open)),
            (200, "{}", Ok(SaleStatus::Open)),
            (200, r#"{"state": "Called", "success": true}"#, Ok(SaleStatus::Contacted)),
            (
                200,
                r#"{"state": "sold", "paid": "12.50", "policy": "P-1"}"#,
                Ok(SaleStatus::Converted {
                    price: AnsweredPrice::Amount(usd("12.50")),
                    reference: reason("P-1"),
                }),
            ),
            (
                200,
                r#"{"state": "won"}"#,
                Ok(SaleStatus::Converted { price: AnsweredPrice::Unsaid, reference: None }),
            ),
            (
                200,
                r#"{"state": "dead", "why": "no interest"}"#,
                Ok(SaleStatus::Lost { reason: reason("no interest") }),
            ),
            (410, "{}", Ok(SaleStatus::Lost { reason: None })),
            (
                200,
                r#"{"state": "returned", "why": "wrong_number"}"#,
                Ok(SaleStatus::Returned { reason: reason("wrong_number") }),
            ),
            (404, "{}", Err(Trouble::Status(404))),
            (500, r#"{"state": "sold"}"#, Err(Trouble::Status(500))),
            (302, "", Err(Trouble::Redirected(302))),
        ] {
            let answer = Answer { status, body: body.as_bytes() };
            let found = sale_status(&asked(), usd("0").currency(), answer);
            assert_eq!(found, expected, "{status} {body}");
        }
    }
}
