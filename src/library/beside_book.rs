//! Checks a book and the flows against each other.

use super::Draft;
use super::Library;
use super::Wavs;
use super::loaded::Loaded;
use crate::base::Barred;
use crate::base::Diagnostic;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::suggest;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Contract;
use crate::book::Noun;
use crate::book::Number;
use crate::book::Target;
use crate::flow::DialTo;
use crate::flow::FixedValue;
use crate::flow::Flow;
use crate::flow::Mention;
use crate::routing::check_value;

impl Library {
    /// Returns the faults of a flow's draft: its own, those of its sounds, and those against a book
    /// and the other flows.
    pub fn judge(&self, draft: Draft, wavs: &Wavs, book: &Book) -> Vec<Diagnostic> {
        let Draft { file, text, flow, mut faults } = draft;
        if let Some(flow) = flow {
            let mut beside = Self { flows: self.flows.clone(), ..Self::default() };
            beside.add_sounds(&file, &flow, wavs, &mut faults);
            let name = flow.name.clone();
            beside.flows.insert(name, Loaded::new(flow, file.clone(), text));
            let of_book = beside.check_against(book, BookText::named(""));
            faults.extend(of_book.into_iter().filter(|fault| fault.file == file));
        }
        faults.sort_by_key(|fault| fault.place);
        faults
    }

    /// Returns the faults between a book and these flows: numbers that name a missing flow, flows
    /// that name a missing flow or offer, and destinations that may not be dialed. Diagnostics call
    /// the book as `written` does, and a flow by its name.
    pub fn check_against(&self, book: &Book, written: BookText<'_>) -> Vec<Diagnostic> {
        let unknown = book.numbers.iter().filter(|number| !self.flows.contains_key(&number.flow));
        let mut faults: Vec<Diagnostic> =
            unknown.map(|number| self.no_flow(number, written)).collect();
        faults.extend(barred_contracts(book, written));
        for flow in self.flows() {
            self.check_flow(flow, book, &mut faults);
        }
        faults
    }

    /// Returns the fault of a number whose flow is missing.
    fn no_flow(&self, number: &Number, written: BookText<'_>) -> Diagnostic {
        let Number { number, flow, .. } = number;
        let known = self.flows.keys().map(FlowName::as_str);
        let hint = match suggest(flow.as_str(), known) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("write {flow}.xml into the flows directory"),
        };
        let (number, place) = (number.e164(), written.place(Noun::Number, number.e164()));
        let message = format!("number {number} names flow `{flow}`, which does not exist");
        Diagnostic::error(written.file, place, message).hint(hint)
    }

    fn check_flow(&self, flow: &Flow, book: &Book, faults: &mut Vec<Diagnostic>) {
        let file = format!("{}.xml", flow.name);
        let used = book.numbers.iter().any(|number| number.flow == flow.name);
        let references = flow.references();
        for Mention { what, place } in references.flows {
            if !self.flows.contains_key(&what) {
                let message = format!("flow `{what}` does not exist");
                faults.push(Diagnostic::error(&file, place, message));
            }
        }
        for Mention { what, place } in references.dials {
            if let Some(why) = bars(book, &what) {
                let message = format!("{what} is {}", why.words());
                faults.push(Diagnostic::error(&file, place, message).hint(ALLOW));
            }
        }
        for Mention { what, place } in references.trunks {
            if book.trunk(&what).is_none() {
                let message = format!("trunk `{what}` is not in the book");
                faults.push(Diagnostic::warning(&file, place, message));
            }
        }
        for Mention { what, place } in references.sources {
            if book.source(&what).is_none() {
                let message = format!("source `{what}` is not in the book");
                faults.push(Diagnostic::warning(&file, place, message));
            }
        }
        for Mention { what, place } in references.fields_asked.into_iter().filter(|_| used) {
            let own = references.fields_read.iter().any(|read| read.what == what);
            if !own && !looks_at(book, &what) {
                let message = format!("no contract looks at the field `{what}`");
                let hint = "the question costs callers' patience for the record alone";
                faults.push(Diagnostic::warning(&file, place, message).hint(hint));
            }
        }
        for Mention { what: FixedValue { field, value }, place } in flow.fixed_values() {
            if let Err(error) = check_value(&field, &value) {
                let hint = "filters and geography cannot read this value";
                faults.push(Diagnostic::warning(&file, place, error).hint(hint));
            }
        }
        for Mention { what, place } in references.offers {
            if book.offer(&what).is_none() {
                let message = format!("offer `{what}` is not in the book");
                // A flow that no number uses may wait for its offer.
                let fault = if used { Diagnostic::error } else { Diagnostic::warning };
                faults.push(fault(&file, place, message));
            }
        }
    }
}

/// Remedy for a number that may not be dialed.
const ALLOW: &str =
    "choose another number, or name a trunk that lists its prefix in `allow_prefixes`";

/// Returns the faults of contracts whose destination may not be dialed. They are no faults of the
/// book's syntax: a stored book with such a contract still starts, and the contract is skipped.
fn barred_contracts(book: &Book, written: BookText<'_>) -> Vec<Diagnostic> {
    let fault = |contract: &Contract| {
        let to = &contract.destination.as_ref()?.to;
        let why = book.bars(to)?;
        let (id, number) = (&contract.id, to.dialled());
        let message = format!("contract `{id}` calls {number}, {}", why.words());
        let place = written.place(Noun::Contract, id.as_str());
        Some(Diagnostic::error(written.file, place, message).hint(ALLOW))
    };
    book.contracts.iter().filter_map(fault).collect()
}

/// Returns why the destination of a `<Dial>` may not be dialed. The inbound trunk of a call, which
/// dials a number without `trunk`, allows nothing: it is not known before the call.
fn bars(book: &Book, to: &DialTo) -> Option<Barred> {
    match to {
        DialTo::Phone { number, trunk: None } => Barred::of(number.e164(), None, &[]),
        DialTo::Phone { number, trunk: Some(trunk) } => {
            book.bars(&Target::Phone { number: number.clone(), trunk: trunk.clone() })
        }
        DialTo::Sip(uri) => book.bars(&Target::Sip { uri: uri.clone() }),
    }
}

/// Returns whether a contract or offer uses a field, or a field derived from it.
fn looks_at(book: &Book, field: &FieldName) -> bool {
    let name = field.as_str();
    let geography = ["zip", "state", "city", "county", "country", "area_code", "phone"];
    book.contracts.iter().any(|contract| {
        let filters = &contract.filters;
        let places = !filters.states.is_empty()
            || !filters.zips.is_empty()
            || !filters.area_codes.is_empty()
            || !filters.cities.is_empty()
            || !filters.counties.is_empty()
            || !filters.countries.is_empty()
            || filters.radius.is_some()
            || filters.dma.is_some();
        let rules = contract.duplicate.iter().flat_map(|rule| &rule.fields);
        places && geography.contains(&name)
            || filters.fields.iter().any(|rule| rule.field == *field)
            || filters.required.contains(field)
            || filters.min_score.is_some()
            || rules.into_iter().any(|known| known == field)
    }) || book.offers.iter().any(|offer| {
        offer.duplicate.iter().flat_map(|rule| &rule.fields).any(|known| known == field)
    })
}
