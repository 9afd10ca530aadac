//! Writes a statement piece by piece: its head, its lines, and its end.

use super::Line;
use super::Statement;
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
}

/// The columns of the CSV, in order.
const COLUMNS: [&str; 12] = [
    "number", "at", "kind", "call", "dialled", "caller", "offer", "contract", "cause", "note",
    "amount", "currency",
];

/// Writes one statement. Call [`Printer::begin`] once, [`Printer::lines`] for each page, and
/// [`Printer::end`] once.
#[derive(Debug)]
pub struct Printer {
    form: Form,
    /// Lines written so far.
    written: u64,
}

impl Printer {
    /// Creates a printer.
    pub const fn new(form: Form) -> Self {
        Self { form, written: 0 }
    }

    /// Returns the beginning.
    ///
    /// # Errors
    /// Those of the JSON writer; none are known.
    pub fn begin(&self, statement: &Statement) -> Result<String, serde_json::Error> {
        Ok(match self.form {
            Form::Json => {
                let mut head = serde_json::to_string(statement)?;
                // The head is an object, which goes on with the lines.
                head.truncate(head.len() - 1);
                head + ",\"items\":["
            }
            Form::Csv => COLUMNS.join(",") + "\n",
        })
    }

    /// Returns the next lines.
    ///
    /// # Errors
    /// Those of the JSON writer; none are known.
    pub fn lines(&mut self, lines: &[Line]) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        for line in lines {
            match self.form {
                Form::Json if self.written == 0 => text += "\n",
                Form::Json => text += ",\n",
                Form::Csv => {}
            }
            match self.form {
                Form::Json => text += &serde_json::to_string(line)?,
                Form::Csv => text += &(row(line) + "\n"),
            }
            self.written += 1;
        }
        Ok(text)
    }

    /// Returns the end.
    pub const fn end(&self) -> &'static str {
        match self.form {
            Form::Json => "\n]}\n",
            Form::Csv => "",
        }
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
