//! Any answer of a buyer: the first byte chooses the preset whose rule judges it. Judging never
//! panics, and what is kept of the answer is one line.

use std::sync::LazyLock;

use strowger::base::Currency;
use strowger::book;
use strowger::book::ResponseRule;
use strowger::delivery::Answer;
use strowger::delivery::PRESETS;
use strowger::delivery::Verdict;
use strowger::delivery::verdict;

/// The rules of all presets.
static RULES: LazyLock<Vec<ResponseRule>> = LazyLock::new(|| {
    let rule = |text: &str| {
        let head = "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"o\"\n[[contract]]\n\
                    id = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
                    price = { amount = \"1.00\", currency = \"USD\" }\n";
        let book = book::parse("preset", &format!("{head}{text}")).0?;
        Some(book.contracts.first()?.delivery.as_ref()?.posted()?.response.clone())
    };
    PRESETS.iter().filter_map(|preset| rule(preset.text)).collect()
});

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let Some(rule) = RULES.get(usize::from(*first) % RULES.len().max(1)) else { return };
    match verdict(rule, Currency::USD, Answer { status: 200, body }) {
        Verdict::Rejected { reason } | Verdict::Duplicate { reason } => one_line(reason),
        Verdict::Accepted(taken) | Verdict::Delivered(taken) => {
            one_line(taken.reference);
            one_line(taken.redirect);
        }
        Verdict::Trouble(_) => {}
    }
}

fn one_line(text: Option<String>) {
    assert!(!text.is_some_and(|text| text.is_empty() || text.chars().any(char::is_control)));
}
