//! A statement as an Apache Parquet file, in row groups, so that no more than one is in memory.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::ByteArray;
use parquet::data_type::ByteArrayType;
use parquet::data_type::DataType;
use parquet::data_type::Int64Type;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::parser::parse_message_type;

use super::Line;
use crate::base::Phone;

/// Most lines per row group: the memory of one is bounded by it.
pub const ROW_GROUP_MAX: usize = 10_000;

/// Key of the file's metadata under which the statement's head is, as JSON.
pub const HEAD_KEY: &str = "strowger.statement";

/// The columns. Amounts are in units of the currency; times are instants.
const SCHEMA: &str = "
    message statement {
        required int64 number (INTEGER(64, false));
        required int64 at (TIMESTAMP(MICROS, true));
        required binary kind (STRING);
        optional binary call (STRING);
        optional binary dialled (STRING);
        optional binary caller (STRING);
        optional binary offer (STRING);
        optional binary contract (STRING);
        required binary cause (STRING);
        required binary note (STRING);
        required int64 amount (DECIMAL(18, 6));
        required binary currency (STRING);
    }";

/// Writes one file. Each call returns the bytes that are complete.
#[derive(Debug)]
pub(super) struct ParquetFile {
    file: SerializedFileWriter<Vec<u8>>,
    /// Lines of the next row group.
    held: Vec<Line>,
}

impl ParquetFile {
    /// Begins a file whose metadata has the statement's head.
    pub(super) fn begin(head: String) -> Result<Self, ParquetError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let properties = WriterProperties::builder()
            .set_created_by(format!("Strowger {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(vec![KeyValue::new(HEAD_KEY.to_owned(), head)]))
            .build();
        let file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
        Ok(Self { file, held: Vec::new() })
    }

    /// Adds lines.
    pub(super) fn lines(&mut self, lines: &[Line]) -> Result<Vec<u8>, ParquetError> {
        for line in lines {
            self.held.push(line.clone());
            if self.held.len() == ROW_GROUP_MAX {
                self.write_row_group()?;
            }
        }
        self.written()
    }

    /// Ends the file.
    pub(super) fn end(mut self) -> Result<Vec<u8>, ParquetError> {
        if !self.held.is_empty() {
            self.write_row_group()?;
        }
        self.file.finish()?;
        self.written()
    }

    /// Takes what has been written. The writer counts positions by itself.
    fn written(&mut self) -> Result<Vec<u8>, ParquetError> {
        self.file.flush()?;
        Ok(std::mem::take(self.file.inner_mut()))
    }

    fn write_row_group(&mut self) -> Result<(), ParquetError> {
        let lines = std::mem::take(&mut self.held);
        let mut group = self.file.next_row_group()?;
        let phone = |phone: &Option<Phone>| phone.as_ref().and_then(|phone| text(phone.e164()));
        integers(&mut group, &lines, |line| i64::try_from(line.number).unwrap_or(i64::MAX))?;
        integers(&mut group, &lines, |line| line.at.micros())?;
        texts(&mut group, &lines, |line| text(line.kind.name()))?;
        texts(&mut group, &lines, |line| line.call.and_then(|call| text(&call.to_string())))?;
        texts(&mut group, &lines, |line| phone(&line.dialled))?;
        texts(&mut group, &lines, |line| phone(&line.caller))?;
        texts(&mut group, &lines, |line| line.offer.as_ref().and_then(|it| text(it.as_str())))?;
        texts(&mut group, &lines, |line| line.contract.as_ref().and_then(|it| text(it.as_str())))?;
        texts(&mut group, &lines, |line| text(&line.cause))?;
        texts(&mut group, &lines, |line| text(&line.note))?;
        integers(&mut group, &lines, |line| line.amount.micros())?;
        texts(&mut group, &lines, |line| text(line.amount.currency().as_str()))?;
        group.close()?;
        Ok(())
    }
}

fn text(text: &str) -> Option<ByteArray> {
    Some(ByteArray::from(text))
}

fn integers(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    lines: &[Line],
    cell: impl Fn(&Line) -> i64,
) -> Result<(), ParquetError> {
    let cells: Vec<i64> = lines.iter().map(cell).collect();
    column::<Int64Type>(group, &cells, None)
}

fn texts(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    lines: &[Line],
    cell: impl Fn(&Line) -> Option<ByteArray>,
) -> Result<(), ParquetError> {
    let cells: Vec<Option<ByteArray>> = lines.iter().map(cell).collect();
    let is_there: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let cells: Vec<ByteArray> = cells.into_iter().flatten().collect();
    column::<ByteArrayType>(group, &cells, Some(&is_there))
}

/// Writes the next column. `is_there` has a 1 for each row with a value (its definition level); a
/// required column ignores it.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    cells: &[T::T],
    is_there: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let next = group.next_column()?;
    let mut column = next.ok_or_else(|| ParquetError::General("too many columns".to_owned()))?;
    column.typed::<T>().write_batch(cells, is_there, None)?;
    column.close()
}
