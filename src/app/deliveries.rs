//! What keeps form leads from being delivered, and bidders from being asked: a contract without a
//! delivery, and secrets that the settings lack.

use crate::base::Diagnostic;
use crate::base::SecretName;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Channel;
use crate::book::Contract;
use crate::book::Delivery;
use crate::book::Noun;
use crate::delivery::Secrets;
use crate::delivery::secret_names;

/// Returns a warning for each contract whose form leads cannot be delivered, or whose bidder cannot
/// be asked.
pub(super) fn warnings(
    book: &Book,
    written: BookText<'_>,
    secrets: &dyn Secrets,
) -> Vec<Diagnostic> {
    let enabled = book.contracts.iter().filter(|contract| contract.enabled);
    enabled.flat_map(|contract| of_contract(contract, written, secrets)).collect()
}

fn of_contract(
    contract: &Contract,
    written: BookText<'_>,
    secrets: &dyn Secrets,
) -> Vec<Diagnostic> {
    let warning = |message: String| {
        let place = written.place(Noun::Contract, contract.id.as_str());
        Diagnostic::warning(written.file, place, message)
    };
    let id = &contract.id;
    let takes_forms = contract.channels.contains(Channel::Form);
    let delivery = contract.delivery.as_deref().filter(|_| takes_forms);
    let undelivered = (takes_forms && delivery.is_none()).then(|| {
        warning(format!("contract {id}: it takes form leads and has no `delivery`"))
            .hint("add one, or remove \"form\" from its `channels`")
    });
    let posted = delivery.map(Delivery::tokens).unwrap_or_default();
    let asked = contract.bidder.iter().flat_map(|bidder| bidder.tokens());
    let mut missing: Vec<&SecretName> = secret_names(posted.into_iter().chain(asked))
        .filter(|name| secrets.secret(name).is_none())
        .collect();
    missing.sort_unstable();
    missing.dedup();
    let one = |name: &SecretName| {
        warning(format!("contract {id}: the settings have no secret `{name}`"))
            .hint(format!("add [secrets] {name} = \"env:…\" to the settings"))
    };
    undelivered.into_iter().chain(missing.into_iter().map(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::parse;
    use crate::config::Settings;

    #[test]
    fn leads_that_cannot_be_delivered_are_reported() {
        let contract = |id: &str, keys: &str| {
            format!(
                "[[offer]]\nid = \"{id}\"\n[[contract]]\nid = \"{id}\"\nbuyer = \"b\"\n\
                 offer = \"{id}\"\nprice = {{ amount = \"1.00\", currency = \"USD\" }}\n\
                 channels = [\"form\"]\n{keys}\n"
            )
        };
        let post = "post = \"https://b.example/\"";
        let text = [
            "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n".to_owned(),
            contract("none", ""),
            contract("off", "enabled = false"),
            contract("some", &format!("delivery = {{ {post}, headers = {{ a = \"{{secret.known}}{{secret.x}}{{secret.x}}\" }} }}")),
            contract("asks", "").replace("[\"form\"]", "[\"call\"]")
                + "destination = { sip = \"sip:a@b.example\" }\n\
                   bidder = { url = \"https://b.example/{secret.y}\" }\n",
        ]
        .concat();
        let (book, faults) = parse("b", &text);
        let book = book.unwrap_or_else(|| panic!("{faults:?}"));
        let settings = Settings::parse("s", "secrets.known = \"y\"", &|_| None).unwrap();
        let written = BookText { file: "b", text: &text };
        let found = warnings(&book, written, &settings.secrets);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "b:7:6: warning: contract none: it takes form leads and has no `delivery` (add \
                 one, or remove \"form\" from its `channels`)",
                "b:25:6: warning: contract some: the settings have no secret `x` (add [secrets] x \
                 = \"env:…\" to the settings)",
                "b:34:6: warning: contract asks: the settings have no secret `y` (add [secrets] y \
                 = \"env:…\" to the settings)",
            ]
        );
    }
}
