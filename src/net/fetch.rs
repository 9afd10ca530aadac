//! HTTPS client for flows and carrier APIs. Time, size and number of requests are limited; it
//! connects to the private network only if the settings allow that, and follows no redirects.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::Method;
use reqwest::RequestBuilder;
use reqwest::Response;
use reqwest::Url;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use reqwest::header::CONTENT_TYPE;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;

use crate::base::FieldName;
use crate::base::Reach;
use crate::flow;
use crate::flow::Pointer;

/// Most concurrent requests; a further one waits, which counts towards its timeout.
const REQUESTS_MAX: usize = 64;
/// Idle connections kept open for one server.
const IDLE_MAX: usize = 8;
/// Timeout for connecting, including TLS; each request also has its own timeout.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";
/// Longest answer to a `<Lookup>`, in bytes.
pub const LOOKUP_BYTES_MAX: usize = 64 * 1024;

/// Reason why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// TLS cannot be set up, for example without trusted certificates.
    #[error("no request can be made: {0}")]
    Client(String),
    /// Not an `https` URL with a host.
    #[error("not an https URL")]
    Url,
    /// The address is in a private network.
    #[error("{0} is not a public address: [outbound] allow_private would allow it")]
    Private(String),
    /// The response was not complete in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
    /// A status other than 2xx.
    #[error("the answer has status {0}")]
    Status(u16),
    /// The response is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    Long(usize),
    /// The server could not be reached, or broke the connection.
    #[error("the request failed: {0}")]
    Request(String),
}

/// Credentials of a request.
#[derive(Clone, Copy)]
pub enum Credentials<'a> {
    /// No credentials.
    None,
    /// Account id and secret (RFC 7617).
    Basic {
        /// Id of the account.
        id: &'a str,
        /// Secret of the account.
        secret: &'a str,
    },
    /// Bearer token (RFC 6750).
    Bearer(&'a str),
}

/// Method of a request.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// `GET`.
    Show,
    /// `POST` of a form, as `name=value` pairs that are already encoded.
    Change(&'a str),
    /// `DELETE`.
    Remove,
}

/// A request whose answer's status is what counts.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// `GET`, `POST`, or `PUT`.
    pub method: &'a str,
    /// The URL.
    pub url: &'a str,
    /// Names and values.
    pub headers: &'a [(String, String)],
    /// The body; empty for none.
    pub body: &'a str,
}

/// The answer to a [`Report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// The status.
    pub status: u16,
    /// Pause that the server asks for, in seconds (RFC 9110 §10.2.3). A date is ignored.
    pub retry_after: Option<Duration>,
}

/// The answer to a request whose body counts too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// The status.
    pub status: u16,
    /// Pause that the server asks for, in seconds (RFC 9110 §10.2.3). A date is ignored.
    pub retry_after: Option<Duration>,
    /// The body; of a longer one, its beginning and more bytes than were asked for.
    pub body: Vec<u8>,
}

/// Why a request got no whole answer.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unanswered {
    /// What failed.
    pub error: FetchError,
    /// Whether the server may have received the request.
    pub was_sent: bool,
}

/// HTTPS client.
#[derive(Debug)]
pub struct Fetcher {
    client: Result<Client, String>,
    reach: Reach,
    places: Semaphore,
}

impl Fetcher {
    /// Creates a client that connects within `reach`. If TLS cannot be set up, each request returns
    /// that error.
    pub fn new(reach: Reach) -> Self {
        Self::with_places(reach, REQUESTS_MAX)
    }

    /// Creates a client like [`Fetcher::new`] for so many concurrent requests.
    pub fn with_places(reach: Reach, places: usize) -> Self {
        // The first provider installed stays, which is fine: every caller installs the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .https_only(reach == Reach::Public)
            .connect_timeout(CONNECT_MAX)
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(IDLE_MAX)
            .dns_resolver(Arc::new(Guarded(reach)))
            .build();
        let client = client.map_err(|error| chain(&error));
        Self { client, reach, places: Semaphore::new(places) }
    }

    /// Returns where the client may connect to.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Returns the body of the response. `timeout` covers name resolution and waiting for a free
    /// place.
    pub async fn get(
        &self,
        url: &str,
        timeout: Duration,
        bytes_max: usize,
    ) -> Result<Vec<u8>, FetchError> {
        self.ask(Ask::Show, Credentials::None, url, timeout, bytes_max).await
    }

    /// Does the same as [`Fetcher::get`] for any request and with credentials.
    pub async fn ask(
        &self,
        ask: Ask<'_>,
        credentials: Credentials<'_>,
        url: &str,
        timeout: Duration,
        bytes_max: usize,
    ) -> Result<Vec<u8>, FetchError> {
        let answer = tokio::time::timeout(timeout, self.fetch(ask, credentials, url, bytes_max));
        answer.await.unwrap_or(Err(FetchError::Late(timeout)))
    }

    /// Sends a request and returns the status of the answer, whatever it is. The status counts as
    /// soon as it has arrived. At most `bytes_max` of the body are read, so that the connection can
    /// be used again.
    pub async fn report(
        &self,
        report: Report<'_>,
        timeout: Duration,
        bytes_max: usize,
    ) -> Result<Reported, FetchError> {
        let mut reported = None;
        let whole = async {
            let (answer, _place) = self.send(report).await?;
            let retry_after = retry_after(&answer);
            reported = Some(Reported { status: answer.status().as_u16(), retry_after });
            // A connection whose answer does not end is closed.
            drop(body(answer, bytes_max).await);
            Ok(())
        };
        let ended = tokio::time::timeout(timeout, whole).await;
        match (reported, ended) {
            (Some(reported), _) => Ok(reported),
            (None, Ok(Err(error))) => Err(error),
            (None, Ok(Ok(())) | Err(_)) => Err(FetchError::Late(timeout)),
        }
    }

    /// Sends a request and returns status and body of the answer, whatever they are. At most
    /// `bytes_max` of the body are read, and the part that shows that it is longer.
    ///
    /// # Errors
    /// [`Unanswered`]: no whole answer came within `timeout`.
    pub async fn exchange(
        &self,
        report: Report<'_>,
        timeout: Duration,
        bytes_max: usize,
    ) -> Result<Exchanged, Unanswered> {
        let mut was_sent = false;
        let whole = async {
            let (request, _place) = self.prepared(report).await?;
            was_sent = true;
            let answer = request.send().await.map_err(|error| {
                was_sent = !error.is_connect();
                refused(&error)
            })?;
            let status = answer.status().as_u16();
            let retry_after = retry_after(&answer);
            Ok(Exchanged { status, retry_after, body: beginning(answer, bytes_max).await? })
        };
        let ended = tokio::time::timeout(timeout, whole).await;
        let ended = ended.unwrap_or(Err(FetchError::Late(timeout)));
        ended.map_err(|error| Unanswered { error, was_sent })
    }

    async fn send(
        &self,
        report: Report<'_>,
    ) -> Result<(Response, SemaphorePermit<'_>), FetchError> {
        let (request, place) = self.prepared(report).await?;
        let answer = request.send().await.map_err(|error| refused(&error))?;
        Ok((answer, place))
    }

    /// Returns a request that may be sent, and its place among the concurrent ones.
    async fn prepared(
        &self,
        report: Report<'_>,
    ) -> Result<(RequestBuilder, SemaphorePermit<'_>), FetchError> {
        let client = self.client.as_ref().map_err(|error| FetchError::Client(error.clone()))?;
        let url = self.allowed(report.url)?;
        let place = self.places.acquire().await;
        let place = place.map_err(|_| FetchError::Client("it is closed".to_owned()))?;
        let method = Method::from_bytes(report.method.as_bytes()).map_err(|_| FetchError::Url)?;
        let mut request = client.request(method, url);
        for (name, value) in report.headers {
            request = request.header(name, value);
        }
        if !report.body.is_empty() {
            request = request.body(report.body.to_owned());
        }
        Ok((request, place))
    }

    /// Requests JSON and returns fields of it. Logs the error and returns `None` if the request
    /// fails or the response is not JSON.
    pub async fn look_up(
        &self,
        url: &str,
        timeout: Duration,
        sets: &[(Pointer, FieldName)],
    ) -> Option<Vec<(FieldName, String)>> {
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let host = host.unwrap_or_default();
        // The URL is not logged: it contains what the caller typed.
        match self.get(url, timeout, LOOKUP_BYTES_MAX).await {
            Ok(answer) => {
                let found = flow::found(&answer, sets);
                if found.is_none() {
                    tracing::warn!(host, "a lookup failed: the answer is not JSON");
                }
                found
            }
            Err(error) => {
                tracing::warn!(host, %error, "a lookup failed");
                None
            }
        }
    }

    async fn fetch(
        &self,
        ask: Ask<'_>,
        credentials: Credentials<'_>,
        url: &str,
        bytes_max: usize,
    ) -> Result<Vec<u8>, FetchError> {
        let client = self.client.as_ref().map_err(|error| FetchError::Client(error.clone()))?;
        let url = self.allowed(url)?;
        let _place = self.places.acquire().await;
        let request = match ask {
            Ask::Show => client.get(url),
            Ask::Change(form) => client.post(url).header(CONTENT_TYPE, FORM).body(form.to_owned()),
            Ask::Remove => client.delete(url),
        };
        let request = match credentials {
            Credentials::None => request,
            Credentials::Basic { id, secret } => request.basic_auth(id, Some(secret)),
            Credentials::Bearer(token) => request.bearer_auth(token),
        };
        let answer = request.send().await.map_err(|error| refused(&error))?;
        if !answer.status().is_success() {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        body(answer, bytes_max).await
    }

    /// Returns the URL if it may be requested. A URL without TLS may only have an address in a
    /// private network, and only if the settings allow private networks.
    fn allowed(&self, url: &str) -> Result<Url, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Url)?;
        let host = url.host_str().ok_or(FetchError::Url)?;
        // An IP address needs no resolver, so `Guarded` would not check it.
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        if literal.is_some_and(|address| !self.reach.allows(address)) {
            return Err(FetchError::Private(host.to_owned()));
        }
        let own = literal.is_some_and(|address| !Reach::Public.allows(address));
        match url.scheme() {
            "https" => Ok(url),
            "http" if own => Ok(url),
            _ => Err(FetchError::Url),
        }
    }
}

/// Returns the pause that an answer asks for.
fn retry_after(answer: &Response) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs)
}

async fn body(mut answer: Response, bytes_max: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| refused(&error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(FetchError::Long(bytes_max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns the body, or its beginning if it is longer than `bytes_max`.
async fn beginning(mut answer: Response, bytes_max: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while body.len() <= bytes_max
        && let Some(chunk) = answer.chunk().await.map_err(|error| refused(&error))?
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Resolver that returns only addresses that may be connected to. The connection uses the checked
/// address, even if the name resolves to another one a moment later.
struct Guarded(Reach);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(FetchError::Private(name.as_str().to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn refused(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(FetchError::Private(host)) = inner.downcast_ref() {
            return FetchError::Private(host.clone());
        }
        cause = inner.source();
    }
    FetchError::Request(chain(error))
}

/// Returns an error and its causes, without the URL.
fn chain(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    if causes.is_empty() { "no cause given".to_owned() } else { causes.join(": ") }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpStream;
    use tokio_util::task::TaskTracker;

    use super::*;

    #[tokio::test]
    async fn our_own_network_is_not_asked() {
        let fetcher = Fetcher::new(Reach::Public);
        let get = |url: &'static str| fetcher.get(url, Duration::from_secs(5), 10);
        for url in [
            "https://127.0.0.1:1/",
            "https://[::1]:1/",
            "https://[::ffff:10.0.0.1]/",
            "https://localhost:1/",
            "https://0x7f.1/",
            "https://2130706433/",
        ] {
            assert!(matches!(get(url).await, Err(FetchError::Private(_))), "{url}");
        }
        for url in ["http://example.com/", "file:///etc/passwd", "https://", "nonsense"] {
            assert!(matches!(get(url).await, Err(FetchError::Url)), "{url}");
        }
    }

    /// A server that accepts one request, sends the beginning of a body and continues with `rest`;
    /// the handle returns the result of `rest`.
    async fn server<F: Future<Output = usize> + Send>(
        rest: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) -> (String, tokio::task::JoinHandle<usize>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let served = TaskTracker::new().spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4_096];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nbody";
            stream.write_all(head.as_bytes()).await.unwrap();
            rest(stream).await
        });
        (url, served)
    }

    #[tokio::test]
    async fn an_answer_without_end_is_cut() {
        let (url, served) = server(|mut stream| async move {
            let (piece, mut sent) = ([b' '; 65_536], 0);
            while stream.write_all(&piece).await.is_ok() {
                sent += piece.len();
            }
            sent
        })
        .await;
        let fetcher = Fetcher::new(Reach::Anywhere);
        let answer = fetcher.get(&url, Duration::from_secs(60), 100_000).await;
        assert!(matches!(answer, Err(FetchError::Long(100_000))), "{answer:?}");
        // Beyond that, the server can send only what fits into the kernel buffers of both ends.
        let sent = served.await.unwrap();
        assert!(sent < 64 << 20, "{sent} bytes were read");
    }

    #[tokio::test]
    async fn an_answer_that_stalls_is_late() {
        let (url, served) = server(|mut stream| async move {
            let mut rest = Vec::new();
            let _closed_or_reset = stream.read_to_end(&mut rest).await;
            rest.len()
        })
        .await;
        let fetcher = Fetcher::new(Reach::Anywhere);
        let answer = fetcher.get(&url, Duration::from_millis(200), 100_000).await;
        assert!(matches!(answer, Err(FetchError::Late(_))), "{answer:?}");
        assert_eq!(served.await.unwrap(), 0);
    }

    #[tokio::test]
    async fn without_tls_only_our_own_network_is_asked_where_that_is_allowed() {
        let fetcher = Fetcher::new(Reach::Anywhere);
        for (url, allowed) in [
            ("https://example.com/", true),
            ("https://127.0.0.1/", true),
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]/", true),
            ("http://10.1.2.3/", true),
            ("http://8.8.8.8/", false),
            ("http://example.com/", false),
            ("http://localhost/", false),
        ] {
            assert_eq!(fetcher.allowed(url).is_ok(), allowed, "{url}");
        }
        let outside = Fetcher::new(Reach::Public).allowed("http://127.0.0.1:8080/");
        assert!(matches!(outside, Err(FetchError::Private(_))), "{outside:?}");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_a_failure_of_the_request() {
        let fetcher = Fetcher::new(Reach::Anywhere);
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        drop(socket);
        let url = format!("https://127.0.0.1:{port}/");
        let answer = fetcher.get(&url, Duration::from_secs(5), 10).await;
        assert!(matches!(answer, Err(FetchError::Request(_))), "{answer:?}");
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_late() {
        let fetcher = Fetcher::new(Reach::Anywhere);
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", silent.local_addr().unwrap());
        let answer = fetcher.get(&url, Duration::from_millis(50), 10).await;
        assert!(matches!(answer, Err(FetchError::Late(_))), "{answer:?}");
    }
}
