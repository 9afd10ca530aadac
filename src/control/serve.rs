//! The switch's side.

use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::net::unix::WriteHalf;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::ANSWER_BYTES_MAX;
use super::Answer;
use super::ControlError;
use super::Listener;
use super::REQUEST_BYTES_MAX;
use super::Request;
use super::line;

/// Connections at once. One more gets a failure and is closed.
pub const CONNECTIONS_MAX: usize = 16;
/// How long a connection may be silent, or not take its answer, before it is closed.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// How long nothing is accepted after the system refused to accept: it lacks file descriptors.
/// A connection too many has as long to take its answer.
const BREATHER: Duration = Duration::from_millis(100);

/// Answers requests until `end`. Connections that are open then are closed.
pub async fn serve<A>(
    listener: Listener,
    answer: impl Fn(Request) -> A + Clone + Send + 'static,
    end: CancellationToken,
) where
    A: Future<Output = Answer> + Send + 'static,
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
                open.spawn(converse(stream, answer.clone(), SILENCE_MAX));
            }
            Ok(Some(mut stream)) => {
                let message = format!("the switch has {CONNECTIONS_MAX} connections open already");
                let busy = Answer::Failed { message };
                drop(timeout(BREATHER, line::write(&mut stream, &busy, ANSWER_BYTES_MAX)).await);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "connection to the switch's socket failed");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
}

/// One connection, until its end. Faults of the other side concern nobody else.
async fn converse<A: Future<Output = Answer>>(
    mut stream: UnixStream,
    answer: impl Fn(Request) -> A,
    silence: Duration,
) {
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    while let Ok(read) = timeout(silence, line::read(&mut reader, REQUEST_BYTES_MAX)).await {
        let (answer, goes_on) = match read {
            Ok(None) | Err(ControlError::Connection(_)) => return,
            Ok(Some(line)) => match line::parse(&line) {
                Ok(request) => (answer(request).await, true),
                Err(error) => (failed(&error), true),
            },
            Err(error) => (failed(&error), false),
        };
        let sent = timeout(silence, send(&mut writer, &answer)).await;
        match sent {
            Ok(Ok(())) if goes_on => {}
            Ok(Ok(()) | Err(_)) | Err(_) => return,
        }
    }
}

/// Sends an answer; in place of one that is too long, that it is.
async fn send(to: &mut WriteHalf<'_>, answer: &Answer) -> Result<(), ControlError> {
    match line::write(to, answer, ANSWER_BYTES_MAX).await {
        Err(error @ ControlError::LongLine(_)) => {
            line::write(to, &failed(&error), ANSWER_BYTES_MAX).await
        }
        sent => sent,
    }
}

fn failed(error: &ControlError) -> Answer {
    Answer::Failed { message: error.to_string() }
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

    /// A switch that answers a request for every permit.
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
                Answer::Done
            }
        };
        let mut task = JoinSet::new();
        task.spawn(serve(Listener::bind(&path).unwrap(), answer, end.clone()));
        Served { path, answers, end, task, _home: home }
    }

    async fn said(stream: &mut UnixStream) -> String {
        let mut text = vec![0; REQUEST_BYTES_MAX];
        let count = stream.read(&mut text).await.unwrap();
        String::from_utf8(text[..count].to_vec()).unwrap()
    }

    #[tokio::test]
    async fn requests_are_answered_one_after_the_other_and_unknown_ones_refused() {
        let mut switch = served();
        switch.answers.add_permits(3);
        assert_eq!(ask(&switch.path, Request::Look).await.unwrap(), Answer::Done);
        let mut stream = UnixStream::connect(&switch.path).await.unwrap();
        for (request, answer) in [
            ("{\"request\":\"look\"}\n", "{\"answer\":\"done\"}\n"),
            ("{\"request\":\"dance\"}\n", "unknown variant `dance`"),
            ("no JSON\n", "\"answer\":\"failed\""),
            // What a newer command line adds is passed over.
            ("{\"request\":\"look\",\"more\":1}\n", "{\"answer\":\"done\"}\n"),
        ] {
            stream.write_all(request.as_bytes()).await.unwrap();
            let said = said(&mut stream).await;
            assert!(said.contains(answer), "{request}: {said}");
        }
        switch.end.cancel();
        switch.task.join_next().await.unwrap().unwrap();
        assert_eq!(said(&mut stream).await, "", "the connection is closed");
        let error = ask(&switch.path, Request::Look).await.unwrap_err();
        assert!(error.is_nobody(), "{error}");
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_ends_its_connection_only() {
        let switch = served();
        switch.answers.add_permits(1);
        let mut stream = UnixStream::connect(&switch.path).await.unwrap();
        stream.write_all(&vec![b' '; REQUEST_BYTES_MAX]).await.unwrap();
        assert!(said(&mut stream).await.contains("a line is longer"));
        assert_eq!(said(&mut stream).await, "");
        assert_eq!(ask(&switch.path, Request::Look).await.unwrap(), Answer::Done);
    }

    #[tokio::test]
    async fn one_connection_too_many_is_refused_and_room_comes_back() {
        let switch = served();
        let mut waiting = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            let mut stream = UnixStream::connect(&switch.path).await.unwrap();
            stream.write_all(b"{\"request\":\"look\"}\n").await.unwrap();
            waiting.push(stream);
        }
        let mut stream = UnixStream::connect(&switch.path).await.unwrap();
        assert!(said(&mut stream).await.contains("16 connections open already"));
        switch.answers.add_permits(CONNECTIONS_MAX + 1);
        for stream in &mut waiting {
            assert_eq!(said(stream).await, "{\"answer\":\"done\"}\n");
        }
        // The switch notices the end of the connections in its own time.
        drop(waiting);
        let mut again = Ok(Answer::Failed { message: String::new() });
        while let Ok(Answer::Failed { .. }) = again {
            again = ask(&switch.path, Request::Look).await;
        }
        assert_eq!(again.unwrap(), Answer::Done);
    }

    #[tokio::test]
    async fn a_silent_connection_is_closed() {
        let (mut program, stream) = UnixStream::pair().unwrap();
        program.write_all(b"{\"request\"").await.unwrap();
        let answer = async |_| unreachable!("half a request is not answered");
        converse(stream, answer, Duration::from_millis(1)).await;
        assert_eq!(said(&mut program).await, "");
    }
}
