//! The delivery of form leads in a contract.

use utoipa::openapi::OneOfBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Field;
use super::boolean;
use super::field;
use super::keys::entry;
use super::keys::one_or_many;
use super::list;
use super::map;
use super::refer;
use super::text;
use super::whole;
use super::word;
use crate::base::Method;
use crate::base::Money;
use crate::book::AnswerFormat;
use crate::book::Otherwise;
use crate::book::SentCredentials;

/// Returns the schema of a delivery.
pub(super) fn delivery() -> RefOr<Schema> {
    let mut keys = exchange();
    keys.push(field("timeout", text(), "A duration from `1s` to `60s`; `10s` by default."));
    keys.push(field("ping", ping(), "How the buyer is asked for a bid in an auction."));
    keys.push(field("status", status(), "How the buyer is asked what became of its leads."));
    keys.push(field("post", text(), "HTTPS URL with tokens such as `{field.zip}`."));
    keys.push(field("later", boolean(), "True: a lead is sold first, and posted afterwards."));
    keys.push(field("email", email(), "The e-mail with a lead, after its sale."));
    keys.push(field(
        "sheet",
        sheet(),
        "The sheet of Google Sheets that gets a row, after the sale.",
    ));
    entry(&[], keys)
}

/// Returns the schema of the question for a lead's status.
fn status() -> RefOr<Schema> {
    let mut keys = exchange();
    keys.push(field("contacted", one_or_list(mark()), "Marks of a lead whose person was reached."));
    keys.push(field(
        "lost",
        one_or_list(mark()),
        "Marks of a lead that the buyer will not sell to.",
    ));
    keys.push(field("returned", one_or_list(mark()), "Marks of a lead that the buyer returns."));
    keys.push(field("interval", text(), "A duration from `5m` to `1d`; `1h` by default."));
    keys.push(field("for", text(), "A duration from `1d` to `90d`; `30d` by default."));
    let url = field("url", text(), "HTTPS URL with tokens.");
    entry(
        &[url, field("converted", one_or_list(mark()), "Marks of a lead that the buyer sold to.")],
        keys,
    )
}

/// Returns the schema of an e-mail.
fn email() -> RefOr<Schema> {
    entry(
        &[field("to", one_or_many(), "Mailboxes.")],
        vec![
            field("subject", text(), "One line with tokens."),
            field("text", text(), "Plain text with tokens; by default a list of all fields."),
            field("html", text(), "HTML with tokens."),
        ],
    )
}

/// Returns the schema of a sheet.
fn sheet() -> RefOr<Schema> {
    entry(
        &[
            field("spreadsheet", text(), "Id of the spreadsheet."),
            field("account", text(), "Key of a service account: `{secret.name}`."),
            field("columns", list(text()), "Values of a row, with tokens."),
        ],
        vec![
            field("range", text(), "Range whose table gets the row; `A1` by default."),
            field("url", text(), "Where the API is; `https://sheets.googleapis.com` by default."),
        ],
    )
}

/// Returns the schema of a bidder for calls: a URL, or a table.
pub(super) fn bidder() -> RefOr<Schema> {
    let confirm = {
        let mut keys = exchange();
        keys.push(field("timeout", text(), "A duration from `100ms` to `10s`; `2s` by default."));
        let table = entry(&[field("url", text(), "HTTPS URL with tokens.")], keys);
        OneOfBuilder::new().item(text()).item(table).into()
    };
    let mut keys = ping_keys();
    keys.push(field("expose_caller_id", boolean(), "True: bidders are told the caller's number."));
    keys.push(field("allow", list(text()), "Destinations that a bid may name."));
    keys.push(field("buffer_max", text(), "Longest duration that a bid may require."));
    keys.push(field("confirm", confirm, "The request that confirms the bid that has won."));
    let table = entry(&[field("url", text(), "HTTPS URL with tokens.")], keys);
    OneOfBuilder::new().item(text()).item(table).into()
}

fn ping_keys() -> Vec<Field<'static>> {
    let mut keys = exchange();
    keys.push(field("max", refer::<Money>(), "Highest bid that is taken."));
    keys.push(field("counts", text(), "Share of a bid that is compared: `90%`."));
    keys
}

/// Returns the schema of a request for a bid: a URL, or a table.
fn ping() -> RefOr<Schema> {
    let keys = ping_keys();
    let table = entry(&[field("url", text(), "HTTPS URL with tokens.")], keys);
    OneOfBuilder::new().item(text()).item(table).into()
}

/// Returns the keys of a request to a buyer, beside that of its URL.
fn exchange() -> Vec<Field<'static>> {
    let methods = Method::ALL.iter().map(|(name, _)| *name);
    let places = SentCredentials::ALL.iter().map(|(name, _)| *name);
    let auth = entry(
        &[],
        vec![
            field("username", text(), "User name of Basic authentication; needs `password`."),
            field("password", text(), "Password: `{secret.name}`."),
            field("bearer", text(), "Token: `{secret.name}`."),
            field("token_url", text(), "Token endpoint of OAuth 2.0; needs client id and secret."),
            field("client_id", text(), "Id of the client."),
            field("client_secret", text(), "Secret of the client: `{secret.name}`."),
            field("scope", text(), "Requested scope."),
            field("credentials", word(places), "Where they are sent; `header` by default."),
        ],
    );
    vec![
        field("method", word(methods), "`POST` by default."),
        field("format", word(["json", "form", "xml"]), "Format of what is sent."),
        field("root", text(), "Root of an XML document; `lead` by default."),
        field("headers", map(text()), "Further headers; values may have tokens."),
        field("auth", auth, "How the switch authenticates itself."),
        field("fields", map(sent()), "Values by the buyer's names; by default all fields."),
        field("body", text(), "Body with tokens, instead of `fields`."),
        field("response", response(), "What the answers mean."),
    ]
}

/// Returns the schema of a value that is sent.
fn sent() -> RefOr<Schema> {
    let table = entry(
        &[field("value", text(), "Text with tokens.")],
        vec![
            field("words", map(text()), "The buyer's words for values."),
            field("default", text(), "What is sent if the value is empty or unknown."),
        ],
    );
    OneOfBuilder::new().item(text()).item(table).into()
}

fn response() -> RefOr<Schema> {
    let formats = AnswerFormat::ALL.iter().map(|(name, _)| *name);
    let others = Otherwise::ALL.iter().map(|(name, _)| *name);
    let marks = |name, about| field(name, one_or_list(mark()), about);
    let parts = |name, about| field(name, one_or_list(part()), about);
    entry(
        &[],
        vec![
            field("format", word(formats), "Format of the answers, whatever they say."),
            field("verdict", boolean(), "False: the buyer gives no verdict."),
            marks("accepted", "Marks of an accepted lead."),
            marks("rejected", "Marks of a rejected lead."),
            marks("duplicate", "Marks of a lead that the buyer has already."),
            marks("error", "Marks of an error at the buyer, which does not have the lead."),
            field("otherwise", word(others), "What an answer without any mark means."),
            parts("reason", "Where the reason of a rejection is."),
            field("reason_default", text(), "The reason, if the answer has none."),
            parts("price", "Where the price is."),
            parts("reference", "Where the buyer's id of the lead is."),
            parts("redirect", "Where the URL of the consumer's next page is."),
            parts("expires", "Where the end of a bid's life is: a time, or seconds."),
            parts("destination", "Where the number or SIP address of a call is."),
            parts("duration", "Where the billable duration of a call is, in seconds."),
        ],
    )
}

fn one_or_list(schema: RefOr<Schema>) -> RefOr<Schema> {
    OneOfBuilder::new().item(schema.clone()).item(list(schema)).into()
}

fn mark() -> RefOr<Schema> {
    let status = whole(200, 499);
    entry(
        &[],
        vec![
            field("path", text(), "Dotted path into the answer; the whole text without one."),
            field("is", one_or_many(), "The text is one of these, in any case."),
            field("words", one_or_many(), "The text has one of these as whole words."),
            field("regex", text(), "The pattern matches in the text."),
            field("present", boolean(), "True: the value is known and not empty."),
            field("status", one_or_list(status), "The HTTP status is one of these."),
        ],
    )
}

fn part() -> RefOr<Schema> {
    let captured = entry(&[field("regex", text(), "The first group of this pattern.")], Vec::new());
    OneOfBuilder::new().item(text()).item(captured).into()
}
