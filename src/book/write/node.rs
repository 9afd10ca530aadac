//! A noun of a book as keys and values, before it is written as TOML, JSON or text.

use std::fmt;

use jiff::tz::TimeZone;

use crate::base::Money;

/// A value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A text.
    Text(String),
    /// A number, as written.
    Number(String),
    /// True or false.
    Flag(bool),
    /// An amount.
    Money(Money),
    /// Values in order.
    List(Vec<Node>),
    /// Keys and values.
    Table(Vec<(String, Node)>),
    /// Hours of each weekday, from Monday. Equal neighbours are written as one range.
    Week([Vec<String>; 7]),
}

/// Weekdays as keys, from Monday.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Node {
    /// Returns the text of a value.
    pub(super) fn text(value: impl fmt::Display) -> Node {
        Node::Text(value.to_string())
    }

    /// Returns a number.
    pub(super) fn number(value: impl fmt::Display) -> Node {
        Node::Number(value.to_string())
    }

    /// Returns the name of a time zone; `None` for UTC.
    pub(super) fn zone_unless_utc(zone: &TimeZone) -> Option<Node> {
        (*zone != TimeZone::UTC).then(|| Node::text(zone.iana_name().unwrap_or("UTC")))
    }

    /// Returns a list of texts.
    pub(super) fn texts<T: fmt::Display>(values: impl IntoIterator<Item = T>) -> Node {
        Node::List(values.into_iter().map(Node::text).collect())
    }

    /// Returns the keys of an amount.
    pub(super) fn money_keys(money: &Money) -> Vec<(String, Node)> {
        let keys = [
            ("amount", Node::text(money.amount())),
            ("currency", Node::text(money.currency().as_str())),
        ];
        keys.map(|(key, value)| (key.to_owned(), value)).into()
    }

    /// Returns the keys of a week: runs of equal days as `mon-fri`. Omits days without hours,
    /// unless no day has hours.
    pub(super) fn week_keys(days: &[Vec<String>; 7]) -> Vec<(String, Node)> {
        let mut keys = Vec::new();
        let mut named = DAYS.iter().zip(days).peekable();
        while let Some((first, hours)) = named.next() {
            let mut last = first;
            while let Some((next, _)) = named.next_if(|(_, others)| *others == hours) {
                last = next;
            }
            if !hours.is_empty() {
                let key =
                    if first == last { (*first).to_owned() } else { format!("{first}-{last}") };
                keys.push((key, Node::texts(hours)));
            }
        }
        if keys.is_empty() {
            keys.push(("mon-sun".to_owned(), Node::List(Vec::new())));
        }
        keys
    }
}

/// Prints texts without quotes, amounts with their currency, and lists and tables with commas.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Text(text) => f.write_str(text),
            Node::Number(number) => f.write_str(number),
            Node::Flag(flag) => write!(f, "{flag}"),
            Node::Money(money) => write!(f, "{money}"),
            Node::List(items) if items.is_empty() => f.write_str("none"),
            Node::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Node::Table(keys) => words(f, keys),
            Node::Week(days) => words(f, &Node::week_keys(days)),
        }
    }
}

fn words(f: &mut fmt::Formatter<'_>, keys: &[(String, Node)]) -> fmt::Result {
    for (i, (key, value)) in keys.iter().enumerate() {
        write!(f, "{}{key} {value}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}
