//! The server side of the control socket: answers requests.

use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::net::unix::WriteHalf;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::ANSWER_BYTES_MAX;
use super::ControlAnswer;
use super::ControlError;
use super::Listener;
use super::REQUEST_BYTES_MAX;
use super::Request;
use super::line;

/// Most connections at once. The switch answers any further one with a failure and closes it.
pub const CONNECTIONS_MAX: usize = 16;
/// How long a connection may be idle, or not read its answer, before the switch closes it.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// Delay before the next `accept` after one failed, for example for lack of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// How long a connection above [`CONNECTIONS_MAX`] has to read its answer.
const BUSY_MAX: Duration = Duration::from_millis(100);

/// Answers requests until `end` is cancelled, then closes all connections.
pub async fn serve<A>(
    listener: Listener,
    answer: impl Fn(Request) -> A + Clone + Send + 'static,
    end: CancellationToken,
) where
    A: Future<Output = ControlAnswer> + Send + 'static,
{
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = end.cancelled() => return,
            Some(_) = open.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(Some(stream)) if open.len() < CONNECTIONS_MAX => {
                open.spawn(converse(stream, answer.clone(), IDLE_MAX));
            }
            Ok(Some(mut stream)) => {
                let message = format!("the switch already has {CONNECTIONS_MAX} connections");
                let busy = ControlAnswer::Failed { message };
                drop(timeout(BUSY_MAX, line::write(&mut stream, &busy, ANSWER_BYTES_MAX)).await);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "connection to the switch's socket failed");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

/// Serves one connection until its end. An error on it does not affect other connections.
async fn converse<A: Future<Output = ControlAnswer>>(
    mut stream: UnixStream,
    answer: impl Fn(Request) -> A,
    idle_max: Duration,
) {
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    while let Ok(read) = timeout(idle_max, line::read(&mut reader, REQUEST_BYTES_MAX)).await {
        let (answer, goes_on) = match read {
            Ok(None) | Err(ControlError::Connection(_)) => return,
            Ok(Some(line)) => match line::parse(&line) {
                Ok(request) => (answer(request).await, true),
                Err(error) => (failed(&error), true),
            },
            Err(error) => (failed(&error), false),
        };
        let sent = timeout(idle_max, send(&mut writer, &answer)).await;
        match sent {
            Ok(Ok(())) if goes_on => {}
            Ok(Ok(()) | Err(_)) | Err(_) => return,
        }
    }
}

/// Sends an answer; sends a failure instead if the answer is too long.
async fn send(to: &mut WriteHalf<'_>, answer: &ControlAnswer) -> Result<(), ControlError> {
    match line::write(to, answer, ANSWER_BYTES_MAX).await {
        Err(error @ ControlError::LongLine(_)) => {
            line::write(to, &failed(&error), ANSWER_BYTES_MAX).await
        }
        sent => sent,
    }
}

fn failed(error: &ControlError) -> ControlAnswer {
    ControlAnswer::Failed { message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::control::ask;

    /// A test server that answers one request for each permit.
    struct Served {
        path: PathBuf,
        answers: Arc<Semaphore>,
        end: CancellationToken,
        task: JoinSet<()>,
        _home: tempfile::TempDir,
    }

    fn served() -> Served {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db.sock");
        let (answers, end) = (Arc::new(Semaphore::new(0)), CancellationToken::new());
        let permits = answers.clone();
        let answer = move |request| {
            let permits = permits.clone();
            async move {
                assert_eq!(request, Request::Look);
                permits.acquire().await.unwrap().forget();
                ControlAnswer::Done
            }
        };
        let mut task = JoinSet::new();
        task.spawn(serve(Listener::bind(&path).unwrap(), answer, end.clone()));
        Served { path, answers, end, task, _home: home }
    }

    async fn received(stream: &mut UnixStream) -> String {
        let mut text = vec![0; REQUEST_BYTES_MAX];
        let count = stream.read(&mut text).await.unwrap();
        String::from_utf8(text[..count].to_vec()).unwrap()
    }

    #[tokio::test]
    async fn requests_are_answered_in_order_and_unknown_ones_rejected() {
        let mut switch = served();
        switch.answers.add_permits(3);
        assert_eq!(ask(&switch.path, Request::Look).await.unwrap(), ControlAnswer::Done);
        let mut stream = UnixStream::connect(&switch.path).await.unwrap();
        for (request, answer) in [
            ("{\"request\":\"look\"}\n", "{\"answer\":\"done\"}\n"),
            ("{\"request\":\"dance\"}\n", "unknown variant `dance`"),
            ("no JSON\n", "\"answer\":\"failed\""),
            // Unknown fields, such as those of a newer command line, are ignored.
            ("{\"request\":\"look\",\"more\":1}\n", "{\"answer\":\"done\"}\n"),
        ] {
            stream.write_all(request.as_bytes()).await.unwrap();
            let received = received(&mut stream).await;
            assert!(received.contains(answer), "{request}: {received}");
        }
        switch.end.cancel();
        switch.task.join_next().await.unwrap().unwrap();
        assert_eq!(received(&mut stream).await, "", "the connection is closed");
        let error = ask(&switch.path, Request::Look).await.unwrap_err();
        assert!(error.is_not_listening(), "{error}");
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_ends_its_connection_only() {
        let switch = served();
        switch.answers.add_permits(1);
        let mut stream = UnixStream::connect(&switch.path).await.unwrap();
        stream.write_all(&vec![b' '; REQUEST_BYTES_MAX]).await.unwrap();
        assert!(received(&mut stream).await.contains("a line is longer"));
        assert_eq!(received(&mut stream).await, "");
        assert_eq!(ask(&switch.path, Request::Look).await.unwrap(), ControlAnswer::Done);
    }

    #[tokio::test]
    async fn one_connection_too_many_is_rejected_until_another_ends() {
        let switch = served();
        let mut waiting = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            let mut stream = UnixStream::connect(&switch.path).await.unwrap();
            stream.write_all(b"{\"request\":\"look\"}\n").await.unwrap();
            waiting.push(stream);
        }
        let mut stream = UnixStream::connect(&switch.path).await.unwrap();
        assert!(received(&mut stream).await.contains("already has 16 connections"));
        switch.answers.add_permits(CONNECTIONS_MAX + 1);
        for stream in &mut waiting {
            assert_eq!(received(stream).await, "{\"answer\":\"done\"}\n");
        }
        // The switch notices the end of the connections asynchronously.
        drop(waiting);
        let mut again = Ok(ControlAnswer::Failed { message: String::new() });
        while let Ok(ControlAnswer::Failed { .. }) = again {
            again = ask(&switch.path, Request::Look).await;
        }
        assert_eq!(again.unwrap(), ControlAnswer::Done);
    }

    #[tokio::test]
    async fn an_idle_connection_is_closed() {
        let (mut program, stream) = UnixStream::pair().unwrap();
        program.write_all(b"{\"request\"").await.unwrap();
        let answer = async |_| unreachable!("an incomplete request is not answered");
        converse(stream, answer, Duration::from_millis(1)).await;
        assert_eq!(received(&mut program).await, "");
    }
}
