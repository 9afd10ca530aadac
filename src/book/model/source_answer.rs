//! How a source is answered: the names and words of its own platform.

use std::collections::BTreeMap;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// All of them, as a book names them.
            pub const ALL: &'static [($name, &'static str)] = &[$(($name::$variant, $text)),*];

            /// Returns the name in a book.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
        }
    };
}

words! {
    /// A value of an answer.
    AnswerValue {
        /// The word for what became of the lead.
        Status = "status"
        /// A number for it, where the platform has one.
        Code = "code"
        /// Id of the lead.
        Id = "id"
        /// Id of a ping for which an offer is made.
        PingId = "ping_id"
        /// What the source is owed.
        Price = "price"
        /// When the offer for a ping ends.
        ExpiresAt = "expires_at"
        /// Why the lead was not sold: a code of the catalog.
        Reason = "reason"
        /// The same, as a sentence.
        Message = "message"
        /// All faults of its fields.
        Errors = "errors"
        /// The buyer, if the offer says so.
        Buyer = "buyer"
        /// Whether it was a test.
        Test = "test"
    }
}

words! {
    /// What became of a lead, or of a ping.
    AnswerWord {
        /// An offer is made for a ping.
        Bid = "bid"
        /// No offer is made for a ping.
        NoBid = "no_bid"
        /// A buyer has it.
        Sold = "sold"
        /// It waits for the opening of a contract.
        Parked = "parked"
        /// A buyer has not answered yet.
        Pending = "pending"
        /// The same person was sold before.
        Duplicate = "duplicate"
        /// No buyer took it.
        Rejected = "rejected"
        /// Fields are missing or wrong.
        Invalid = "invalid"
        /// The request could not be read, or the switch could not take the lead.
        Error = "error"
    }
}

words! {
    /// The platform whose answers a source understands.
    AnswerPreset {
        /// The words of this program.
        Plain = "plain"
        /// LeadConduit (ActiveProspect).
        LeadConduit = "leadconduit"
        /// Lead Prosper.
        LeadProsper = "lead_prosper"
        /// LeadsPedia.
        LeadsPedia = "leadspedia"
        /// boberdoo.
        Boberdoo = "boberdoo"
    }
}

words! {
    /// Format of an answer where the source asks for none.
    SourceFormat {
        /// JSON.
        Json = "json"
        /// XML.
        Xml = "xml"
        /// A line for each value.
        Text = "text"
    }
}

/// How a source is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAnswer {
    /// Its platform, which gives names and words unless the others do.
    pub preset: AnswerPreset,
    /// The format, unless the request asks for one.
    pub format: Option<SourceFormat>,
    /// Names of values; dots make levels.
    pub names: BTreeMap<AnswerValue, String>,
    /// Words for what became of the lead.
    pub words: BTreeMap<AnswerWord, String>,
}

impl Default for SourceAnswer {
    fn default() -> Self {
        let (names, words) = (BTreeMap::new(), BTreeMap::new());
        Self { preset: AnswerPreset::Plain, format: None, names, words }
    }
}

impl SourceAnswer {
    /// Returns the name of a value; `None` if it is not written.
    pub fn name(&self, value: AnswerValue) -> Option<&str> {
        self.names.get(&value).map(String::as_str).or_else(|| self.preset.value_name(value))
    }

    /// Returns the word for what became of a lead.
    pub fn word(&self, word: AnswerWord) -> &str {
        self.words.get(&word).map_or_else(|| self.preset.word(word), String::as_str)
    }

    /// Returns the format where the source asks for none.
    pub fn format(&self) -> SourceFormat {
        self.format.unwrap_or(match self.preset {
            AnswerPreset::Plain | AnswerPreset::LeadConduit | AnswerPreset::LeadProsper => {
                SourceFormat::Json
            }
            AnswerPreset::LeadsPedia | AnswerPreset::Boberdoo => SourceFormat::Xml,
        })
    }
}

impl AnswerPreset {
    /// Returns the name of the root of an answer in XML.
    pub const fn root(self) -> &'static str {
        match self {
            AnswerPreset::Plain | AnswerPreset::LeadConduit => "result",
            AnswerPreset::LeadProsper | AnswerPreset::LeadsPedia | AnswerPreset::Boberdoo => {
                "response"
            }
        }
    }

    const fn value_name(self, value: AnswerValue) -> Option<&'static str> {
        use AnswerPreset as P;
        use AnswerValue as V;
        match (self, value) {
            (P::Plain, V::Code) => None,
            (P::Plain, value) => Some(value.name()),
            (P::LeadConduit, V::Status) => Some("outcome"),
            (P::LeadConduit, V::Id) => Some("lead.id"),
            (P::LeadProsper, V::Price) => Some("payout"),
            (P::Boberdoo, V::PingId) => Some("lead_id"),
            (_, V::PingId) => Some("ping_id"),
            (P::LeadProsper, V::Code) => Some("code"),
            (P::LeadsPedia, V::Status) => Some("result"),
            (P::LeadProsper | P::LeadsPedia | P::Boberdoo, V::Id) => Some("lead_id"),
            (P::LeadProsper | P::Boberdoo, V::Status) => Some("status"),
            (P::LeadsPedia, V::Message) => Some("msg"),
            (P::LeadsPedia, V::Errors) => Some("errors.error"),
            (P::LeadProsper, V::Message) => Some("message"),
            (P::Boberdoo, V::Message) => Some("error"),
            (P::LeadConduit, V::Reason) => Some("reason"),
            (P::LeadConduit | P::LeadsPedia | P::Boberdoo, V::Price) => Some("price"),
            (P::LeadProsper, V::Errors) => Some("errors"),
            (_, V::Buyer) => Some("buyer"),
            (_, V::Test) => Some("test"),
            (_, V::ExpiresAt)
            | (P::LeadConduit, V::Code | V::Message | V::Errors)
            | (P::LeadProsper, V::Reason)
            | (P::LeadsPedia, V::Code | V::Reason)
            | (P::Boberdoo, V::Code | V::Reason | V::Errors) => None,
        }
    }

    const fn word(self, word: AnswerWord) -> &'static str {
        use AnswerPreset as P;
        use AnswerWord as W;
        match (self, word) {
            (P::Plain, word) => word.name(),
            (P::LeadConduit, W::Bid | W::Sold | W::Parked | W::Pending)
            | (P::LeadsPedia, W::Bid | W::Sold) => "success",
            (P::LeadConduit, W::NoBid | W::Duplicate | W::Rejected | W::Invalid) => "failure",
            (P::LeadConduit, W::Error) => "error",
            (P::LeadProsper, W::Bid | W::Sold) => "ACCEPTED",
            (P::LeadProsper, W::Parked | W::Pending) => "PENDING",
            (P::LeadProsper, W::Duplicate) => "DUPLICATED",
            (P::LeadProsper, W::NoBid | W::Rejected) => "REJECTED",
            (P::LeadProsper, W::Invalid | W::Error) => "ERROR",
            (P::LeadsPedia, W::Parked | W::Pending) => "pending",
            (P::LeadsPedia, W::NoBid | W::Duplicate | W::Rejected | W::Invalid | W::Error) => {
                "failed"
            }
            (P::Boberdoo, W::Bid | W::Sold) => "Matched",
            (P::Boberdoo, W::Parked | W::Pending) => "Pending",
            (P::Boberdoo, W::NoBid | W::Duplicate | W::Rejected) => "Unmatched",
            (P::Boberdoo, W::Invalid | W::Error) => "Error",
        }
    }

    /// Returns the number for what became of a lead; `None` if the platform has none.
    pub const fn code(self, word: AnswerWord) -> Option<&'static str> {
        match (self, word) {
            (AnswerPreset::LeadProsper, AnswerWord::Bid | AnswerWord::Sold) => Some("0"),
            (AnswerPreset::LeadProsper, AnswerWord::Invalid | AnswerWord::Error) => Some("1001"),
            (AnswerPreset::LeadProsper, AnswerWord::Duplicate) => Some("1008"),
            (AnswerPreset::LeadProsper, AnswerWord::NoBid | AnswerWord::Rejected) => Some("1013"),
            (
                AnswerPreset::Plain
                | AnswerPreset::LeadConduit
                | AnswerPreset::LeadProsper
                | AnswerPreset::LeadsPedia
                | AnswerPreset::Boberdoo,
                _,
            ) => None,
        }
    }

    /// Returns the HTTP status for what became of a lead; `None` for the status of the reason why
    /// a request could not be read. Other platforms than ours say with 200 what they refused.
    pub const fn http_status(self, word: AnswerWord, is_new: bool) -> Option<u16> {
        match (self, word) {
            (_, AnswerWord::Error) => None,
            (_, AnswerWord::Bid | AnswerWord::NoBid) => Some(200),
            (AnswerPreset::Plain, AnswerWord::Invalid) => Some(422),
            (AnswerPreset::Plain, _) if is_new => Some(201),
            (AnswerPreset::LeadConduit, _) => Some(201),
            (_, _) => Some(200),
        }
    }
}
