//! Access to routes, as types. A handler receives the program only together with the access that
//! its row names.

use std::marker::PhantomData;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::Site;
use super::connection::Peer;
use super::incoming::Incoming;
use super::problem::Problem;
use crate::base::TokenId;
use crate::call::Scope;
use crate::call::Sight;
use crate::store::Action;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Role;
use crate::store::Token;
use crate::store::TokenState;
use crate::store::Verb;

/// Longest token that is looked up, in bytes; ours are shorter. A longer one is unknown.
const TOKEN_BYTES_MAX: usize = 256;

/// Who may use a route, as data for the documents and the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Everyone.
    Public,
    /// A webhook carrier that signs its requests.
    Carrier,
    /// A source, by the key in the path.
    Source,
    /// An ad platform, by its signature or its token.
    Platform,
    /// Every token except those of buyers and sources.
    Staff,
    /// Tokens that may change things.
    Writers,
    /// Tokens that may change things, and those of buyers for their own sales.
    Returners,
    /// The administrator's token.
    Admin,
    /// Every token; buyers and sources see only their own data.
    Tenants,
}

impl Who {
    /// Returns whether a token of this role is admitted; `false` where tokens do not count.
    pub(super) const fn admits(self, role: &Role) -> bool {
        match self {
            Who::Public | Who::Carrier | Who::Source | Who::Platform => false,
            Who::Staff => matches!(role, Role::Admin | Role::Operator | Role::Analyst),
            Who::Writers => matches!(role, Role::Admin | Role::Operator),
            Who::Returners => matches!(role, Role::Admin | Role::Operator | Role::Buyer(_)),
            Who::Admin => matches!(role, Role::Admin),
            Who::Tenants => true,
        }
    }

    /// Returns whether a token is required.
    pub(super) const fn wants_token(self) -> bool {
        !matches!(self, Who::Public | Who::Carrier | Who::Source | Who::Platform)
    }

    /// Returns the wording for the documents.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Who::Public => "everyone",
            Who::Carrier => "the carrier, by its signature",
            Who::Source => "the source, by its key",
            Who::Platform => "the ad platform, by its signature",
            Who::Staff => "`admin`, `operator`, `analyst`",
            Who::Writers => "`admin`, `operator`",
            Who::Returners => "`admin`, `operator`; `buyer` for its own",
            Who::Admin => "`admin`",
            Who::Tenants => "every role; `buyer` and `source` see their own",
        }
    }
}

/// Names an access in a row of the table. The compiler checks that the row's handler takes it.
pub(super) struct Only<A>(PhantomData<fn() -> A>);

impl<A> Only<A> {
    /// Creates the name of an access.
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

/// Everyone.
pub(super) const PUBLIC: Only<Public> = Only::new();
/// Every token except those of buyers and sources.
pub(super) const STAFF: Only<Staff> = Only::new();
/// Tokens that may change things.
pub(super) const WRITERS: Only<Writer> = Only::new();
/// Tokens that may change things, for form leads, which the activity log does not list.
pub(super) const SENDERS: Only<Sender> = Only::new();
/// Tokens that may change things, and those of buyers for their own sales.
pub(super) const RETURNERS: Only<Returner> = Only::new();
/// The administrator's token.
pub(super) const ADMIN: Only<Admin> = Only::new();
/// The administrator's token, for changes.
pub(super) const ADMIN_CHANGES: Only<AdminChange> = Only::new();
/// Every token; buyers and sources see only their own data.
pub(super) const TENANTS: Only<Tenant> = Only::new();
/// Every token, for recordings.
pub(super) const LISTENERS: Only<Listener> = Only::new();

/// What a request proves about its sender. Only [`Access::admit`] creates one.
pub(super) trait Access: Sized + Send + 'static {
    /// Who is admitted.
    const WHO: Who;

    /// Checks a request. Fails with 401 or 403.
    fn admit(request: &mut Incoming) -> impl Future<Output = Result<Self, Problem>> + Send;

    /// Returns what of callers the sender may see.
    fn sight(&self) -> Sight {
        Sight::Whole
    }
}

/// Access for everyone, without a token.
pub(super) struct Public;

impl Access for Public {
    const WHO: Who = Who::Public;

    async fn admit(_: &mut Incoming) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// An access that requires a token.
trait ByToken: Sized + Send + 'static {
    const WHO: Who;

    fn of(token: Token) -> Self;

    fn sight(&self) -> Sight {
        Sight::Whole
    }
}

impl<A: ByToken> Access for A {
    const WHO: Who = A::WHO;

    async fn admit(request: &mut Incoming) -> Result<Self, Problem> {
        let Incoming { site, parts, .. } = request;
        token_of(site, &parts.headers, Self::WHO).await.map(Self::of)
    }

    fn sight(&self) -> Sight {
        ByToken::sight(self)
    }
}

/// Returns the token of a request, if its role is admitted. Fails with 401 or 403.
pub(super) async fn token_of(site: &Site, headers: &HeaderMap, who: Who) -> Result<Token, Problem> {
    let secret = bearer(headers).ok_or(Problem::Unauthorized)?;
    let now = site.clock.now().wall;
    let found = site.store.token_check(secret, now).await?;
    let live = found.filter(|token| token.state(now) == TokenState::Live);
    let token = live.ok_or(Problem::Unauthorized)?;
    if who.admits(&token.role) { Ok(token) } else { Err(Problem::Forbidden(token.role.name())) }
}

/// Returns what the activity log records of a request by the holder of a token.
pub(super) fn mutation(incoming: &Incoming, token: Token, action: Action) -> Mutation {
    let Incoming { site, parts, segments, .. } = incoming;
    let via = format!("{} {}", parts.method, parts.uri.path());
    let mut by = Mutation::by_token(token.id, token.name, action, &via, site.clock.now().wall);
    by.subject = segments.first().cloned();
    // The address of the connection's peer: a header could name any address.
    by.address = parts.extensions.get().map(|Peer(address)| address.to_canonical());
    by
}

/// An access that changes things. Only [`super::change`] creates one, when it begins the change in
/// the activity log.
pub(super) trait Changing: Sized + Send + 'static {
    /// Who is admitted.
    const WHO: Who;

    /// Creates the access for a change that was begun with a token of this role.
    fn of(by: Mutation, role: Role) -> Self;
}

/// Access to read everything; what tells of callers only as the role may see it.
pub(super) struct Staff {
    sight: Sight,
}

impl ByToken for Staff {
    const WHO: Who = Who::Staff;

    fn of(token: Token) -> Self {
        Self { sight: sight_of(&token.role) }
    }

    fn sight(&self) -> Sight {
        self.sight
    }
}

/// Access to make changes.
pub(super) struct Writer {
    /// The change. The write takes it, and notes in the activity log what it did.
    pub(super) by: Mutation,
}

impl Changing for Writer {
    const WHO: Who = Who::Writers;

    fn of(by: Mutation, _: Role) -> Self {
        Self { by }
    }
}

/// Access to send form leads.
pub(super) struct Sender {
    /// The token.
    pub(super) token: TokenId,
}

impl ByToken for Sender {
    const WHO: Who = Who::Writers;

    fn of(token: Token) -> Self {
        Self { token: token.id }
    }
}

/// Access for the administrator.
pub(super) struct Admin;

impl ByToken for Admin {
    const WHO: Who = Who::Admin;

    fn of(_: Token) -> Self {
        Self
    }
}

/// Access for the administrator to make changes.
pub(super) struct AdminChange {
    /// The change, as with [`Writer`].
    pub(super) by: Mutation,
}

impl Changing for AdminChange {
    const WHO: Who = Who::Admin;

    fn of(by: Mutation, _: Role) -> Self {
        Self { by }
    }
}

/// Access to the data that the token may see.
pub(super) struct Tenant {
    /// Whose data may be seen. Every query takes it.
    pub(super) scope: Scope,
    /// What of callers may be seen.
    pub(super) sight: Sight,
}

impl ByToken for Tenant {
    const WHO: Who = Who::Tenants;

    fn of(token: Token) -> Self {
        Self { sight: sight_of(&token.role), scope: scope_of(token.role) }
    }

    fn sight(&self) -> Sight {
        self.sight
    }
}

/// Access to return sales within the token's scope.
pub(super) struct Returner {
    /// The change, as with [`Writer`].
    pub(super) by: Mutation,
    /// Whose sales may be returned.
    pub(super) scope: Scope,
}

impl Changing for Returner {
    const WHO: Who = Who::Returners;

    fn of(by: Mutation, role: Role) -> Self {
        Self { by, scope: scope_of(role) }
    }
}

/// Returns what of callers a role may see. A buyer and a source see the callers of their own calls.
const fn sight_of(role: &Role) -> Sight {
    match role {
        Role::Admin | Role::Operator | Role::Buyer(_) | Role::Source(_) => Sight::Whole,
        Role::Analyst => Sight::Masked,
    }
}

/// Returns whose data a role may see.
fn scope_of(role: Role) -> Scope {
    match role {
        Role::Admin | Role::Operator | Role::Analyst => Scope::All,
        Role::Buyer(buyer) => Scope::Buyer(buyer),
        Role::Source(source) => Scope::Source(source),
    }
}

/// Access to the recordings that the token may hear. Every download is logged.
pub(super) struct Listener {
    /// Whose recordings may be heard.
    pub(super) scope: Scope,
    /// The download, for the activity log.
    pub(super) by: Mutation,
}

impl Access for Listener {
    const WHO: Who = Who::Tenants;

    async fn admit(request: &mut Incoming) -> Result<Self, Problem> {
        const DOWNLOAD: Action = Action::new(Verb::Download, EntityKind::Recording);
        let token = token_of(&request.site, &request.parts.headers, Self::WHO).await?;
        let by = mutation(request, token.clone(), DOWNLOAD);
        let Tenant { scope, .. } = Tenant::of(token);
        Ok(Self { scope, by })
    }
}

/// Returns the token of an `Authorization: Bearer` header (RFC 6750 §2.1). The scheme is compared
/// without regard to case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let fits = (1..=TOKEN_BYTES_MAX).contains(&token.len());
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(token)
}
