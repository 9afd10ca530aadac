//! TLS to a real server, with the certificate of a private authority.

use std::net::TcpListener;

use super::*;
use crate::config::QuotaUrl;
use crate::quota::redis::tests::redis_server::RedisServer;

#[path = "../../../../tests/support/authority.rs"]
mod authority;

use authority::Authority;

/// A server with TLS, and its authority.
struct Secured {
    _server: RedisServer,
    port: u16,
    authority: Authority,
}

impl Secured {
    /// Starts a server whose certificate is for a name.
    fn start(name: &str) -> Self {
        let authority = Authority::new(name);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = RedisServer::start_with(&authority.arguments(port));
        Self { _server: server, port, authority }
    }

    /// Connects as a node does; returns the run of the server, or why there is no connection.
    async fn connect(&self, authority: Option<&str>) -> Result<String, String> {
        let url = format!("rediss://127.0.0.1:{}", self.port);
        let Ok(QuotaUrl::Redis(url)) = url.parse() else { panic!("{url}") };
        let authority = authority.map(str::as_bytes);
        let server = Server::new(&url, &RedisAccount::default(), authority).unwrap();
        let link = server.connect(&Library::new(), "{test}:touched").await;
        link.map(|link| link.run).map_err(|error| error.to_string())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_authority_vouches_for_the_server() {
    let secured = Secured::start("127.0.0.1");
    let run = secured.connect(Some(&secured.authority.pem)).await.unwrap();
    assert_eq!(run.len(), 40);
    for other in [None, Some(Authority::new("127.0.0.1").pem)] {
        let why = secured.connect(other.as_deref()).await.unwrap_err();
        assert!(why.contains("invalid peer certificate: "), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_must_be_for_the_host() {
    let secured = Secured::start("redis.example");
    let why = secured.connect(Some(&secured.authority.pem)).await.unwrap_err();
    assert!(why.contains("invalid peer certificate: certificate not valid for name"), "{why}");
}

#[test]
fn an_authority_without_certificates_is_refused() {
    let Ok(QuotaUrl::Redis(url)) = "rediss://127.0.0.1".parse() else { panic!() };
    for bad in ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let made = Server::new(&url, &RedisAccount::default(), Some(bad.as_bytes()));
        assert!(made.is_err(), "{bad}");
    }
}
