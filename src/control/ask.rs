//! The client side: sends a request to the running switch.

use std::path::Path;
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::ANSWER_BYTES_MAX;
use super::ControlAnswer;
use super::ControlError;
use super::REQUEST_BYTES_MAX;
use super::Request;
use super::line;
use super::listen;

/// Sends a request to the switch that listens at `path`, and returns its answer.
///
/// # Errors
/// No switch listens ([`ControlError::is_not_listening`]), or no answer arrives in time.
pub async fn ask(path: &Path, request: Request) -> Result<ControlAnswer, ControlError> {
    listen::check(path)?;
    let patience = patience(&request);
    timeout(patience, exchange(path, request)).await.unwrap_or(Err(ControlError::Silent))
}

/// Returns how long to wait for the answer. A carrier's API may take some seconds to hang up.
fn patience(request: &Request) -> Duration {
    match request {
        Request::Look
        | Request::Live { .. }
        | Request::Show { .. }
        | Request::Refused
        | Request::Trunks => Duration::from_secs(2),
        // A database that is busy may take some seconds, too.
        Request::HangUp { .. } | Request::Settle { .. } => Duration::from_secs(15),
        // Every call of the database is looked at.
        Request::Forget { .. } => Duration::from_secs(600),
    }
}

async fn exchange(path: &Path, request: Request) -> Result<ControlAnswer, ControlError> {
    let connected = UnixStream::connect(path).await;
    let mut stream =
        connected.map_err(|cause| ControlError::Socket { path: path.to_owned(), cause })?;
    line::write(&mut stream, &request, REQUEST_BYTES_MAX).await?;
    let mut reader = BufReader::new(stream);
    let answer = line::read(&mut reader, ANSWER_BYTES_MAX).await?.ok_or(ControlError::Closed)?;
    line::parse(&answer)
}
