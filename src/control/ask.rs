//! The client side: sends a request to the running switch.

use std::path::Path;
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::Answer;
use super::ControlError;
use super::Request;
use super::line;
use super::listen;

/// How long the client waits for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Sends a request to the switch that listens at `path` and returns its answer.
///
/// # Errors
/// No switch listens ([`ControlError::is_not_listening`]), or none answered within two seconds.
pub async fn ask(path: &Path, request: Request) -> Result<Answer, ControlError> {
    listen::check(path)?;
    timeout(ANSWER_MAX, exchange(path, request)).await.unwrap_or(Err(ControlError::Silent))
}

async fn exchange(path: &Path, request: Request) -> Result<Answer, ControlError> {
    let connected = UnixStream::connect(path).await;
    let mut stream =
        connected.map_err(|cause| ControlError::Socket { path: path.to_owned(), cause })?;
    line::write(&mut stream, &request).await?;
    let mut reader = BufReader::new(stream);
    let answer = line::read(&mut reader).await?.ok_or(ControlError::Closed)?;
    line::parse(&answer)
}
