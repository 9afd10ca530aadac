//! Entries of the activity log: who changed what, when, from where, and with what outcome.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use crate::base::TokenId;
use crate::base::TokenName;
use crate::base::Wall;

/// Most entries per page. The store reduces a larger limit to this.
pub const ACTIVITY_PAGE_MAX: usize = 200;

/// Who makes a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The holder of a token, over HTTP.
    Token {
        /// The token's id.
        id: TokenId,
        /// The token's name at the time of the change.
        name: TokenName,
    },
    /// A user of the operating system, at the command line.
    User {
        /// The user's name.
        name: String,
    },
}

impl Actor {
    /// Returns the name of the token or the user.
    pub fn name(&self) -> &str {
        match self {
            Actor::Token { name, .. } => name.as_str(),
            Actor::User { name } => name,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Token { name, .. } => write!(f, "token {name}"),
            Actor::User { name } => write!(f, "user {name}"),
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All variants.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// Returns the name.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// What a change does to its entity.
    Verb {
        /// Replaces the live book with another.
        Apply = "apply",
        /// Applies an earlier version of the book again.
        RollBack = "roll_back",
        /// Creates an entity.
        Create = "create",
        /// Creates or replaces an entity.
        Replace = "replace",
        /// Changes parts of an entity.
        Update = "update",
        /// Removes an entity.
        Delete = "delete",
        /// Adds a credit.
        Credit = "credit",
        /// Returns a charge.
        Return = "return",
        /// Accepts a return.
        Accept = "accept",
        /// Refuses a return.
        Refuse = "refuse",
        /// Revokes a token.
        Revoke = "revoke",
        /// Ends the pause of a contract.
        Resume = "resume",
        /// Ends a live call.
        HangUp = "hang_up",
        /// Sends events again.
        Resend = "resend",
        /// Makes a signing key.
        MakeKey = "make_key",
        /// Downloads a recording.
        Download = "download",
        /// Puts a model in use.
        Use = "use",
        /// Says what became of a post whose result was unknown.
        Settle = "settle",
    }
}

words! {
    /// Kind of the entity that a change is made to.
    EntityKind {
        /// The route book as a whole.
        Book = "book",
        /// A trunk of the book.
        Trunk = "trunk",
        /// A source of the book.
        Source = "source",
        /// A buyer of the book.
        Buyer = "buyer",
        /// An offer of the book.
        Offer = "offer",
        /// A contract of the book.
        Contract = "contract",
        /// A number of the book.
        Number = "number",
        /// A postback of the book.
        Postback = "postback",
        /// The balance of a buyer.
        Balance = "balance",
        /// A cost of traffic.
        Cost = "cost",
        /// An access token.
        Token = "token",
        /// A call.
        Call = "call",
        /// A form lead.
        Lead = "lead",
        /// A return of a sale.
        Return = "return",
        /// A recording of a call.
        Recording = "recording",
        /// A person, whose data are removed; never named.
        Person = "person",
        /// A suppression list.
        Suppression = "suppression",
        /// A model that scores inquiries, or the points table.
        Model = "model",
    }
}

/// A verb and the kind of entity it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// What the action does.
    pub verb: Verb,
    /// Kind of the entity.
    pub kind: EntityKind,
}

impl Action {
    /// Creates the action of a verb on a kind of entity.
    pub const fn new(verb: Verb, kind: EntityKind) -> Self {
        Self { verb, kind }
    }
}

/// A change as the activity log records it. Every write that a user causes takes a mutation and
/// stores it in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// Token or user who makes the change.
    pub actor: Actor,
    /// What the change does.
    pub action: Action,
    /// Id of the changed entity; `None` for the book, and where the write itself sets the id.
    pub subject: Option<String>,
    /// The request or the command line: `PUT /v1/book`, `strowger book apply book.toml`.
    pub via: String,
    /// Address of the HTTP client; `None` at the command line.
    pub address: Option<IpAddr>,
    /// The request's idempotency key.
    pub key: Option<String>,
    /// Time of the change.
    pub at: Wall,
    /// Number of the entry that was added when the request began, if any.
    pub(super) begun: Option<u64>,
}

impl Mutation {
    /// Creates a change that a user makes with a command.
    pub fn by_user(user: &str, action: Action, command: &str, at: Wall) -> Self {
        let actor = Actor::User { name: user.to_owned() };
        Self {
            actor,
            action,
            subject: None,
            via: command.to_owned(),
            address: None,
            key: None,
            at,
            begun: None,
        }
    }

    /// Creates a change that the holder of a token makes with a request, such as `PUT /v1/book`.
    pub fn by_token(id: TokenId, name: TokenName, action: Action, request: &str, at: Wall) -> Self {
        let actor = Actor::Token { id, name };
        Self { actor, ..Self::by_user("", action, request, at) }
    }

    /// Returns the change with the id of its entity set.
    #[must_use]
    pub fn of(self, subject: impl fmt::Display) -> Self {
        Self { subject: Some(subject.to_string()), ..self }
    }

    /// Returns the request and its maker: `PUT /v1/book by token ops`.
    pub fn who(&self) -> String {
        format!("{} by {}", self.via, self.actor)
    }
}

/// The outcome of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivityOutcome {
    /// The change was made.
    Done {
        /// Version of the book that the change created, if any.
        book_version: Option<u64>,
    },
    /// The change was rejected. Nothing changed.
    Refused {
        /// The HTTP status; `None` at the command line.
        status: Option<u16>,
        /// The reason code, or an error message.
        reason: String,
    },
    /// The change failed with an internal error.
    Failed {
        /// The HTTP status; `None` at the command line.
        status: Option<u16>,
        /// The reason code, or an error message.
        reason: String,
    },
}

impl ActivityOutcome {
    /// Returns the outcome's name.
    pub const fn name(&self) -> &'static str {
        match self {
            ActivityOutcome::Done { .. } => "done",
            ActivityOutcome::Refused { .. } => "refused",
            ActivityOutcome::Failed { .. } => "failed",
        }
    }
}

/// One entry of the activity log. In JSON, an entry without an outcome has the outcome `unknown`:
/// the change is in progress, or the program ended before it finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Document")]
pub struct Activity {
    /// Number of the entry in the log; later entries have higher numbers.
    pub number: u64,
    /// The change, including who made it.
    pub mutation: Mutation,
    /// The outcome; `None` while the change is in progress, or if the program ended before it
    /// finished.
    pub outcome: Option<ActivityOutcome>,
}

#[derive(Serialize)]
struct Document {
    number: u64,
    at: Wall,
    by: By,
    action: &'static str,
    kind: &'static str,
    id: Option<String>,
    via: String,
    address: Option<IpAddr>,
    idempotency_key: Option<String>,
    outcome: &'static str,
    status: Option<u16>,
    reason: Option<String>,
    book_version: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Token { id: TokenId, name: TokenName },
    User { name: String },
}

impl From<Activity> for Document {
    fn from(activity: Activity) -> Self {
        let Activity { number, mutation, outcome } = activity;
        let word = outcome.as_ref().map_or("unknown", ActivityOutcome::name);
        let (status, reason, book_version) = match outcome {
            Some(ActivityOutcome::Done { book_version }) => (None, None, book_version),
            Some(
                ActivityOutcome::Refused { status, reason }
                | ActivityOutcome::Failed { status, reason },
            ) => (status, Some(reason), None),
            None => (None, None, None),
        };
        let by = match mutation.actor {
            Actor::Token { id, name } => By::Token { id, name },
            Actor::User { name } => By::User { name },
        };
        Self {
            number,
            at: mutation.at,
            by,
            action: mutation.action.verb.name(),
            kind: mutation.action.kind.name(),
            id: mutation.subject,
            via: mutation.via,
            address: mutation.address,
            idempotency_key: mutation.key,
            outcome: word,
            status,
            reason,
            book_version,
        }
    }
}
