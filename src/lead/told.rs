//! What a source is told of its lead, in the names and words of its platform.

use crate::base::End;
use crate::base::Money;
use crate::base::PingId;
use crate::base::Wall;
use crate::base::tree::Tree;
use crate::book::AnswerValue;
use crate::book::AnswerWord;
use crate::book::SourceAnswer;

use super::LeadRecord;
use super::LeadStatus;
use super::PingRecord;
use super::What;
use super::check::FieldFault;

/// What a source is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What became of the lead.
    pub word: AnswerWord,
    /// Its id; `None` if nothing was stored, and for a ping.
    id: Option<String>,
    /// The ping for which an offer is made, and when that ends.
    offered: Option<(PingId, Wall)>,
    price: Option<Money>,
    /// A code, and a sentence.
    reason: Option<(&'static str, String)>,
    faults: Vec<FieldFault>,
    /// The buyer who has it, for a source that may know.
    buyer: Option<String>,
    is_test: bool,
}

impl Told {
    /// Returns what the source of a lead is told; the buyer only if `show_buyer`.
    pub fn of(record: &LeadRecord, show_buyer: bool) -> Self {
        let winner = record.sales.first().map(|sale| sale.winner.buyer.to_string());
        let is_test = record.is_test();
        let rehearsed = rehearsed(record);
        let word = match (record.status, record.reason, rehearsed) {
            (_, _, _) if !record.faults().is_empty() => AnswerWord::Invalid,
            (_, _, Some((true, _))) => AnswerWord::Sold,
            (LeadStatus::Sold, _, _) => AnswerWord::Sold,
            (LeadStatus::Parked, _, _) => AnswerWord::Parked,
            (LeadStatus::Rejected, Some(End::DuplicateLead), _) => AnswerWord::Duplicate,
            (LeadStatus::Rejected, _, _) => AnswerWord::Rejected,
            (LeadStatus::Received | LeadStatus::Delivering | LeadStatus::Unknown, _, _) => {
                AnswerWord::Pending
            }
        };
        let reason = record.reason.map(|reason| (reason.code(), reason.sentence().to_owned()));
        Self {
            word,
            id: Some(record.id.to_string()),
            offered: None,
            price: rehearsed.map_or(record.payout, |(_, payout)| payout),
            reason: reason.filter(|_| word != AnswerWord::Sold || is_test),
            faults: record.faults().to_vec(),
            buyer: winner.filter(|_| show_buyer),
            is_test,
        }
    }

    /// Returns what the source of a ping is told; `faults` are those of its fields.
    pub fn of_ping(ping: &PingRecord, faults: Vec<FieldFault>) -> Self {
        let reason = ping.reason.map(|reason| (reason.code(), reason.sentence().to_owned()));
        let word = match (ping.expires_at, faults.is_empty()) {
            (Some(_), _) => AnswerWord::Bid,
            (None, true) => AnswerWord::NoBid,
            (None, false) => AnswerWord::Invalid,
        };
        Self {
            word,
            id: None,
            offered: ping.expires_at.map(|end| (ping.id, end)),
            price: ping.price,
            reason,
            faults,
            buyer: None,
            is_test: ping.test,
        }
    }

    /// Returns what a source is told whose lead was not taken: a code, and a sentence.
    pub fn error(code: &'static str, sentence: String) -> Self {
        Self {
            word: AnswerWord::Error,
            id: None,
            offered: None,
            price: None,
            reason: Some((code, sentence)),
            faults: Vec::new(),
            buyer: None,
            is_test: false,
        }
    }

    /// Returns the answer in the names and words of a source.
    pub fn answer(&self, terms: &SourceAnswer) -> Tree {
        let mut pairs = Vec::new();
        for (value, _) in AnswerValue::ALL {
            let name = terms.name(*value);
            if let Some((name, tree)) = name.zip(self.value(*value, terms)) {
                put(&mut pairs, name, tree);
            }
        }
        Tree::Named(pairs)
    }

    fn value(&self, value: AnswerValue, terms: &SourceAnswer) -> Option<Tree> {
        let text = |text: &str| Tree::Text(text.to_owned());
        match value {
            AnswerValue::Status => Some(text(terms.word(self.word))),
            AnswerValue::Code => terms.preset.code(self.word).map(text),
            AnswerValue::Id => self.id.as_deref().map(text),
            AnswerValue::PingId => self.offered.map(|(ping, _)| text(&ping.to_string())),
            AnswerValue::ExpiresAt => self.offered.map(|(_, end)| text(&end.to_string())),
            AnswerValue::Price => self.price.map(|price| Tree::Number(price.amount())),
            AnswerValue::Reason => self.reason.as_ref().map(|(code, _)| text(code)),
            AnswerValue::Message => self.message().map(Tree::Text),
            AnswerValue::Errors if self.faults.is_empty() => None,
            AnswerValue::Errors => Some(Tree::List(self.faults.iter().map(fault).collect())),
            AnswerValue::Buyer => self.buyer.as_deref().map(text),
            AnswerValue::Test => self.is_test.then_some(Tree::Flag(true)),
        }
    }

    /// Returns the reason as a sentence; of wrong fields, what is wrong with each.
    fn message(&self) -> Option<String> {
        if self.faults.is_empty() {
            return self.reason.as_ref().map(|(_, sentence)| sentence.clone());
        }
        let faults: Vec<&str> = self.faults.iter().map(|fault| fault.sentence.as_str()).collect();
        Some(faults.join("; "))
    }
}

/// Returns whether a contract might have taken a test lead, and what its source would have been
/// owed; `None` for a lead that is no test, or was refused.
fn rehearsed(record: &LeadRecord) -> Option<(bool, Option<Money>)> {
    for step in &record.steps {
        if let What::Rehearsed { contract, payout, .. } = &step.what {
            return Some((contract.is_some(), *payout));
        }
    }
    None
}

fn fault(fault: &FieldFault) -> Tree {
    let text = |name: &str, text: &str| (name.to_owned(), Tree::Text(text.to_owned()));
    Tree::Named(vec![
        text("field", &fault.field),
        text("code", fault.code.code()),
        text("message", &fault.sentence),
    ])
}

/// Adds a value under a name; dots make levels.
fn put(pairs: &mut Vec<(String, Tree)>, name: &str, value: Tree) {
    let Some((first, rest)) = name.split_once('.') else {
        return pairs.push((name.to_owned(), value));
    };
    for (known, below) in pairs.iter_mut() {
        if let Tree::Named(below) = below
            && known.as_str() == first
        {
            return put(below, rest, value);
        }
    }
    let mut below = Vec::new();
    put(&mut below, rest, value);
    pairs.push((first.to_owned(), Tree::Named(below)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tree::to_json;
    use crate::base::tree::to_xml;
    use crate::book::AnswerPreset;
    use crate::lead::Early;
    use crate::lead::Refusal;
    use crate::lead::check::FaultCode;
    use crate::store::conformance::leads::received;
    use crate::store::conformance::leads::sold;

    #[test]
    fn each_platform_hears_its_own_words() {
        let sold = sold(1).record;
        let fault = FieldFault {
            field: "zip".to_owned(),
            code: FaultCode::Missing,
            sentence: "zip is <missing>".to_owned(),
        };
        let mut invalid = received(1);
        invalid.refuse(Refusal::Invalid(vec![fault]), invalid.received_at);
        let id = sold.id.to_string();
        let terms = |preset| SourceAnswer { preset, ..SourceAnswer::default() };
        let json = |record, preset| to_json(&Told::of(record, false).answer(&terms(preset)));
        let xml = |record, preset: AnswerPreset| {
            to_xml(preset.root(), &Told::of(record, false).answer(&terms(preset)))
                .split_once("?>")
                .map(|(_, rest)| rest.to_owned())
                .unwrap()
        };
        assert_eq!(
            json(&sold, AnswerPreset::Plain),
            format!(r#"{{"status":"sold","id":"{id}","price":20.00}}"#)
        );
        assert_eq!(
            json(&sold, AnswerPreset::LeadConduit),
            format!(r#"{{"outcome":"success","lead":{{"id":"{id}"}},"price":20.00}}"#)
        );
        assert_eq!(
            json(&sold, AnswerPreset::LeadProsper),
            format!(r#"{{"status":"ACCEPTED","code":"0","lead_id":"{id}","payout":20.00}}"#)
        );
        assert_eq!(
            xml(&sold, AnswerPreset::Boberdoo),
            format!(
                "<response><status>Matched</status><lead_id>{id}</lead_id><price>20.00</price>\
                 </response>"
            )
        );
        let told = xml(&invalid, AnswerPreset::LeadsPedia);
        assert!(told.starts_with("<response><result>failed</result>"), "{told}");
        assert!(told.contains("<msg>zip is &lt;missing&gt;</msg>"), "{told}");
        assert!(json(&invalid, AnswerPreset::LeadProsper).contains(r#""code":"1001""#));
    }

    #[test]
    fn a_buyer_is_named_only_if_the_offer_says_so() {
        let record = sold(1).record;
        let terms = SourceAnswer::default();
        let told = |show| to_json(&Told::of(&record, show).answer(&terms));
        assert!(!told(false).contains("acme"));
        assert!(told(true).contains(r#""buyer":"acme""#));
    }

    #[test]
    fn a_test_says_that_it_is_one() {
        let mut record = received(1);
        let refusal = Refusal::Suppressed("dnc".parse().unwrap());
        record.end_early(Early::TestRefused(refusal), record.received_at);
        let told = Told::of(&record, false);
        assert_eq!(told.word, AnswerWord::Rejected);
        let answer = to_json(&told.answer(&SourceAnswer::default()));
        assert!(answer.contains(r#""test":true"#) && !answer.contains("dnc"), "{answer}");
    }
}
