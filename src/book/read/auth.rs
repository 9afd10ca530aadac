//! Reads how the switch authenticates itself to a buyer: `{ username, password }`, `{ bearer }`, or
//! `{ token_url, client_id, client_secret, scope, credentials }`.

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::DeliveryAuth;
use crate::book::LeadToken;
use crate::book::OAuth;
use crate::book::SentCredentials;
use crate::book::Spot;
use crate::book::Template;

use super::context::Context;
use super::template;
use super::url;

const KEYS: &[&str] = &[
    "username",
    "password",
    "bearer",
    "token_url",
    "client_id",
    "client_secret",
    "scope",
    "credentials",
];
/// Keys beside `token_url`.
const CLIENT_KEYS: &[&str] = &["client_id", "client_secret", "scope", "credentials"];

/// Longest part of the credentials, in bytes.
const BYTES_MAX: usize = 512;

/// Reads the key `auth` of a request.
pub(super) fn read<'d>(
    value: &Value<'d>,
    request: &Table<'d>,
    cx: &mut Context<'d, '_>,
) -> Option<DeliveryAuth> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    check_header(request, &mut cx.report)?;
    let (username, password) = (table.value("username"), table.value("password"));
    let (bearer, token_url) = (table.value("bearer"), table.value("token_url"));
    let beside = CLIENT_KEYS.iter().find_map(|key| table.value(key));
    match (username, password, bearer, token_url) {
        (None, None, None, Some(token_url)) => {
            client(&table, &token_url, cx).map(DeliveryAuth::OAuth)
        }
        (Some(username), Some(password), None, None) if beside.is_none() => {
            basic(&username, &password, &mut cx.report)
        }
        (None, None, Some(token), None) if beside.is_none() => {
            secret(&token, &mut cx.report).map(DeliveryAuth::Bearer)
        }
        (_, _, _, _) => {
            let hint = match token_url.or(beside) {
                Some(_) => {
                    "write { token_url = \"https://…\", client_id = \"…\", client_secret = \
                     \"{secret.name}\" }"
                }
                None => {
                    "write { username = \"…\", password = \"{secret.name}\" } or { bearer = \
                     \"{secret.name}\" }"
                }
            };
            let message = "`auth` is neither user and password nor a token";
            cx.report.error(value.at(), message, hint);
            None
        }
    }
}

/// Reports a header that `auth` would set a second time.
fn check_header(request: &Table<'_>, report: &mut Report<'_>) -> Option<()> {
    let headers = request.value("headers").and_then(|headers| headers.table(report));
    let other = headers.iter().flat_map(Table::values);
    let other = other.filter(|header| header.key().eq_ignore_ascii_case("authorization")).last();
    let Some(header) = other else { return Some(()) };
    let message = "the header `authorization` beside `auth`";
    report.error(header.key_at(), message, "remove one of them");
    None
}

fn basic(
    username: &Value<'_>,
    password: &Value<'_>,
    report: &mut Report<'_>,
) -> Option<DeliveryAuth> {
    let name = credential(username, report);
    if username.as_text().is_some_and(|text| text.contains(':')) {
        // RFC 7617 §2: the first colon ends the user name.
        report.error(username.at(), "`username` has a colon", "");
        return None;
    }
    let password = secret(password, report);
    Some(DeliveryAuth::Basic { username: name?, password: password? })
}

/// Reads client credentials and where they are exchanged for a token.
fn client<'d>(table: &Table<'d>, token_url: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<OAuth> {
    let url = url::read(token_url, cx.beside.reach, &mut cx.report);
    let report = &mut cx.report;
    let token_url = url.and_then(|_| constant(token_url, Spot::Url, report));
    let client_id = table.needed("client_id", report);
    let client_id = client_id.and_then(|id| constant(&id, Spot::Text, report));
    let client_secret = table.needed("client_secret", report);
    let client_secret = client_secret.and_then(|own| {
        secret(&own, report)?;
        constant(&own, Spot::Text, report)
    });
    let scope = match table.value("scope") {
        Some(value) => value.words(BYTES_MAX, report).map(|text| Some(text.to_owned())),
        None => Some(None),
    };
    let credentials = match table.value("credentials") {
        Some(name) => name.choice(SentCredentials::ALL, &[], report),
        None => Some(SentCredentials::default()),
    };
    Some(OAuth {
        token_url: token_url?,
        client_id: client_id?,
        client_secret: client_secret?,
        scope: scope?,
        credentials: credentials?,
    })
}

/// Reads a value that is the same for every lead: one token serves many of them.
fn constant(value: &Value<'_>, spot: Spot, report: &mut Report<'_>) -> Option<Template<LeadToken>> {
    value.words(BYTES_MAX, report)?;
    let template = template::of_lead(value, spot, report)?;
    let of_lead = template.tokens().find(|token| !matches!(token, LeadToken::Secret(_)));
    if let Some(token) = of_lead {
        let message = format!("`{}` has `{{{token}}}`, which differs between leads", value.key());
        report.error(value.at(), message, "only {secret.name} may stand here");
        return None;
    }
    Some(template)
}

fn credential(value: &Value<'_>, report: &mut Report<'_>) -> Option<Template<LeadToken>> {
    value.words(BYTES_MAX, report)?;
    template::of_lead(value, Spot::Text, report)
}

/// Reads a secret. One that stands in the book itself is reported.
pub(super) fn secret(value: &Value<'_>, report: &mut Report<'_>) -> Option<Template<LeadToken>> {
    let template = credential(value, report)?;
    if template.tokens().next().is_none() {
        let message = format!("`{}` stands in the book, which its readers see", value.key());
        let hint = "put it under [secrets] of the settings, and write {secret.name}";
        report.warning(value.at(), message, hint);
    }
    Some(template)
}
