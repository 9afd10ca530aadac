//! Reads a file of contacts piece by piece. Memory does not grow with the file or its lines.

use std::io;
use std::io::BufRead;

use crate::suppression::Contact;
use crate::suppression::LINE_BYTES_MAX;
use crate::suppression::LineFault;
use crate::suppression::Lines;

/// Reads every line of a file, and passes on its number, from 1, and what it gives. Returns the
/// number of lines.
///
/// # Errors
/// The file cannot be read, or `take` fails.
pub(super) fn read(
    mut file: impl BufRead,
    mut take: impl FnMut(u64, Result<Vec<Contact>, LineFault>) -> io::Result<()>,
) -> io::Result<u64> {
    let (mut lines, mut number) = (Lines::default(), 0);
    let mut line = Vec::new();
    while fill(&mut file, &mut line)? {
        number += 1;
        let read = lines.read(&line);
        let is_utf16 = read == Err(LineFault::Utf16);
        take(number, read)?;
        // Each line of it would be another fault.
        if is_utf16 {
            break;
        }
    }
    Ok(number)
}

/// Reads the next line without its line feed: whole, or one byte more than a line may have. Returns
/// false at the end of the file.
fn fill(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(any);
        }
        any = true;
        let feed = piece.iter().position(|byte| *byte == b'\n');
        let own = piece.get(..feed.unwrap_or(piece.len())).unwrap_or_default();
        let room = (LINE_BYTES_MAX + 1).saturating_sub(line.len());
        line.extend_from_slice(own.get(..room.min(own.len())).unwrap_or_default());
        let used = own.len() + usize::from(feed.is_some());
        file.consume(used);
        if feed.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn shown(file: &[u8], buffer: usize) -> Vec<String> {
        let mut seen = Vec::new();
        let file = BufReader::with_capacity(buffer, file);
        let lines = read(file, |number, read| {
            match read {
                Ok(contacts) => {
                    seen.extend(contacts.iter().map(|one| format!("{number} {}", one.reveal())));
                }
                Err(fault) => seen.push(format!("{number} {fault:?}")),
            }
            Ok(())
        });
        seen.push(format!("{} lines", lines.unwrap()));
        seen
    }

    #[test]
    fn lines_are_numbered_whatever_the_pieces() {
        for buffer in [1, 7, 8_192] {
            let file = b"\xef\xbb\xbfphone\r\n3055550123\r\n\r\n\xff\n3055550124";
            let expected = ["2 +13055550123", "4 NotUtf8", "5 +13055550124", "5 lines"];
            assert_eq!(shown(file, buffer), expected, "{buffer}");
            assert_eq!(shown(b"", buffer), ["0 lines"]);
            assert_eq!(shown(b"\n", buffer), ["1 lines"]);
        }
    }

    #[test]
    fn a_line_of_ten_megabytes_is_one_fault() {
        let mut file = vec![b'5'; 10_000_000];
        file.extend_from_slice(b"\n3055550123\n");
        assert_eq!(shown(&file, 8_192), ["1 TooLong", "2 +13055550123", "2 lines"]);
        let mut line = Vec::new();
        fill(&mut &file[..], &mut line).unwrap();
        assert_eq!(line.len(), LINE_BYTES_MAX + 1, "the rest is not kept");
        assert!(line.capacity() < 4 * LINE_BYTES_MAX);
    }

    #[test]
    fn a_file_in_utf_16_is_one_fault() {
        let file: Vec<u8> =
            "\u{feff}3055550123\n1\n2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(shown(&file, 64), ["1 Utf16", "1 lines"]);
    }
}
