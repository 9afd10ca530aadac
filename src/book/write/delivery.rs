//! Converts the delivery of form leads to keys and values.

use std::time::Duration;

use crate::base::Method;
use crate::base::Percent;
use crate::base::print_duration;
use crate::book::AnswerPart;
use crate::book::Bidder;
use crate::book::BodyFormat;
use crate::book::CallerId;
use crate::book::Confirm;
use crate::book::Delivery;
use crate::book::DeliveryAuth;
use crate::book::DeliveryBody;
use crate::book::DeliveryWay;
use crate::book::EmailAddress;
use crate::book::Exchange;
use crate::book::Judge;
use crate::book::Later;
use crate::book::LeadEmail;
use crate::book::LeadSheet;
use crate::book::Mark;
use crate::book::MarkTest;
use crate::book::Marks;
use crate::book::OAuth;
use crate::book::Otherwise;
use crate::book::Ping;
use crate::book::ResponseRule;
use crate::book::SentCredentials;
use crate::book::SentField;
use crate::book::StatusAsk;
use crate::book::XmlRoot;

use super::keys::Keys;
use super::node::Node;

/// Returns the keys of a delivery.
pub(super) fn delivery(delivery: &Delivery) -> Option<Node> {
    let Delivery { way, timeout, ping: asked, status } = delivery;
    let timeout = Some(*timeout).filter(|timeout| *timeout != Delivery::TIMEOUT);
    let keys = match way {
        DeliveryWay::Post(post) => exchange("post", post),
        DeliveryWay::Later(Later::Post(post)) => {
            exchange("post", post).with("later", Node::Flag(true))
        }
        DeliveryWay::Later(Later::Email(email)) => mailed(email),
        DeliveryWay::Later(Later::Sheet(sheet)) => appended(sheet),
    };
    keys.maybe("timeout", timeout.map(|timeout| Node::text(print_duration(timeout))))
        .maybe("ping", asked.as_deref().and_then(ping))
        .maybe("status", status.as_deref().and_then(status_ask))
        .table()
}

fn status_ask(status: &StatusAsk) -> Option<Node> {
    let StatusAsk { ask, converted, contacted, lost, returned, interval, within } = status;
    let unless = |own: &Duration, usual| {
        Some(own).filter(|own| **own != usual).map(|own| Node::text(print_duration(*own)))
    };
    exchange("url", ask)
        .listed("converted", converted.iter().map(mark).collect())
        .listed("contacted", contacted.iter().map(mark).collect())
        .listed("lost", lost.iter().map(mark).collect())
        .listed("returned", returned.iter().map(mark).collect())
        .maybe("interval", unless(interval, StatusAsk::INTERVAL))
        .maybe("for", unless(within, StatusAsk::WITHIN))
        .table()
}

fn mailed(email: &LeadEmail) -> Keys {
    let LeadEmail { to, subject, text, html } = email;
    let subject = Some(subject).filter(|subject| subject.as_str() != LeadEmail::SUBJECT);
    let to: Vec<&str> = to.iter().map(EmailAddress::as_str).collect();
    let keys = Keys::default()
        .with("to", Node::texts(&to))
        .maybe("subject", subject.map(Node::text))
        .maybe("text", text.as_ref().map(Node::text))
        .maybe("html", html.as_ref().map(Node::text));
    Keys::default().maybe("email", keys.table())
}

fn appended(sheet: &LeadSheet) -> Keys {
    let LeadSheet { url, spreadsheet, range, account, columns } = sheet;
    let url = Some(url).filter(|url| url.as_str() != LeadSheet::URL);
    let range = Some(range).filter(|range| *range != LeadSheet::RANGE);
    let columns = columns.iter().map(Node::text).collect();
    let keys = Keys::default()
        .with("spreadsheet", Node::text(spreadsheet))
        .maybe("range", range.map(Node::text))
        .with("account", Node::text(account))
        .with("columns", Node::List(columns))
        .maybe("url", url.map(Node::text));
    Keys::default().maybe("sheet", keys.table())
}

/// Returns the keys of a bidder.
pub(super) fn bidder(bidder: &Bidder) -> Option<Node> {
    let Bidder { ping, caller_id, allow, buffer_max, confirm } = bidder;
    let is_exposed = *caller_id == CallerId::Exposed;
    let buffer_max = Some(*buffer_max).filter(|longest| *longest != Bidder::BUFFER_MAX);
    let allow = Some(allow).filter(|allow| !allow.is_empty());
    ping_keys(ping)
        .maybe("expose_caller_id", is_exposed.then_some(Node::Flag(true)))
        .maybe("allow", allow.map(Node::texts))
        .maybe("buffer_max", buffer_max.map(|longest| Node::text(print_duration(longest))))
        .maybe("confirm", confirm.as_deref().and_then(confirmation))
        .table()
}

fn confirmation(confirm: &Confirm) -> Option<Node> {
    let Confirm { ask, timeout } = confirm;
    let timeout = Some(*timeout).filter(|timeout| *timeout != Confirm::TIMEOUT);
    exchange("url", ask)
        .maybe("timeout", timeout.map(|timeout| Node::text(print_duration(timeout))))
        .table()
}

fn ping(ping: &Ping) -> Option<Node> {
    ping_keys(ping).table()
}

fn ping_keys(ping: &Ping) -> Keys {
    let Ping { ask, max, counts } = ping;
    let counts = Some(counts).filter(|counts| **counts != Percent::WHOLE);
    exchange("url", ask).maybe("max", max.map(Node::Money)).maybe("counts", counts.map(Node::text))
}

fn exchange(address: &str, exchange: &Exchange) -> Keys {
    let Exchange { url, method, headers, auth, body, response } = exchange;
    let headers = headers.iter().map(|(name, value)| (name.clone(), Node::text(value)));
    let usual = match method {
        Method::Get => BodyFormat::Form,
        Method::Post | Method::Put => BodyFormat::default(),
    };
    let format = Some(body.format()).filter(|format| *format != usual);
    let (root, fields, text) = match body {
        DeliveryBody::All(_, root)
        | DeliveryBody::Partial(_, root)
        | DeliveryBody::Ringba(_, root, _) => (Some(root), None, None),
        DeliveryBody::Fields(_, root, fields) => (Some(root), sent_fields(fields), None),
        DeliveryBody::Text(_, text) => (None, None, Some(Node::text(text))),
    };
    let root = root.filter(|root| **root != XmlRoot::default());
    Keys::default()
        .with(address, Node::text(url))
        .maybe("method", (*method != Method::default()).then(|| Node::text(method.name())))
        .maybe("format", format.map(|format| Node::text(format.name())))
        .maybe("root", root.map(|XmlRoot(name)| Node::text(name)))
        .maybe("headers", Keys(headers.collect()).table())
        .maybe("auth", auth.as_ref().and_then(credentials))
        .maybe("fields", fields)
        .maybe("body", text)
        .maybe("response", response_rule(response))
}

fn credentials(auth: &DeliveryAuth) -> Option<Node> {
    let keys = match auth {
        DeliveryAuth::Basic { username, password } => Keys::default()
            .with("username", Node::text(username))
            .with("password", Node::text(password)),
        DeliveryAuth::Bearer(token) => Keys::default().with("bearer", Node::text(token)),
        DeliveryAuth::OAuth(OAuth { token_url, client_id, client_secret, scope, credentials }) => {
            let place = Some(credentials).filter(|own| **own != SentCredentials::default());
            Keys::default()
                .with("token_url", Node::text(token_url))
                .with("client_id", Node::text(client_id))
                .with("client_secret", Node::text(client_secret))
                .maybe("scope", scope.as_ref().map(Node::text))
                .maybe("credentials", place.map(|place| Node::text(place.name())))
        }
    };
    keys.table()
}

fn sent_fields(fields: &[SentField]) -> Option<Node> {
    let one = |field: &SentField| {
        let SentField { name, value, words, default } = field;
        let plain = words.is_empty() && default.is_none();
        let node = if plain {
            Node::text(value)
        } else {
            let words = words.iter().map(|(word, text)| (word.clone(), Node::text(text)));
            let keys = Keys::default()
                .with("value", Node::text(value))
                .maybe("words", Keys(words.collect()).table())
                .maybe("default", default.as_ref().map(Node::text));
            Node::Table(keys.0)
        };
        (name.to_string(), node)
    };
    Keys(fields.iter().map(one).collect()).table()
}

fn response_rule(rule: &ResponseRule) -> Option<Node> {
    let ResponseRule { format, judge, reason, reason_default, .. } = rule;
    let ResponseRule { price, reference, redirect, expires, destination, duration, .. } = rule;
    let keys = Keys::default().maybe("format", format.map(|format| Node::text(format.name())));
    let keys = match judge {
        Judge::Words => keys,
        Judge::Nothing => keys.with("verdict", Node::Flag(false)),
        Judge::Marks(judged) => {
            let Marks { error, duplicate, rejected, accepted, otherwise } = &**judged;
            let other = (*otherwise != Otherwise::default()).then(|| Node::text(otherwise.name()));
            keys.listed("accepted", accepted.iter().map(mark).collect())
                .listed("rejected", rejected.iter().map(mark).collect())
                .listed("duplicate", duplicate.iter().map(mark).collect())
                .listed("error", error.iter().map(mark).collect())
                .maybe("otherwise", other)
        }
    };
    keys.listed("reason", reason.iter().map(part).collect())
        .maybe("reason_default", reason_default.as_ref().map(Node::text))
        .listed("price", price.iter().map(part).collect())
        .listed("reference", reference.iter().map(part).collect())
        .listed("redirect", redirect.iter().map(part).collect())
        .listed("expires", expires.iter().map(part).collect())
        .listed("destination", destination.iter().map(part).collect())
        .listed("duration", duration.iter().map(part).collect())
        .table()
}

fn mark(mark: &Mark) -> Node {
    let keys = match mark {
        Mark::Status(statuses) => {
            let statuses = statuses.iter().map(Node::number).collect();
            Keys::default().with("status", Node::List(statuses))
        }
        Mark::Text { path, test } => {
            let keys = Keys::default().maybe("path", path.as_ref().map(Node::text));
            match test {
                MarkTest::Is(texts) => keys.with("is", Node::texts(texts)),
                MarkTest::Words(phrases) => keys.with("words", Node::texts(phrases)),
                MarkTest::Matches(pattern) => keys.with("regex", Node::text(pattern.as_str())),
                MarkTest::Present => keys.with("present", Node::Flag(true)),
            }
        }
    };
    Node::Table(keys.0)
}

fn part(part: &AnswerPart) -> Node {
    match part {
        AnswerPart::Path(path) => Node::text(path),
        AnswerPart::Capture(pattern) => {
            Node::Table(Keys::default().with("regex", Node::text(pattern.as_str())).0)
        }
    }
}
