//! Looks for personal data and secrets in what the switch wrote.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Returns the lines that have one of these texts, however it is written: with other separators or
/// in other case, or as a list or the hexadecimal digits of its bytes.
pub(crate) fn lines_with<'a>(written: &'a str, texts: &[&str]) -> Vec<&'a str> {
    let forms: Vec<String> = texts.iter().flat_map(|text| forms(text)).collect();
    let has = |line: &&str| {
        let line = bare(line);
        forms.iter().any(|form| line.contains(form))
    };
    written.lines().filter(has).collect()
}

/// Returns the files below `directory` that have one of these texts in their name or contents.
/// Files and directories of the directory itself whose names begin with one of `skipped` are left
/// out.
pub(crate) fn files_with(directory: &Path, texts: &[&str], skipped: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if skipped.iter().any(|skipped| name.starts_with(skipped)) {
            continue;
        }
        if path.is_dir() {
            found.extend(files_with(&path, texts, &[]));
        } else if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let written = format!("{name}\n{}", String::from_utf8_lossy(&bytes));
            if !lines_with(&written, texts).is_empty() {
                found.push(path);
            }
        }
    }
    found
}

fn forms(text: &str) -> [String; 3] {
    let decimals: String = text.bytes().map(|byte| byte.to_string()).collect();
    let hexadecimal: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    [bare(text), decimals, hexadecimal]
}

/// Returns the letters and digits of a text, in lower case; of `%20` and its like none.
fn bare(text: &str) -> String {
    let text = text.replace("%20", " ").replace("%2B", "+").replace("%40", "@");
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[test]
fn a_text_is_found_however_it_is_written() {
    for line in [
        "caller=+12025550187",
        "GET /who?phone=%2B1%20202%20555%200187",
        "tel:(202) 555-0187",
        "Debug: [50, 48, 50, 53, 53, 53, 48, 49, 56, 55]",
        "0x32303235353530313837",
    ] {
        assert_eq!(lines_with(line, &["2025550187"]), [line]);
    }
    let masked = "caller=+1202•••••87";
    assert_eq!(lines_with(masked, &["2025550187"]), [""; 0]);
    assert_eq!(lines_with("VAN-TONGEREN, P.", &["Vantongeren"]).len(), 1);
}
