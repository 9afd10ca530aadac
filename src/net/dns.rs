//! Where hosts are: SRV, A, and AAAA records (RFC 3263, without NAPTR).

use std::fmt;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::Resolver;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::ConnectionConfig;
use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::config::NameServerConfig;
use hickory_resolver::config::ResolverConfig;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::Record;
use hickory_resolver::proto::rr::RecordType;
use hickory_resolver::proto::rr::rdata::SRV;

use crate::base::Preference;
use crate::sip::Transport;

/// Most servers of one host: of more SRV records, those with the lowest priorities are used.
pub const SERVERS_MAX: usize = 16;
/// Most addresses of one server that are used.
const ADDRESSES_MAX: usize = 32;
/// How long a name server may take to answer before it is asked again.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// How often a name server is asked.
const ATTEMPTS: usize = 2;
/// Range of the time for which an answer holds, whatever its records say.
const TTL: std::ops::RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3_600);

/// Preference of the only server of a host.
const ONLY: Preference = Preference { priority: 0, weight: 0 };

/// A host that takes SIP requests, as a URI names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SipHost {
    /// Transport of the requests.
    pub transport: Transport,
    /// Its name, not an address.
    pub name: String,
    /// Port in the URI: without one, SRV records are looked for.
    pub port: Option<u16>,
}

/// A server of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Name of the server: the target of the SRV record, else the host.
    pub name: String,
    /// Port.
    pub port: u16,
    /// Preference among the servers of the host.
    pub preference: Preference,
    /// Its addresses; at least one.
    pub addresses: Vec<IpAddr>,
}

/// What DNS says about a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Its servers; at least one, and at most [`SERVERS_MAX`].
    pub servers: Vec<Server>,
    /// How long the answer holds: 5 s to 1 hour.
    pub ttl: Duration,
}

/// Why a host was not located.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// No record, no answer, or an error of the name server.
    #[error("{0}")]
    Dns(String),
    /// The SRV record says that there is no such service (RFC 2782: the target is `.`).
    #[error("its SRV record says that it takes no calls by this transport")]
    NoService,
    /// Its SRV records name servers, none of which has an address.
    #[error("no server of its SRV records has an address")]
    NoAddress,
}

/// Asks name servers. Keeps no answers.
pub struct Dns(TokioResolver);

impl Dns {
    /// Creates a client of these name servers, or of the system's if there are none. A system
    /// without readable settings asks the name server of the machine itself.
    ///
    /// # Errors
    /// [`LocateError::Dns`]: the system's sources of randomness or files failed.
    pub fn new(nameservers: &[SocketAddr]) -> Result<Self, LocateError> {
        let provider = TokioRuntimeProvider::default;
        let local = || vec![NameServerConfig::udp_and_tcp(IpAddr::from([127, 0, 0, 1]))];
        let with = |servers| ResolverConfig::from_parts(None, Vec::new(), servers);
        let mut builder = if nameservers.is_empty() {
            Resolver::builder(provider())
                .unwrap_or_else(|_| Resolver::builder_with_config(with(local()), provider()))
        } else {
            let servers = nameservers.iter().map(nameserver).collect();
            Resolver::builder_with_config(with(servers), provider())
        };
        let options = builder.options_mut();
        // Answers are kept where they are used, for as long as they hold.
        options.cache_size = 0;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        (options.timeout, options.attempts) = (ANSWER_MAX, ATTEMPTS);
        builder.build().map(Self).map_err(|error| LocateError::Dns(error.to_string()))
    }

    /// Locates a host: by its SRV records if the URI has no port, else, and without such records,
    /// by its addresses (RFC 3263 §4.2). If name servers fail to say whether there are SRV records,
    /// its addresses are used if nothing better is known (`is_known`).
    ///
    /// # Errors
    /// [`LocateError`].
    pub async fn locate(&self, host: &SipHost, is_known: bool) -> Result<Located, LocateError> {
        if host.port.is_none() {
            match self.0.lookup(service(host), RecordType::SRV).await {
                Ok(found) => {
                    let mut records: Vec<(&SRV, u32)> =
                        found.answers().iter().filter_map(srv).collect();
                    if !records.is_empty() {
                        records.sort_by_key(|(record, _)| record.priority);
                        records.truncate(SERVERS_MAX);
                        return self.servers(&records).await;
                    }
                }
                Err(error) if error.is_no_records_found() => {}
                Err(error) if is_known => return Err(failure(&error)),
                Err(_) => {}
            }
        }
        let port = host.port.unwrap_or(host.transport.default_port());
        let (addresses, ttl) = self.addresses(&host.name).await?;
        let server = Server { name: host.name.clone(), port, preference: ONLY, addresses };
        Ok(Located { servers: vec![server], ttl: bounded(ttl) })
    }

    async fn servers(&self, records: &[(&SRV, u32)]) -> Result<Located, LocateError> {
        if records.iter().all(|(record, _)| record.target.is_root()) {
            return Err(LocateError::NoService);
        }
        let mut servers = Vec::new();
        let mut ttl = records.iter().map(|(_, ttl)| *ttl).min().unwrap_or_default();
        for (record, _) in records {
            let target = record.target.to_utf8();
            // The others may have addresses.
            let Ok((addresses, lasts)) = self.addresses(&target).await else { continue };
            ttl = ttl.min(lasts);
            let SRV { priority, weight, port, .. } = **record;
            let (preference, name) = (Preference { priority, weight }, target);
            let name = name.trim_end_matches('.').to_owned();
            servers.push(Server { name, port, preference, addresses });
        }
        if servers.is_empty() {
            return Err(LocateError::NoAddress);
        }
        Ok(Located { servers, ttl: bounded(ttl) })
    }

    /// Returns the addresses of a name, and the seconds for which they hold.
    async fn addresses(&self, name: &str) -> Result<(Vec<IpAddr>, u32), LocateError> {
        let found = self.0.lookup_ip(name).await.map_err(|error| failure(&error))?;
        let records = found.as_lookup().answers();
        let ttl = records.iter().map(|record| record.ttl).min().unwrap_or_default();
        let addresses = records.iter().filter_map(|record| record.data.ip_addr());
        let addresses: Vec<IpAddr> =
            addresses.map(|ip| ip.to_canonical()).take(ADDRESSES_MAX).collect();
        if addresses.is_empty() {
            return Err(LocateError::NoAddress);
        }
        Ok((addresses, ttl))
    }
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dns")
    }
}

fn nameserver(address: &SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    NameServerConfig::new(address.ip(), true, connections)
}

/// Returns the name of the SRV records of a host (RFC 3263 §4.1), which no search list completes.
fn service(host: &SipHost) -> String {
    let service = match host.transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    };
    format!("{service}.{}.", host.name.trim_end_matches('.'))
}

fn srv(record: &Record) -> Option<(&SRV, u32)> {
    match &record.data {
        RData::SRV(srv) => Some((srv, record.ttl)),
        _ => None,
    }
}

fn bounded(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into()).clamp(*TTL.start(), *TTL.end())
}

fn failure(error: &NetError) -> LocateError {
    if error.is_nx_domain() {
        return LocateError::Dns("there is no such name".to_owned());
    }
    if error.is_no_records_found() {
        return LocateError::Dns("the name has no address".to_owned());
    }
    LocateError::Dns(error.to_string())
}
