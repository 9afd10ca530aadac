//! The activity log: who changed what, when, from where, and how it ended.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use crate::base::TokenId;
use crate::base::TokenName;
use crate::base::Wall;

/// Most entries of one page; more are asked for, this many come.
pub const ACTIVITY_PAGE_MAX: usize = 200;

/// How long an entry is kept. Older ones are removed as new ones are written.
pub const ACTIVITY_KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Who makes a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The holder of a token, by HTTP.
    Token {
        /// The token.
        id: TokenId,
        /// Its name at that time.
        name: TokenName,
    },
    /// A user of the operating system, at the command line.
    User {
        /// The user's name.
        name: String,
    },
}

impl Actor {
    /// The token's or the user's name.
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
            /// Every one of them.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word for it.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// What is done.
    Verb {
        /// A whole book takes the place of the one before.
        Apply = "apply",
        /// An earlier version of the book is applied again.
        RollBack = "roll_back",
        /// Something new is made.
        Create = "create",
        /// Something is made, or takes the place of what has its id.
        Replace = "replace",
        /// Parts of something are changed.
        Update = "update",
        /// Something is removed.
        Delete = "delete",
        /// A payment is entered.
        Credit = "credit",
        /// A charge is given back.
        Return = "return",
        /// A token ends.
        Revoke = "revoke",
        /// A live call is ended.
        HangUp = "hang_up",
    }
}

words! {
    /// What kind of thing is changed.
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
        /// A buyer's balance.
        Balance = "balance",
        /// An access token.
        Token = "token",
        /// A call.
        Call = "call",
    }
}

/// What is done to which kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub verb: Verb,
    /// To what.
    pub kind: EntityKind,
}

impl Action {
    /// `verb` done to a `kind`.
    pub const fn new(verb: Verb, kind: EntityKind) -> Self {
        Self { verb, kind }
    }
}

/// A change that somebody makes: what the activity log says of it. Every write that changes what
/// people own takes one, and stores it in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// Who makes it.
    pub actor: Actor,
    /// What is done.
    pub action: Action,
    /// The id of what is changed; `None` for the book, and where the write finds it out.
    pub subject: Option<String>,
    /// The request or the command: `PUT /v1/book`, `strowger book apply book.toml`.
    pub via: String,
    /// Where the request came from; `None` at the command line.
    pub address: Option<IpAddr>,
    /// The request's idempotency key.
    pub key: Option<String>,
    /// When.
    pub at: Wall,
    /// Its place in the log, when it was begun there.
    pub(super) begun: Option<u64>,
}

impl Mutation {
    /// A change that a user makes by a command.
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

    /// A change that the holder of a token makes by a request, like `PUT /v1/book`.
    pub fn by_token(id: TokenId, name: TokenName, action: Action, request: &str, at: Wall) -> Self {
        let actor = Actor::Token { id, name };
        Self { actor, ..Self::by_user("", action, request, at) }
    }

    /// The same, of something with this id.
    #[must_use]
    pub fn of(self, subject: impl fmt::Display) -> Self {
        Self { subject: Some(subject.to_string()), ..self }
    }

    /// Who makes it, and by what: `PUT /v1/book by token ops`.
    pub fn who(&self) -> String {
        format!("{} by {}", self.via, self.actor)
    }
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivityOutcome {
    /// It was made.
    Done {
        /// The version of the book that it made.
        book_version: Option<u64>,
    },
    /// It was refused; nothing changed.
    Refused {
        /// The HTTP status; `None` at the command line.
        status: Option<u16>,
        /// The reason's code, or a sentence.
        reason: String,
    },
    /// It failed by an internal error.
    Failed {
        /// The HTTP status; `None` at the command line.
        status: Option<u16>,
        /// The reason's code, or a sentence.
        reason: String,
    },
}

impl ActivityOutcome {
    /// The word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            ActivityOutcome::Done { .. } => "done",
            ActivityOutcome::Refused { .. } => "refused",
            ActivityOutcome::Failed { .. } => "failed",
        }
    }
}

/// One entry of the activity log. In JSON, an entry without an outcome has the outcome `unknown`:
/// the change is under way, or the program was killed at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Document")]
pub struct Activity {
    /// Its place in the log: later ones have higher numbers.
    pub number: u64,
    /// What was to be changed, and by whom.
    pub mutation: Mutation,
    /// How it ended; `None` while it is under way, or when the program was killed at it.
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
