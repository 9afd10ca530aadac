//! Reads `[[postback]]`.

use crate::base::Method;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::BodyFormat;
use crate::book::Concern;
use crate::book::EmailAddress;
use crate::book::EventKind;
use crate::book::EventValue;
use crate::book::FieldRule;
use crate::book::HttpReceiver;
use crate::book::Noun;
use crate::book::Postback;
use crate::book::PostbackBody;
use crate::book::Receiver;
use crate::book::Spot;
use crate::book::Template;
use crate::book::Token;

use super::context::Context;
use super::filters;
use super::headers;
use super::template;
use super::url;

const KEYS: &[&str] = &[
    "id", "source", "buyer", "offer", "event", "filter", "url", "method", "headers", "body",
    "format", "email", "enabled",
];
/// Keys of an HTTP receiver.
const HTTP_KEYS: &[&str] = &["url", "method", "headers", "body", "format"];
/// The id that the path of the list of dead deliveries takes.
const RESERVED: &str = "dead";

/// Most postbacks of a book: each event is compared with each of them.
const POSTBACKS_MAX: usize = 1_000;
/// Longest body, in bytes.
const BODY_BYTES_MAX: usize = 16 * 1_024;
/// Most mailboxes or field filters of one postback.
const LIST_MAX: usize = 20;
pub(super) fn read<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Postback> {
    table.check_keys(KEYS, &[], &mut cx.report);
    cx.postbacks += 1;
    if cx.postbacks == POSTBACKS_MAX + 1 {
        let message = format!("a book has at most {POSTBACKS_MAX} postbacks");
        cx.report.error(table.at(), message, "");
    }
    let id = table.needed("id", &mut cx.report);
    let id = id.and_then(|id| match id.as_text() {
        Some(RESERVED) => {
            let message = format!("a postback cannot be called `{RESERVED}`");
            let hint = "the path /v1/postbacks/dead lists failed deliveries; use another id";
            cx.report.error(id.at(), message, hint);
            None
        }
        Some(_) | None => id.parse(&mut cx.report),
    });
    let of = concern(table, cx);
    let events = table.needed("event", &mut cx.report);
    let events = events.and_then(|value| events_of(&value, of.as_ref(), &mut cx.report));
    let filter = match table.value("filter") {
        Some(value) => field_filter(&value, events.as_deref(), cx),
        None => Some(Vec::new()),
    };
    let receiver = receiver(table, of.as_ref().unwrap_or(&Concern::All), cx);
    let enabled =
        table.value("enabled").map_or(Some(true), |enabled| enabled.boolean(&mut cx.report));
    Some(Postback {
        id: id?,
        of: of?,
        events: events?,
        filter: filter?,
        receiver: receiver?,
        enabled: enabled?,
    })
}

/// Reads `source`, `buyer` or `offer`: at most one of them.
fn concern<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Concern> {
    let given: Vec<Value<'d>> =
        ["source", "buyer", "offer"].into_iter().filter_map(|key| table.value(key)).collect();
    let (names, report) = (&cx.names, &mut cx.report);
    match given.as_slice() {
        [] => Some(Concern::All),
        [id] => match id.key() {
            "source" => names.refer(Noun::Source, id, report).map(Concern::Source),
            "buyer" => names.refer(Noun::Buyer, id, report).map(Concern::Buyer),
            _ => names.refer(Noun::Offer, id, report).map(Concern::Offer),
        },
        [first, second, ..] => {
            let message = format!("`{}` beside `{}`", second.key(), first.key());
            let hint = "a postback is for one of source, buyer and offer, or for all: keep one";
            report.error(second.key_at(), message, hint);
            None
        }
    }
}

fn events_of(
    value: &Value<'_>,
    of: Option<&Concern>,
    report: &mut Report<'_>,
) -> Option<Vec<EventKind>> {
    let items = value.list_or_one(report)?;
    if items.is_empty() {
        report.error(value.at(), "`event` is empty: nothing is sent", "name one or more events");
        return None;
    }
    let choices = EventKind::ALL.map(|kind| (kind.name(), kind));
    let mut events: Vec<EventKind> = Vec::new();
    for item in &items {
        let kind = item.choice(&choices, &[], report)?;
        if let Some(why) = of.and_then(|of| of.refuses(kind)) {
            report.error(item.at(), format!("`{kind}` is never reported here"), why);
            return None;
        }
        if events.contains(&kind) {
            report.error(item.at(), format!("`{kind}` is listed twice"), "");
            return None;
        }
        events.push(kind);
    }
    Some(events)
}

fn field_filter<'d>(
    value: &Value<'d>,
    events: Option<&[EventKind]>,
    cx: &mut Context<'d, '_>,
) -> Option<Vec<FieldRule>> {
    let items = value.list(&mut cx.report)?;
    if let Some(kind) = events.into_iter().flatten().find(|kind| !kind.has_record()) {
        let message = format!("`filter` beside the event `{kind}`, which has no fields");
        cx.report.error(value.key_at(), message, "make two postbacks");
        return None;
    }
    few(value, items.len(), &mut cx.report)?;
    let patterns = &mut cx.patterns;
    let mut rules = Vec::new();
    for item in items {
        rules.push(filters::field_rule(item, patterns, &mut cx.report));
    }
    rules.into_iter().collect()
}

/// Reports a list that is too long.
fn few(value: &Value<'_>, items: usize, report: &mut Report<'_>) -> Option<()> {
    if items <= LIST_MAX {
        return Some(());
    }
    report.error(value.at(), format!("`{}` has over {LIST_MAX} items", value.key()), "");
    None
}

fn receiver<'d>(table: &Table<'d>, of: &Concern, cx: &mut Context<'d, '_>) -> Option<Receiver> {
    match (table.value("url"), table.value("email")) {
        (Some(url), None) => http_receiver(table, &url, of, cx).map(Box::new).map(Receiver::Http),
        (None, Some(mailboxes)) => {
            for key in HTTP_KEYS.iter().filter_map(|key| table.value(key)) {
                let message = format!("`{}` beside `email`", key.key());
                cx.report.error(key.key_at(), message, "remove one of them");
            }
            email(&mailboxes, &mut cx.report).map(Receiver::Email)
        }
        (Some(_), Some(mailboxes)) => {
            cx.report.error(mailboxes.key_at(), "`email` beside `url`", "make two postbacks");
            None
        }
        (None, None) => {
            let message = format!("{} has no receiver", table.name());
            cx.report.error(table.at(), message, "add `url`, or `email`");
            None
        }
    }
}

fn email(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<EmailAddress>> {
    let items = value.list_or_one(report)?;
    if items.is_empty() {
        report.error(value.at(), "`email` is empty: nothing is sent", "name a mailbox");
        return None;
    }
    few(value, items.len(), report)?;
    let read: Vec<_> = items.iter().map(|item| item.parse(report)).collect();
    read.into_iter().collect()
}

fn http_receiver<'d>(
    table: &Table<'d>,
    url: &Value<'d>,
    of: &Concern,
    cx: &mut Context<'d, '_>,
) -> Option<HttpReceiver> {
    let reach = cx.beside.reach;
    let report = &mut cx.report;
    let url_text = url::read(url, reach, report);
    let url = url_text.and_then(|_| template(url, Spot::Url, of, report));
    let method = match table.value("method") {
        Some(name) => name.choice(Method::ALL, &[], report),
        None => Some(Method::default()),
    };
    let headers = match table.value("headers") {
        Some(value) => {
            headers::read(&value, report, |value, report| template(value, Spot::Header, of, report))
        }
        None => Some(Vec::new()),
    };
    let format = match table.value("format") {
        Some(name) => name.choice(BodyFormat::ALL, &[], report),
        None => Some(BodyFormat::default()),
    };
    let body = match (table.value("body"), table.value("format")) {
        (None, Some(name)) => {
            report.error(name.key_at(), "`format` without `body`", "add `body`, or remove it");
            None
        }
        (None, None) => Some(None),
        (Some(value), _) if method == Some(Method::Get) => {
            report.error(value.key_at(), "`body` of a GET", "use POST, or put it into the `url`");
            None
        }
        (Some(value), _) => body_of(&value, format?, of, report).map(Some),
    };
    Some(HttpReceiver { url: url?, method: method?, headers: headers?, body: body? })
}

fn body_of(
    value: &Value<'_>,
    format: BodyFormat,
    of: &Concern,
    report: &mut Report<'_>,
) -> Option<PostbackBody> {
    value.words(BODY_BYTES_MAX, report)?;
    template(value, format.spot(), of, report).map(|text| PostbackBody { text, format })
}

/// Reads a template whose tokens the receiver may see.
fn template(
    value: &Value<'_>,
    spot: Spot,
    of: &Concern,
    report: &mut Report<'_>,
) -> Option<Template> {
    let known = EventValue::ALL.iter().map(|value| value.name());
    let template: Template = template::read(value, spot, known, report)?;
    let hidden = template.tokens().find(|token| !of.shows(token)).map(Token::to_string);
    if let Some(token) = hidden {
        let who = if matches!(of, Concern::Source(_)) { "source" } else { "buyer" };
        let message = format!("a {who}'s postback cannot show {{{token}}}");
        report.error(value.at(), message, "it belongs to the other side of the sale; remove it");
        return None;
    }
    Some(template)
}

#[cfg(test)]
mod tests;
