//! Reads how form leads are delivered after their sale: `{ to, subject, text, html }` and
//! `{ spreadsheet, range, account, columns, url }`.

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::EmailAddress;
use crate::book::Later;
use crate::book::LeadEmail;
use crate::book::LeadSheet;
use crate::book::LeadToken;
use crate::book::Spot;
use crate::book::Template;

use super::auth;
use super::context::Context;
use super::template;
use super::url;

const EMAIL_KEYS: &[&str] = &["to", "subject", "text", "html"];
const SHEET_KEYS: &[&str] = &["spreadsheet", "range", "account", "columns", "url"];

/// Most mailboxes of one delivery.
const MAILBOXES_MAX: usize = 20;
/// Longest subject, in bytes.
const SUBJECT_BYTES_MAX: usize = 500;
/// Longest text, in bytes.
const TEXT_BYTES_MAX: usize = 16 * 1_024;
/// Most columns of a row.
const COLUMNS_MAX: usize = 100;
/// Longest template of a column, in bytes.
const COLUMN_BYTES_MAX: usize = 1_024;
/// Longest id of a spreadsheet, or range, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Reads an e-mail.
pub(super) fn email(value: &Value<'_>, report: &mut Report<'_>) -> Option<Later> {
    let table = value.table(report)?;
    table.check_keys(EMAIL_KEYS, &[], report);
    let to = table.needed("to", report).and_then(|to| mailboxes(&to, report));
    let subject = match table.value("subject") {
        Some(value) => text(&value, SUBJECT_BYTES_MAX, Spot::Text, report),
        None => Template::parse(LeadEmail::SUBJECT, Spot::Text).ok(),
    };
    let plain = maybe(&table, "text", Spot::Text, report);
    let html = maybe(&table, "html", Spot::Xml, report);
    let email = LeadEmail { to: to?, subject: subject?, text: plain?, html: html? };
    Some(Later::Email(Box::new(email)))
}

fn mailboxes(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<EmailAddress>> {
    let items = value.list_or_one(report)?;
    if items.is_empty() || items.len() > MAILBOXES_MAX {
        let message = format!("`to` has from 1 to {MAILBOXES_MAX} mailboxes");
        report.error(value.at(), message, "");
        return None;
    }
    let read: Vec<_> = items.iter().map(|item| item.parse(report)).collect();
    read.into_iter().collect()
}

/// Reads a text that may be missing. The outer `None` is a fault.
fn maybe(
    table: &Table<'_>,
    key: &str,
    spot: Spot,
    report: &mut Report<'_>,
) -> Option<Option<Template<LeadToken>>> {
    match table.value(key) {
        Some(value) => text(&value, TEXT_BYTES_MAX, spot, report).map(Some),
        None => Some(None),
    }
}

fn text(
    value: &Value<'_>,
    bytes_max: usize,
    spot: Spot,
    report: &mut Report<'_>,
) -> Option<Template<LeadToken>> {
    value.words(bytes_max, report)?;
    template::of_lead(value, spot, report)
}

/// Reads a sheet.
pub(super) fn sheet<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Later> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(SHEET_KEYS, &[], &mut cx.report);
    let url = match table.value("url") {
        Some(value) => base(&value, cx),
        None => Template::parse(LeadSheet::URL, Spot::Url).ok(),
    };
    let report = &mut cx.report;
    let spreadsheet = table.needed("spreadsheet", report).and_then(|id| spreadsheet(&id, report));
    let range = match table.value("range") {
        Some(value) => range(&value, report),
        None => Some(LeadSheet::RANGE.to_owned()),
    };
    let account =
        table.needed("account", report).and_then(|account| auth::secret(&account, report));
    let columns = table.needed("columns", report).and_then(|columns| columns_of(&columns, report));
    let sheet = LeadSheet {
        url: url?,
        spreadsheet: spreadsheet?,
        range: range?,
        account: account?,
        columns: columns?,
    };
    Some(Later::Sheet(Box::new(sheet)))
}

/// Reads the address of an API: a URL without path.
fn base<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Template<LeadToken>> {
    let text = url::read(value, cx.beside.reach, &mut cx.report)?;
    let host = text.split_once("://").map_or(text, |(_, host)| host);
    if host.contains(['/', '?', '{']) {
        cx.report.error(value.at(), "`url` has more than a host", "leave out the path");
        return None;
    }
    template::of_lead(value, Spot::Url, &mut cx.report)
}

/// Reads the id of a spreadsheet: the part of its address between `/d/` and `/edit`.
fn spreadsheet(value: &Value<'_>, report: &mut Report<'_>) -> Option<String> {
    let text = value.words(NAME_BYTES_MAX, report)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !text.chars().all(fits) {
        let message = format!("`{}` is not the id of a spreadsheet", clip(text));
        report.error(value.at(), message, "copy what stands between /d/ and /edit in its address");
        return None;
    }
    Some(text.to_owned())
}

fn range(value: &Value<'_>, report: &mut Report<'_>) -> Option<String> {
    let text = value.words(NAME_BYTES_MAX, report)?;
    if text.chars().any(char::is_control) {
        report.error(value.at(), "`range` has control characters", "");
        return None;
    }
    Some(text.to_owned())
}

fn columns_of(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<Template<LeadToken>>> {
    let items = value.list(report)?;
    if items.is_empty() || items.len() > COLUMNS_MAX {
        report.error(value.at(), format!("`columns` has from 1 to {COLUMNS_MAX} items"), "");
        return None;
    }
    let one = |item: &Value<'_>, report: &mut Report<'_>| {
        if item.text(report)?.len() > COLUMN_BYTES_MAX {
            let message = format!("a column is over {COLUMN_BYTES_MAX} bytes");
            report.error(item.at(), message, "");
            return None;
        }
        template::of_lead(item, Spot::Text, report)
    };
    let read: Vec<_> = items.iter().map(|item| one(item, report)).collect();
    read.into_iter().collect()
}
