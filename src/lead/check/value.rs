//! The normal form of a value.

use std::net::IpAddr;
use std::time::Duration;

use jiff::civil::Date;

use crate::base::Phone;
use crate::base::Wall;
use crate::base::is_host;
use crate::base::is_port;
use crate::base::print_duration;
use crate::base::split_port;
use crate::book::Decimal;
use crate::book::EmailAddress;
use crate::book::FormKind;
use crate::book::Limits;
use crate::book::Pattern;
use crate::book::Zip;

use super::consent;
use super::date;
use super::fault::FaultCode;
use super::moment;
use super::state_name;

/// How far the clock of a source may be ahead of ours.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_secs(300);
/// Longest list of choices in a sentence, in characters.
const CHOICES_CHARS_MAX: usize = 200;

/// What values are checked against, besides their type.
#[derive(Debug)]
pub(super) struct Checks {
    /// The time.
    pub(super) now: Wall,
    /// Its day, in UTC.
    pub(super) today: Date,
}

/// Why a value is not valid.
#[derive(Debug)]
pub(super) struct Invalid {
    pub(super) code: FaultCode,
    /// The sentence, after the field's name.
    pub(super) why: String,
}

impl Invalid {
    fn new(code: FaultCode, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
    }
}

impl Checks {
    /// Returns the normal form of a value that is not blank.
    pub(super) fn normal(&self, kind: &FormKind, text: &str) -> Result<String, Invalid> {
        match kind {
            FormKind::Text { length, pattern } => {
                let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                let length = length.as_ref().map(|length| (*length.start(), *length.end()));
                words(text, characters, length, pattern.as_ref())
            }
            FormKind::Number(limits) => number(text, *limits).map(|number| number.to_string()),
            FormKind::Integer(limits) => integer(text, *limits),
            FormKind::Date(limits) => date(text, *limits),
            FormKind::BirthDate(limits) => self.birth_date(text, *limits),
            FormKind::Phone => match text.parse::<Phone>() {
                Ok(phone) => Ok(phone.e164().to_owned()),
                Err(_) => Err(Invalid::new(FaultCode::Phone, "is not a phone number")),
            },
            FormKind::Email => match text.parse::<EmailAddress>() {
                Ok(email) => Ok(email.as_str().to_lowercase()),
                Err(_) => Err(Invalid::new(FaultCode::Email, "is not an e-mail address")),
            },
            FormKind::Zip => zip(text),
            FormKind::State => match state_name::state(text) {
                Some(state) => Ok(state.as_str().to_owned()),
                None => Err(Invalid::new(FaultCode::State, "is not a state of the United States")),
            },
            FormKind::Bool => flag(text),
            FormKind::Choice(choices) => choice(text, choices),
            FormKind::Url => url(text),
            FormKind::Ip => match text.parse::<IpAddr>() {
                Ok(address) => Ok(address.to_string()),
                Err(_) => Err(Invalid::new(FaultCode::Ip, "is not an IP address")),
            },
            FormKind::ConsentText => Ok(text.to_owned()),
            FormKind::ConsentTime(max_age) => self.consent_time(text, *max_age),
            FormKind::TrustedForm => consent::trusted_form(text).ok_or_else(|| {
                let why = "is not the URL of a certificate at cert.trustedform.com";
                Invalid::new(FaultCode::TrustedForm, why)
            }),
            FormKind::Jornaya => consent::jornaya(text).ok_or_else(|| {
                Invalid::new(FaultCode::Jornaya, "is not a Jornaya LeadiD, which is a UUID")
            }),
        }
    }

    fn consent_time(&self, text: &str, max_age: Duration) -> Result<String, Invalid> {
        let why = "is not a time: write it like 2026-11-29T12:00:00Z, or as seconds since 1970";
        let at = moment::parse(text).ok_or_else(|| Invalid::new(FaultCode::Time, why))?;
        if at > self.now + CLOCKS_DIFFER_MAX {
            return Err(Invalid::new(FaultCode::ConsentAhead, "is in the future"));
        }
        if at + max_age < self.now {
            let age = print_duration(max_age);
            return Err(Invalid::new(FaultCode::ConsentOld, format!("is over {age} ago")));
        }
        Ok(at.to_string())
    }

    fn birth_date(&self, text: &str, limits: Limits<u8>) -> Result<String, Invalid> {
        let born = date::parse(text).ok_or_else(not_a_date)?;
        let age = date::age(born, self.today);
        let age = age.ok_or_else(|| Invalid::new(FaultCode::Date, "is not a date of birth"))?;
        match limits {
            Limits { min: Some(min), .. } if age < min => {
                Err(Invalid::new(FaultCode::TooYoung, format!("gives an age below {min}")))
            }
            Limits { max: Some(max), .. } if age > max => {
                Err(Invalid::new(FaultCode::TooOld, format!("gives an age above {max}")))
            }
            Limits { .. } => Ok(born.to_string()),
        }
    }
}

fn words(
    text: &str,
    characters: u64,
    length: Option<(u64, u64)>,
    pattern: Option<&Pattern>,
) -> Result<String, Invalid> {
    match length {
        Some((least, _)) if characters < least => {
            return Err(Invalid::new(
                FaultCode::TooShort,
                format!("has fewer than {least} characters"),
            ));
        }
        Some((_, most)) if characters > most => {
            return Err(Invalid::new(
                FaultCode::TooLong,
                format!("has more than {most} characters"),
            ));
        }
        Some(_) | None => {}
    }
    match pattern {
        Some(pattern) if !pattern.matches(text) => {
            Err(Invalid::new(FaultCode::Pattern, format!("does not match {}", pattern.as_str())))
        }
        Some(_) | None => Ok(text.to_owned()),
    }
}

fn number(text: &str, limits: Limits<Decimal>) -> Result<Decimal, Invalid> {
    let number: Decimal =
        text.parse().map_err(|_| Invalid::new(FaultCode::Type, "is not a number"))?;
    within(number, limits)
}

fn integer(text: &str, limits: Limits<Decimal>) -> Result<String, Invalid> {
    let not_whole = || Invalid::new(FaultCode::Type, "is not a whole number");
    let number: Decimal = text.parse().map_err(|_| not_whole())?;
    if number.micros() % 1_000_000 != 0 {
        return Err(not_whole());
    }
    within(number, limits).map(|number| number.to_string())
}

fn date(text: &str, limits: Limits<Date>) -> Result<String, Invalid> {
    let date = date::parse(text).ok_or_else(not_a_date)?;
    within(date, limits).map(|date| date.to_string())
}

fn not_a_date() -> Invalid {
    Invalid::new(FaultCode::Date, "is not a date: write it like 1984-12-24 or 12/24/1984")
}

/// Returns a value within limits.
fn within<T: PartialOrd + std::fmt::Display>(value: T, limits: Limits<T>) -> Result<T, Invalid> {
    match limits {
        Limits { min: Some(min), .. } if value < min => {
            Err(Invalid::new(FaultCode::TooSmall, format!("is below {min}")))
        }
        Limits { max: Some(max), .. } if value > max => {
            Err(Invalid::new(FaultCode::TooLarge, format!("is above {max}")))
        }
        Limits { .. } => Ok(value),
    }
}

/// Reads a zip, or the first five digits of a ZIP+4.
fn zip(text: &str) -> Result<String, Invalid> {
    let fault = || Invalid::new(FaultCode::Zip, "is not a zip: write five digits");
    let (five, rest) = match text.split_once(['-', ' ']) {
        Some((five, four)) => (five, Some(four)),
        None if text.len() == 9 && text.is_ascii() => {
            text.split_at_checked(5).map_or((text, None), |(five, four)| (five, Some(four)))
        }
        None => (text, None),
    };
    let is_four = |four: &str| four.len() == 4 && four.bytes().all(|byte| byte.is_ascii_digit());
    if rest.is_some_and(|four| !is_four(four)) {
        return Err(fault());
    }
    let zip: Zip = five.parse().map_err(|_| fault())?;
    match zip.state() {
        Some(_) => Ok(zip.to_string()),
        None => Err(Invalid::new(FaultCode::Zip, "is a zip that is not in use")),
    }
}

fn flag(text: &str) -> Result<String, Invalid> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "on" => Ok("true".to_owned()),
        "false" | "no" | "n" | "0" | "off" => Ok("false".to_owned()),
        _ => Err(Invalid::new(FaultCode::Type, "is neither yes nor no")),
    }
}

fn choice(text: &str, choices: &[String]) -> Result<String, Invalid> {
    let lower = text.to_lowercase();
    let exact = choices.iter().find(|choice| *choice == text);
    let chosen = exact.or_else(|| choices.iter().find(|choice| choice.to_lowercase() == lower));
    chosen.cloned().ok_or_else(|| {
        let all: String = choices.join(", ").chars().take(CHOICES_CHARS_MAX).collect();
        Invalid::new(FaultCode::NotAllowed, format!("is none of: {all}"))
    })
}

fn url(text: &str) -> Result<String, Invalid> {
    let clean = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let is_web = rest.is_some_and(|rest| {
        let (host, port) = split_port(rest.split(['/', '?', '#']).next().unwrap_or_default());
        is_host(host) && port.is_none_or(is_port)
    });
    if is_web && text.chars().all(clean) {
        return Ok(text.to_owned());
    }
    Err(Invalid::new(FaultCode::Url, "is not a URL that begins with https:// or http://"))
}
