//! Connections to the Redis server that holds the counters.

use std::time::Duration;

use redis::AsyncConnectionConfig;
use redis::Client;
use redis::ConnectionAddr;
use redis::ErrorKind;
use redis::IntoConnectionInfo as _;
use redis::RedisConnectionInfo;
use redis::RedisError;
use redis::TlsCertificates;
use redis::TlsMode;
use redis::aio::MultiplexedConnection;
use redis::aio::PubSubStream;
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::sentinel::SentinelClient;
use redis::sentinel::SentinelClientBuilder;
use redis::sentinel::SentinelServerType;
use tokio::sync::Mutex;

use super::library::Library;
use crate::config::RedisAccount;
use crate::config::RedisUrl;

/// Longest time for a connection to be made and prepared.
const CONNECT_MAX: Duration = Duration::from_secs(1);
/// Longest time for the answer to one call. A caller waits meanwhile.
pub(super) const CALL_MAX: Duration = Duration::from_millis(250);
/// How long a connection may be silent before its other end is asked for a sign of life, and the
/// pause until it is asked again.
const SILENT: Duration = Duration::from_secs(5);
const PROBE: Duration = Duration::from_secs(2);
/// Begins a certificate in PEM.
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// The oldest release of Redis that has functions.
const MAJOR_MIN: u32 = 7;

/// How the server is found.
pub(super) enum Server {
    Direct(Box<Client>),
    Sentinels(Box<Mutex<SentinelClient>>),
}

/// A connection to the server, prepared for calls.
pub(super) struct Link {
    /// For calls.
    pub(super) connection: MultiplexedConnection,
    /// What the server announces.
    pub(super) announced: PubSubStream,
    /// Differs for each run of each server: a new one may have lost data.
    pub(super) run: String,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("no answer within {} s", CONNECT_MAX.as_secs())]
    Slow,
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error("Redis {0} is too old: {MAJOR_MIN}.0 or later is needed")]
    Old(String),
}

impl Server {
    /// Prepares connections to a server; connects to nothing yet.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub(super) fn new(
        url: &RedisUrl,
        account: &RedisAccount,
        authority: Option<&[u8]>,
    ) -> Result<Self, RedisError> {
        // The first provider installed stays, which is fine: every caller installs the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let keepalive = TcpKeepalive::new().with_time(SILENT).with_interval(PROBE);
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
        let password = account.password.as_ref().map(crate::config::Secret::expose);
        let addresses = url.servers.iter().map(|(host, port)| address(url.tls, host, *port));
        let has_none = |pem: &&[u8]| !pem.windows(PEM.len()).any(|text| text == PEM);
        if authority.filter(has_none).is_some() {
            let what = "the authority's file has no certificate in PEM";
            return Err((ErrorKind::InvalidClientConfig, what).into());
        }
        let certificates = authority.map(|authority| TlsCertificates {
            client_tls: None,
            root_cert: Some(authority.to_vec()),
        });
        let Some(service) = &url.service else {
            let first = addresses.into_iter().next();
            let first = first.ok_or((ErrorKind::InvalidClientConfig, "no Redis host"))?;
            let mut settings = RedisConnectionInfo::default().set_db(url.database);
            if let Some(username) = &account.username {
                settings = settings.set_username(username);
            }
            if let Some(password) = password {
                settings = settings.set_password(password);
            }
            let info = first.into_connection_info()?.set_redis_settings(settings);
            let info = info.set_tcp_settings(tcp);
            let client = match certificates {
                Some(certificates) => Client::build_with_tls(info, certificates)?,
                None => Client::open(info)?,
            };
            return Ok(Self::Direct(Box::new(client)));
        };
        let master = SentinelServerType::Master;
        let mut builder = SentinelClientBuilder::new(addresses, service, master)?
            .set_client_to_redis_db(url.database)
            .set_client_to_redis_tcp_settings(tcp.clone())
            .set_client_to_sentinel_tcp_settings(tcp);
        if url.tls {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        if let Some(certificates) = certificates {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
        if let Some(username) = &account.username {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = password {
            builder = builder.set_client_to_redis_password(password);
        }
        Ok(Self::Sentinels(Box::new(Mutex::new(builder.build()?))))
    }

    /// Connects, loads the functions, and follows a channel.
    pub(super) async fn connect(
        &self,
        library: &Library,
        channel: &str,
    ) -> Result<Link, LinkError> {
        let connected = tokio::time::timeout(CONNECT_MAX, self.prepare(library, channel));
        connected.await.map_err(|_| LinkError::Slow)?
    }

    async fn prepare(&self, library: &Library, channel: &str) -> Result<Link, LinkError> {
        let client = match self {
            Server::Direct(client) => (**client).clone(),
            Server::Sentinels(sentinels) => sentinels.lock().await.async_get_client().await?,
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_MAX))
            .set_response_timeout(Some(CALL_MAX));
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let about: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let value = |name: &str| about.lines().find_map(|line| line.strip_prefix(name));
        let version = value("redis_version:").unwrap_or("of an unknown release").to_owned();
        let major = version.split('.').next().and_then(|major| major.parse().ok());
        if major.is_none_or(|major: u32| major < MAJOR_MIN) {
            return Err(LinkError::Old(version));
        }
        let run = value("run_id:").unwrap_or_default().to_owned();
        let load = redis::cmd("FUNCTION").arg("LOAD").arg("REPLACE").arg(library.text()).to_owned();
        let _: String = load.query_async(&mut connection).await?;
        let mut announced = client.get_async_pubsub().await?;
        announced.subscribe(channel).await?;
        Ok(Link { connection, announced: announced.into_on_message(), run })
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Server::Direct(_) => "Direct",
            Server::Sentinels(_) => "Sentinels",
        })
    }
}

fn address(tls: bool, host: &str, port: u16) -> ConnectionAddr {
    let host = host.to_owned();
    if tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    }
}

#[cfg(test)]
mod tests;
