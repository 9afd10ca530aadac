//! Writes a statement piece by piece: its head, its lines, and its end.

use parquet::errors::ParquetError;

use super::Line;
use super::Statement;
use super::parquet::ParquetFile;
use crate::base::Phone;
use crate::base::csv::quoted;
use crate::base::csv::safe;

/// Format of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document: the head, with the lines as `items`.
    Json,
    /// RFC 4180: a header line, and every line of the statement.
    Csv,
    /// Apache Parquet, compressed with Snappy: every line of the statement; the head is in the
    /// file's metadata.
    Parquet,
}

/// The columns of the CSV, in order.
const COLUMNS: [&str; 12] = [
    "number", "at", "kind", "call", "dialled", "caller", "offer", "contract", "cause", "note",
    "amount", "currency",
];

/// Reason why a piece cannot be written. None is known to happen.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// From the JSON writer.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// From the Parquet writer.
    #[error("Parquet: {0}")]
    Parquet(#[from] ParquetError),
}

/// Writes one statement. [`Printer::lines`] takes each page, and [`Printer::end`] ends it.
#[derive(Debug)]
pub struct Printer {
    /// Bytes before those of the next lines.
    begun: Vec<u8>,
    state: State,
}

#[derive(Debug)]
enum State {
    Json { lines: u64 },
    Csv,
    Parquet(Box<ParquetFile>),
}

impl Printer {
    /// Begins a statement.
    ///
    /// # Errors
    /// Those of a writer.
    pub fn begin(form: Form, statement: &Statement) -> Result<Self, PrintError> {
        Ok(match form {
            Form::Json => {
                let mut head = serde_json::to_string(statement)?;
                // The head is an object, which goes on with the lines.
                head.truncate(head.len() - 1);
                head += ",\"items\":[";
                Self { begun: head.into_bytes(), state: State::Json { lines: 0 } }
            }
            Form::Csv => {
                let columns = COLUMNS.join(",") + "\n";
                Self { begun: columns.into_bytes(), state: State::Csv }
            }
            Form::Parquet => {
                let file = ParquetFile::begin(serde_json::to_string(statement)?)?;
                Self { begun: Vec::new(), state: State::Parquet(Box::new(file)) }
            }
        })
    }

    /// Returns the bytes of the next lines, and what precedes them. Parquet keeps lines until a row
    /// group is full.
    ///
    /// # Errors
    /// Those of a writer.
    pub fn lines(&mut self, lines: &[Line]) -> Result<Vec<u8>, PrintError> {
        let mut bytes = std::mem::take(&mut self.begun);
        match &mut self.state {
            State::Json { lines: before } => {
                for line in lines {
                    bytes.extend_from_slice(if *before == 0 { b"\n" } else { b",\n" });
                    serde_json::to_writer(&mut bytes, line)?;
                    *before += 1;
                }
            }
            State::Csv => {
                for line in lines {
                    bytes.extend_from_slice(row(line).as_bytes());
                    bytes.push(b'\n');
                }
            }
            State::Parquet(file) => bytes.extend(file.lines(lines)?),
        }
        Ok(bytes)
    }

    /// Returns the last bytes.
    ///
    /// # Errors
    /// Those of a writer.
    pub fn end(self) -> Result<Vec<u8>, PrintError> {
        let mut bytes = self.begun;
        match self.state {
            State::Json { .. } => bytes.extend_from_slice(b"\n]}\n"),
            State::Csv => {}
            State::Parquet(file) => bytes.extend(file.end()?),
        }
        Ok(bytes)
    }
}

fn row(line: &Line) -> String {
    let phone = |phone: &Option<Phone>| {
        phone.as_ref().map(|phone| phone.e164().to_owned()).unwrap_or_default()
    };
    let cells: [String; 12] = [
        line.number.to_string(),
        line.at.to_string(),
        line.kind.to_string(),
        line.call.map(|call| call.to_string()).unwrap_or_default(),
        phone(&line.dialled),
        phone(&line.caller),
        line.offer.as_ref().map(|offer| safe(offer.as_str())).unwrap_or_default(),
        line.contract.as_ref().map(|contract| safe(contract.as_str())).unwrap_or_default(),
        safe(&line.cause),
        safe(&line.note),
        line.amount.amount(),
        line.amount.currency().as_str().to_owned(),
    ];
    cells.map(|cell| quoted(&cell)).join(",")
}
