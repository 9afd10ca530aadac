//! The rules of a trunk for the headers of its INVITEs.

use crate::book::HeaderRules;
use crate::book::HeaderToken;

use super::Machine;

impl Machine {
    /// Applies the rules of a trunk to the headers of an INVITE that is sent through it. The rules name no
    /// header that belongs to the dialog or shows who calls (see `book/read/header_rules.rs`).
    pub(super) fn apply(&self, rules: &HeaderRules, headers: &mut Vec<(String, String)>) {
        headers.retain(|(name, _)| !rules.removes(name));
        let passed = self.caller.passable.iter().filter(|(name, _)| rules.passes(name));
        headers.extend(passed.cloned());
        for (name, value) in &rules.add {
            let is_known = value.tokens().all(|token| self.header_value(*token).is_some());
            if is_known {
                headers.push((name.clone(), value.fill(|token| self.header_value(*token))));
            }
        }
    }

    fn header_value(&self, token: HeaderToken) -> Option<String> {
        match token {
            HeaderToken::CallId => Some(self.record.id.to_string()),
            HeaderToken::Number => Some(self.record.number.e164().to_owned()),
            HeaderToken::Caller => Some(self.record.caller.as_ref()?.e164().to_owned()),
            HeaderToken::Offer => Some(self.record.offer_of(&self.sale).to_string()),
            HeaderToken::Source => Some(self.record.source.to_string()),
        }
    }
}
