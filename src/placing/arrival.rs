//! A call that has just arrived.

use super::Refusal;
use crate::base::DialingCountry;
use crate::base::Phone;
use crate::book::Attestation;
use crate::book::Book;
use crate::book::Number;
use crate::call::Ingress;
use crate::carrier::Request;
use crate::sip::Incoming;

/// What is known about a call that has just arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Origin of the call.
    pub ingress: Ingress,
    /// Dialed numbers as the carrier writes them. The first valid number counts.
    pub called: Vec<String>,
    /// Identities of the caller as the carrier writes them. The first one that is a number counts;
    /// none if the caller withholds them.
    pub callers: Vec<String>,
    /// Country of the numbers that the carrier writes without a calling code; `None` if it is not
    /// known.
    pub home: Option<DialingCountry>,
    /// Verified attestation of the caller's carrier.
    pub attestation: Option<Attestation>,
    /// Number that diverted the call, as the carrier writes it; `None` if none did.
    pub diverted_from: Option<String>,
}

impl Arrival {
    /// Returns the arrival of an INVITE from a trunk of the book.
    pub fn of_invite(incoming: &Incoming, book: &Book) -> Self {
        Self {
            ingress: Ingress::Trunk(incoming.trunk.clone()),
            called: vec![incoming.called().to_owned()],
            callers: incoming.callers().to_vec(),
            home: book.trunk(&incoming.trunk).and_then(|trunk| trunk.country),
            attestation: None,
            diverted_from: incoming.diverted_from(),
        }
    }

    /// Returns the arrival of a webhook carrier's first request. `path` is the number in the
    /// requested address; it takes precedence over the number in the request.
    pub fn of_request(request: &Request, path: Option<&str>) -> Self {
        Self {
            ingress: Ingress::Webhook(request.carrier),
            called: path.into_iter().map(str::to_owned).chain(request.called.clone()).collect(),
            callers: request.callers.clone(),
            home: None,
            attestation: request.attestation,
            diverted_from: None,
        }
    }

    /// Returns the number that diverted the call; `None` if none did, or it is not a number.
    pub fn diverted_from(&self) -> Option<Phone> {
        Phone::of_caller(self.diverted_from.as_deref()?, self.home)
    }

    /// Returns the dialed number of the book: the first valid one of those that the carrier writes.
    ///
    /// # Errors
    /// [`Refusal::UnknownNumber`]: it is not in the book. [`Refusal::NotANumber`]: there is none.
    pub fn number<'b>(&self, book: &'b Book) -> Result<&'b Number, Refusal> {
        for text in &self.called {
            if let Some(number) = book.dialled(text, self.home) {
                return Ok(number);
            }
            if let Some(phone) = Phone::readings(text, self.home).next() {
                return Err(Refusal::UnknownNumber(phone));
            }
        }
        Err(Refusal::NotANumber)
    }

    /// Returns the caller's number, read by the country of the dialed number or else by the
    /// carrier's; `None` if it is withheld or not a number.
    pub fn caller(&self, number: Option<&Number>) -> Option<Phone> {
        let home = number.and_then(|number| number.country).or(self.home);
        self.callers.iter().find_map(|text| Phone::of_caller(text, home))
    }
}
