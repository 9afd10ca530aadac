//! Reads `[[postback]]`.

use std::net::IpAddr;

use crate::base::Reach;
use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::BodyFormat;
use crate::book::Concern;
use crate::book::EmailAddress;
use crate::book::EventKind;
use crate::book::EventValue;
use crate::book::FieldRule;
use crate::book::HttpReceiver;
use crate::book::InvalidTemplate;
use crate::book::Noun;
use crate::book::Postback;
use crate::book::PostbackBody;
use crate::book::PostbackMethod;
use crate::book::Receiver;
use crate::book::Spot;
use crate::book::Template;
use crate::book::Token;

use super::context::Context;
use super::filters;

const KEYS: &[&str] = &[
    "id", "source", "buyer", "offer", "event", "filter", "url", "method", "headers", "body",
    "format", "email", "enabled",
];
/// Keys of an HTTP receiver.
const HTTP_KEYS: &[&str] = &["url", "method", "headers", "body", "format"];
/// Kinds of events that are planned.
const LATER: &[&str] = &["trunk.down"];
/// The id that the path of the list of dead deliveries takes.
const RESERVED: &str = "dead";

/// Most postbacks of a book: each event is compared with each of them.
const POSTBACKS_MAX: usize = 1_000;
/// Longest URL, in bytes.
const URL_BYTES_MAX: usize = 4_096;
/// Longest body, in bytes.
const BODY_BYTES_MAX: usize = 16 * 1_024;
/// Longest value of a header, in bytes.
const HEADER_BYTES_MAX: usize = 1_024;
/// Most headers, mailboxes, or field filters of one postback.
const LIST_MAX: usize = 20;
/// Headers that the switch or the connection sets.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

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
        let kind = item.choice(&choices, LATER, report)?;
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
    let url = url_of(url, of, reach, report);
    let method = match table.value("method") {
        Some(name) => name.choice(PostbackMethod::ALL, &[], report),
        None => Some(PostbackMethod::default()),
    };
    let headers = match table.value("headers") {
        Some(value) => headers_of(&value, of, report),
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
        (Some(value), _) if method == Some(PostbackMethod::Get) => {
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
    let spot = match format {
        BodyFormat::Json => Spot::Json,
        BodyFormat::Form => Spot::Url,
        BodyFormat::Xml => Spot::Xml,
        BodyFormat::Text => Spot::Text,
    };
    value.words(BODY_BYTES_MAX, report)?;
    template(value, spot, of, report).map(|text| PostbackBody { text, format })
}

fn headers_of(
    value: &Value<'_>,
    of: &Concern,
    report: &mut Report<'_>,
) -> Option<Vec<(String, Template)>> {
    let table = value.table(report)?;
    let given: Vec<Value<'_>> = table.values().collect();
    few(value, given.len(), report)?;
    let mut headers = Vec::new();
    for header in given {
        headers.push(header_of(&header, of, report));
    }
    headers.into_iter().collect()
}

fn header_of(
    header: &Value<'_>,
    of: &Concern,
    report: &mut Report<'_>,
) -> Option<(String, Template)> {
    let name = header.key().to_ascii_lowercase();
    // A token of RFC 9110 §5.6.2.
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_name) {
        let message = format!("`{}` is not the name of a header", clip(header.key()));
        report.error(header.key_at(), message, "");
        return None;
    }
    if OWN_HEADERS.contains(&name.as_str()) {
        let hint = if name == "content-type" { "use `format`" } else { "remove it" };
        let message = format!("the switch sets the header `{name}` itself");
        report.error(header.key_at(), message, hint);
        return None;
    }
    let text = header.words(HEADER_BYTES_MAX, report)?;
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let message = format!("the header `{name}` has other than printable ASCII characters");
        report.error(header.at(), message, "");
        return None;
    }
    template(header, Spot::Header, of, report).map(|value| (name, value))
}

/// Reads a template whose tokens the receiver may see.
fn template(
    value: &Value<'_>,
    spot: Spot,
    of: &Concern,
    report: &mut Report<'_>,
) -> Option<Template> {
    let key = value.key();
    let template = match Template::parse(value.text(report)?, spot) {
        Ok(template) => template,
        Err(InvalidTemplate::Token(name)) => {
            let names = EventValue::ALL.iter().map(|value| value.name());
            let hint = report.meant(&name, names).unwrap_or_else(|| {
                format!("for what the caller or the flow said: {{field.{name}}}, {{tag.{name}}}")
            });
            let message = format!("`{key}` has the unknown token `{{{}}}`", clip(&name));
            report.error(value.at(), message, hint);
            return None;
        }
        Err(InvalidTemplate::Json(why)) => {
            let hint = "mend it, or choose another `format`: form, xml, text";
            report.error(value.at(), format!("`{key}` is not JSON: {why}"), hint);
            return None;
        }
    };
    let hidden = template.tokens().find(|token| !of.shows(token)).map(Token::to_string);
    if let Some(token) = hidden {
        let who = if matches!(of, Concern::Source(_)) { "source" } else { "buyer" };
        let message = format!("a {who}'s postback cannot show {{{token}}}");
        report.error(value.at(), message, "it belongs to the other side of the sale; remove it");
        return None;
    }
    Some(template)
}

/// Reads the URL: `https`, or `http` to an address of the private network where that is allowed.
fn url_of(
    value: &Value<'_>,
    of: &Concern,
    reach: Reach,
    report: &mut Report<'_>,
) -> Option<Template> {
    let text = value.words(URL_BYTES_MAX, report)?;
    let (fault, hint) = match Site::parse(text) {
        None => (
            format!("`{}` is not a web address", clip(text)),
            "write https:// and a host that has no tokens; no user, no fragment, no spaces",
        ),
        Some(Site { address: Some(address), .. }) if !reach.allows(address) => (
            format!("`{address}` is not a public address"),
            "[outbound] allow_private would allow it",
        ),
        Some(Site { is_local: true, .. }) if reach == Reach::Public => (
            "this host is in the private network".to_owned(),
            "[outbound] allow_private would allow it",
        ),
        Some(Site { is_secure: false, address, .. })
            if address.is_none_or(|address| Reach::Public.allows(address)) =>
        {
            ("`http://` sends data of callers in clear".to_owned(), "use https://")
        }
        Some(_) => return template(value, Spot::Url, of, report),
    };
    report.error(value.at(), fault, hint);
    None
}

/// The server of a URL.
struct Site {
    is_secure: bool,
    /// Whether the name is one of the private network: `localhost`, `host.internal`.
    is_local: bool,
    /// The address, if the host is one.
    address: Option<IpAddr>,
}

impl Site {
    /// Returns the server of a URL; `None` if the text is not a URL that may be requested.
    fn parse(text: &str) -> Option<Self> {
        let clean = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '#');
        if !text.chars().all(clean) {
            return None;
        }
        let (is_secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, port) = split_port(rest.get(..end)?);
        if !is_host(host) || port.is_some_and(|port| !is_port(port)) {
            return None;
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        // A client would read it as the number of an IPv4 address.
        if last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            return None;
        }
        let address = name.trim_matches(['[', ']']).parse().ok();
        let is_local = matches!(last, "localhost" | "local" | "internal" | "lan" | "home")
            || name.ends_with("home.arpa");
        Some(Self { is_secure, is_local, address })
    }
}

#[cfg(test)]
mod tests;
