//! `[quota]`: where counters, holds and turns are kept.

use std::path::PathBuf;
use std::str::FromStr;

use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;
use crate::base::toml::Report;
use crate::base::toml::Table;

use super::Secret;
use super::secret;
use super::section::table_of;

const NAME_BYTES_MAX: usize = 64;
const USERNAME_BYTES_MAX: usize = 256;
const PATH_BYTES_MAX: usize = 4_096;
/// Most Sentinels.
const SERVERS_MAX: usize = 16;
/// The usual port of a Redis server, and of a Sentinel.
const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
const DATABASE_MAX: i64 = 65_535;

/// `[quota]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Where counters, holds and turns are kept.
    pub url: QuotaUrl,
    /// Name of the counters: nodes that sell the same book from one database use one name.
    pub name: String,
    /// Account at Redis.
    pub account: RedisAccount,
    /// File with the certificates of the authorities, in PEM, that may vouch for Redis; `None`: those
    /// that the system trusts.
    pub certificate_authority: Option<PathBuf>,
}

impl Default for Quota {
    fn default() -> Self {
        let name = "strowger".to_owned();
        let account = RedisAccount::default();
        Self { url: QuotaUrl::Memory, name, account, certificate_authority: None }
    }
}

/// Where counters, holds and turns are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuotaUrl {
    /// `memory:`: in the memory of this process.
    Memory,
    /// In a Redis server that nodes share.
    Redis(RedisUrl),
}

/// A Redis server, found directly or by Sentinels:
/// `redis[s]://[user:password@]host[:port][/database]`,
/// `redis[s]+sentinel://[user:password@]host[:port],…/service[/database]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisUrl {
    /// Hosts and ports: of the server, or of its Sentinels.
    pub servers: Vec<(String, u16)>,
    /// The service that the Sentinels watch; `None` without Sentinels.
    pub service: Option<String>,
    /// Whether connections use TLS.
    pub tls: bool,
    /// Number of the database. 0 to 65,535.
    pub database: i64,
    /// Account in the address.
    account: RedisAccount,
}

/// An account at a Redis server. Without a name it is the default user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedisAccount {
    /// Its name.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
}

impl FromStr for QuotaUrl {
    type Err = String;

    /// Parses the address. Errors do not show it, because it may contain a password.
    fn from_str(text: &str) -> Result<Self, String> {
        let redis = |tls, by_sentinel, rest| read_redis(tls, by_sentinel, rest).map(Self::Redis);
        match text.split_once("://") {
            None if text == "memory:" => Ok(Self::Memory),
            Some(("redis", rest)) => redis(false, false, rest),
            Some(("rediss", rest)) => redis(true, false, rest),
            Some(("redis+sentinel", rest)) => redis(false, true, rest),
            Some(("rediss+sentinel", rest)) => redis(true, true, rest),
            Some(_) | None => Err("invalid quota address: use memory:, redis://HOST:PORT, \
                                   rediss://HOST:PORT, or redis+sentinel://HOST:PORT,…/SERVICE"
                .to_owned()),
        }
    }
}

fn read_redis(tls: bool, by_sentinel: bool, rest: &str) -> Result<RedisUrl, String> {
    let (account, place) = match rest.rsplit_once('@') {
        Some((account, place)) => (read_account(account)?, place),
        None => (RedisAccount::default(), rest),
    };
    let (hosts, path) = place.split_once('/').unwrap_or((place, ""));
    let port = if by_sentinel { SENTINEL_PORT } else { REDIS_PORT };
    let servers = hosts.split(',').map(|host| read_server(host, port));
    let servers = servers.collect::<Result<Vec<(String, u16)>, String>>()?;
    if servers.len() > SERVERS_MAX || (servers.len() > 1 && !by_sentinel) {
        let most = if by_sentinel { SERVERS_MAX } else { 1 };
        return Err(format!("too many Redis hosts: at most {most}"));
    }
    let (service, database) = match (by_sentinel, path.split_once('/')) {
        (false, _) => (None, path),
        (true, Some((service, database))) => (Some(service), database),
        (true, None) => (Some(path), ""),
    };
    if service == Some("") {
        return Err(
            "redis+sentinel: needs the service: redis+sentinel://HOST:PORT,…/SERVICE".to_owned()
        );
    }
    let database = match database {
        "" => 0,
        text => text.parse().ok().filter(|number| (0..=DATABASE_MAX).contains(number)).ok_or(
            format!(
                "the path of a Redis address is its database: a number from 0 to {DATABASE_MAX}"
            ),
        )?,
    };
    Ok(RedisUrl { servers, service: service.map(str::to_owned), tls, database, account })
}

fn read_server(text: &str, default: u16) -> Result<(String, u16), String> {
    let (host, port) = split_port(text);
    let number = port.map_or(Some(default), |port| port.parse().ok());
    let number = number.filter(|_| is_host(host) && port.is_none_or(is_port));
    let number = number.ok_or("invalid Redis host: write it like redis.internal:6379")?;
    Ok((host.trim_matches(['[', ']']).to_owned(), number))
}

fn read_account(text: &str) -> Result<RedisAccount, String> {
    let (username, password) = text.split_once(':').unwrap_or((text, ""));
    let simple = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"%/@".contains(&b));
    if !simple(username) || !simple(password) {
        return Err("user and password in a Redis address are read as they are, without % / @: \
                    set `username` and `password` instead"
            .to_owned());
    }
    let username = Some(username.to_owned()).filter(|name| !name.is_empty());
    let password = Some(Secret::of(password)).filter(|_| !password.is_empty());
    Ok(RedisAccount { username, password })
}

/// Reads the section.
pub(super) fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Quota {
    let Some(table) = table_of(root, "quota", report) else { return Quota::default() };
    let url = table.value("url").and_then(|url| url.parse(report));
    let url = url.unwrap_or(QuotaUrl::Memory);
    let name = table.value("name").and_then(|name| name.parse_by(read_name, report));
    let username = table.value("username");
    let username = username.and_then(|name| name.words(USERNAME_BYTES_MAX, report));
    let mut account = RedisAccount { username: username.map(str::to_owned), password: None };
    account.password = table.value("password").and_then(|own| secret::read(&own, variable, report));
    if let QuotaUrl::Redis(redis) = &url
        && redis.account != RedisAccount::default()
    {
        if account != RedisAccount::default() {
            let hint = "keep one of both";
            report.error(table.at(), "[quota] has an account in `url` and beside it", hint);
        }
        account = redis.account.clone();
    }
    let authority = table.value("certificate_authority");
    let authority = authority.and_then(|path| path.words(PATH_BYTES_MAX, report));
    if authority.is_some() && !matches!(&url, QuotaUrl::Redis(redis) if redis.tls) {
        let hint = "use rediss:// or rediss+sentinel://, or remove it";
        report.error(table.at(), "`certificate_authority` needs a `url` with TLS", hint);
    }
    let certificate_authority = authority.map(PathBuf::from);
    Quota { url, name: name.unwrap_or(Quota::default().name), account, certificate_authority }
}

fn read_name(text: &str) -> Result<String, String> {
    let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    if clean && (1..=NAME_BYTES_MAX).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    Err("`name` must be 1 to 64 letters, digits, `.`, `_`, `-`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("redis://h", Some(("h:6379", None, false, 0))),
            ("redis://127.0.0.1:7000/3", Some(("127.0.0.1:7000", None, false, 3))),
            ("rediss://[2001:db8::1]:6380", Some(("2001:db8::1:6380", None, true, 0))),
            ("redis://me:secret@h", Some(("h:6379", None, false, 0))),
            ("redis+sentinel://a,b:7/main", Some(("a:26379 b:7", Some("main"), false, 0))),
            ("rediss+sentinel://a/main/2", Some(("a:26379", Some("main"), true, 2))),
            ("redis+sentinel://a,b", None),
            ("redis://a,b", None),
            ("redis://", None),
            ("redis://h:0", None),
            ("redis://h/x", None),
            ("redis://h/65536", None),
            ("redis://a%40b:c@h", None),
            ("memory://", None),
            ("http://h", None),
        ] {
            let read = text.parse::<QuotaUrl>().ok();
            let found = read.map(|url| {
                let QuotaUrl::Redis(redis) = url else { panic!("{text}") };
                let servers = redis.servers.iter().map(|(host, port)| format!("{host}:{port}"));
                let servers = servers.collect::<Vec<_>>().join(" ");
                (servers, redis.service, redis.tls, redis.database)
            });
            let expected = expected.map(|(servers, service, tls, database)| {
                (servers.to_owned(), service.map(str::to_owned), tls, database)
            });
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn accounts_are_in_the_address_or_beside_it() {
        let variable = |name: &str| (name == "PASS").then(|| "hidden".to_owned());
        let read = |text: &str| Settings::parse("s", text, &variable);
        let quota = read("quota.url = 'redis://me:hidden@h'").unwrap().quota;
        assert_eq!(quota.account.username.as_deref(), Some("me"));
        assert!(!format!("{quota:?}").contains("hidden"));
        let text = "[quota]\nurl = 'redis://h'\npassword = 'env:PASS'\nname = 'west'";
        let quota = read(text).unwrap().quota;
        assert_eq!(quota.account.password.as_ref().map(Secret::expose), Some("hidden"));
        assert_eq!((quota.account.username, quota.name.as_str()), (None, "west"));
        let faults = read("[quota]\nurl = 'redis://me:x@h'\npassword = 'env:PASS'").unwrap_err();
        let fault = faults[0].to_string();
        assert!(fault.contains("[quota] has an account in `url` and beside it"), "{fault}");
    }
}
