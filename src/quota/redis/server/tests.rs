//! TLS to a real server, with the certificate of a private authority.

use std::net::TcpListener;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::IsCa;
use rcgen::KeyPair;
use tempfile::TempDir;

use super::*;
use crate::config::QuotaUrl;
use crate::quota::redis::tests::redis_server::RedisServer;

/// A server with TLS, and the certificate of its authority.
struct Secured {
    _server: RedisServer,
    _files: TempDir,
    port: u16,
    authority: String,
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

impl Secured {
    /// Starts a server whose certificate is for a name.
    fn start(name: &str) -> Self {
        let (authority, key) = (authority(), KeyPair::generate().unwrap());
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let files = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = files.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let authority = authority.pem();
        let more = [
            ["--tls-port".to_owned(), port.to_string()],
            ["--tls-cert-file".to_owned(), write("server.pem", &certificate.pem())],
            ["--tls-key-file".to_owned(), write("key.pem", &key.serialize_pem())],
            ["--tls-ca-cert-file".to_owned(), write("authority.pem", &authority)],
            ["--tls-auth-clients".to_owned(), "no".to_owned()],
        ];
        let server = RedisServer::start_with(&more.concat());
        Self { _server: server, _files: files, port, authority }
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
    let run = secured.connect(Some(&secured.authority)).await.unwrap();
    assert_eq!(run.len(), 40);
    for other in [None, Some(authority().pem())] {
        let why = secured.connect(other.as_deref()).await.unwrap_err();
        assert!(why.contains("invalid peer certificate: "), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_must_be_for_the_host() {
    let secured = Secured::start("redis.example");
    let why = secured.connect(Some(&secured.authority)).await.unwrap_err();
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
