//! Designated market areas. None are shipped, because they belong to Nielsen: operators with a
//! licence import their own table.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::InvalidGeo;
use super::Zip;
use super::code::clip;
use crate::base::Diagnostic;
use crate::base::Place;

/// Most rows of a table, more than there are zips.
const ROWS_MAX: usize = 100_000;
/// Most faults reported for one file.
const FAULTS_MAX: usize = 20;

/// The code of a market area: three digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DmaCode([u8; 3]);

impl DmaCode {
    /// Returns the three digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("000")
    }
}

impl FromStr for DmaCode {
    type Err = InvalidGeo;
    fn from_str(text: &str) -> Result<Self, InvalidGeo> {
        let digits = <[u8; 3]>::try_from(text.as_bytes()).ok();
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_digit));
        digits.map(Self).ok_or_else(|| InvalidGeo::Dma(clip(text)))
    }
}

impl fmt::Display for DmaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for DmaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The zips of each market area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DmaTable {
    areas: BTreeMap<DmaCode, Area>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Area {
    name: String,
    zips: Vec<Zip>,
}

impl DmaTable {
    /// Parses lines of `zip,dma_code,dma_name`. A first line with column names is skipped, and a
    /// name may be in quotes. Returns all faults at once, and a table only if there are none.
    pub fn parse(file: &str, text: &str) -> (Option<Self>, Vec<Diagnostic>) {
        let mut table = Self::default();
        let mut seen: BTreeMap<Zip, (DmaCode, usize)> = BTreeMap::new();
        let mut faults = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || index == 0 && line.to_ascii_lowercase().starts_with("zip")
            {
                continue;
            }
            let at = Place { line: u32::try_from(index + 1).unwrap_or(u32::MAX), column: 1 };
            let added = if seen.len() < ROWS_MAX {
                table.add(line, index + 1, &mut seen)
            } else {
                Err(format!("more than {ROWS_MAX} zips"))
            };
            if let Err(fault) = added {
                faults.push(Diagnostic::error(file, at, fault));
            }
            if faults.len() >= FAULTS_MAX {
                break;
            }
        }
        if faults.is_empty() && table.areas.is_empty() {
            let fault = Diagnostic::error(file, Place { line: 1, column: 1 }, "no zip in it");
            faults.push(fault.hint("a line is `zip,dma_code,dma_name`"));
        }
        for area in table.areas.values_mut() {
            area.zips.sort_unstable();
        }
        (faults.is_empty().then_some(table), faults)
    }

    fn add(
        &mut self,
        line: &str,
        number: usize,
        seen: &mut BTreeMap<Zip, (DmaCode, usize)>,
    ) -> Result<(), String> {
        let mut columns = line.splitn(3, ',').map(|column| column.trim().trim_matches('"'));
        let (Some(zip), Some(code)) = (columns.next(), columns.next()) else {
            return Err(format!("`{}` is not `zip,dma_code,dma_name`", clip(line)));
        };
        let zip: Zip = zip.parse().map_err(|error: InvalidGeo| error.to_string())?;
        let code: DmaCode = code.parse().map_err(|error: InvalidGeo| error.to_string())?;
        match seen.insert(zip, (code, number)) {
            None => {}
            Some((first, _)) if first == code => return Ok(()),
            Some((first, line)) => {
                return Err(format!("zip {zip} is in {code} here, but in {first} on line {line}"));
            }
        }
        let area = self.areas.entry(code).or_default();
        if area.name.is_empty() {
            area.name = columns.next().unwrap_or_default().to_owned();
        }
        area.zips.push(zip);
        Ok(())
    }

    /// Returns the zips of an area, sorted; `None` if the table does not have it.
    pub fn zips(&self, code: DmaCode) -> Option<&[Zip]> {
        self.areas.get(&code).map(|area| area.zips.as_slice())
    }

    /// Returns every area with its name.
    pub fn areas(&self) -> impl Iterator<Item = (DmaCode, &str)> {
        self.areas.iter().map(|(code, area)| (*code, area.name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let text = "\u{feff}ZIP,DMA_CODE,DMA_NAME\r\n75201,623,\"Dallas, Ft. Worth\"\r\n\r\n\
                    10001,501,New York\n75202, 623 ,Dallas\n75201,623,Dallas\n";
        let (table, faults) = DmaTable::parse("dma.csv", text);
        let table = table.unwrap_or_else(|| panic!("{faults:?}"));
        let zips = table.zips("623".parse().unwrap()).unwrap();
        assert_eq!(format!("{zips:?}"), "[75201, 75202]");
        let areas: Vec<String> = table.areas().map(|(c, name)| format!("{c} {name}")).collect();
        assert_eq!(areas, ["501 New York", "623 Dallas, Ft. Worth"]);
        assert_eq!(table.zips("999".parse().unwrap()), None);
    }

    #[test]
    fn all_faults_come_at_once() {
        let text = "75201,623\n7520,623\n75202\n75203,62A,x\n75201,624,y\n";
        let (table, faults) = DmaTable::parse("dma.csv", text);
        assert_eq!(table, None);
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "dma.csv:2:1: error: `7520` is not a zip: use five digits, like 90210",
                "dma.csv:3:1: error: `75202` is not `zip,dma_code,dma_name`",
                "dma.csv:4:1: error: `62A` is not a DMA code: use three digits, like 803",
                "dma.csv:5:1: error: zip 75201 is in 624 here, but in 623 on line 1",
            ]
        );
        let (_, faults) = DmaTable::parse("dma.csv", "zip,dma_code,dma_name\n");
        assert_eq!(
            faults[0].to_string(),
            "dma.csv:1:1: error: no zip in it (a line is `zip,dma_code,dma_name`)"
        );
    }
}
