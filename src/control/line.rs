//! Messages as lines: one JSON object per line.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::AsyncBufRead;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt as _;

use super::ControlError;

/// Returns the next line; `None` at the end of the connection. Discards a last line without a line
/// end, because its sender stopped before its end.
pub(super) async fn read(
    from: &mut (impl AsyncBufRead + Unpin),
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, ControlError> {
    let mut line = Vec::new();
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    from.take(most).read_until(b'\n', &mut line).await?;
    match line.pop() {
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() + 1 == bytes_max => Err(ControlError::LongLine(bytes_max)),
        Some(_) | None => Ok(None),
    }
}

/// Parses the message of a line.
pub(super) fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, ControlError> {
    Ok(serde_json::from_slice(line)?)
}

/// Sends a message as one line. Returns an error, and sends nothing, when it is too long.
pub(super) async fn write(
    to: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
    bytes_max: usize,
) -> Result<(), ControlError> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    if line.len() > bytes_max {
        return Err(ControlError::LongLine(bytes_max));
    }
    to.write_all(&line).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::ControlAnswer;
    use crate::control::REQUEST_BYTES_MAX;

    async fn lines(mut text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        loop {
            match read(&mut text, REQUEST_BYTES_MAX).await {
                Ok(Some(line)) => found.push(format!("{} bytes", line.len())),
                Ok(None) => return found,
                Err(error) => {
                    found.push(error.to_string());
                    return found;
                }
            }
        }
    }

    #[tokio::test]
    async fn a_line_ends_and_has_a_bound() {
        assert_eq!(lines(b"").await, Vec::<String>::new());
        assert_eq!(lines(b"ab\n\nc").await, ["2 bytes", "0 bytes"]);
        let mut longest = vec![b'x'; REQUEST_BYTES_MAX - 1];
        longest.push(b'\n');
        assert_eq!(lines(&longest).await, [format!("{} bytes", REQUEST_BYTES_MAX - 1)]);
        longest.insert(0, b'x');
        let refused = format!("a line is longer than {REQUEST_BYTES_MAX} bytes");
        assert_eq!(lines(&longest).await, std::slice::from_ref(&refused));
        let message = ControlAnswer::Failed { message: "x".repeat(REQUEST_BYTES_MAX) };
        let error = write(&mut Vec::new(), &message, REQUEST_BYTES_MAX).await.unwrap_err();
        assert_eq!(error.to_string(), refused);
    }
}
