//! The text-to-speech command.

use std::ffi::OsString;
use std::path::Path;
use std::str::FromStr;

/// The placeholder in the command for the file with the text.
const TEXT_FILE: &str = "{text_file}";

/// A program and its arguments, run without a shell. It writes a WAV file to standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechCommand {
    program: String,
    arguments: Vec<String>,
}

impl SpeechCommand {
    /// Returns the name or path of the program.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Returns its arguments, with the path of the file with the text filled in.
    pub fn arguments(&self, text_file: &Path) -> Vec<OsString> {
        let fill = |argument: &String| {
            let mut filled = OsString::new();
            for (i, part) in argument.split(TEXT_FILE).enumerate() {
                if i > 0 {
                    filled.push(text_file);
                }
                filled.push(part);
            }
            filled
        };
        self.arguments.iter().map(fill).collect()
    }
}

impl FromStr for SpeechCommand {
    type Err = String;

    /// Splits the command at white space; double quotes keep a word together.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words: Vec<String> = Vec::new();
        let (mut quoted, mut open) = (false, false);
        for c in text.chars() {
            match c {
                '"' => {
                    quoted = !quoted;
                    if !open {
                        words.push(String::new());
                    }
                    open = true;
                }
                c if c.is_whitespace() && !quoted => open = false,
                c => {
                    if !open {
                        words.push(String::new());
                    }
                    open = true;
                    words.last_mut().into_iter().for_each(|word| word.push(c));
                }
            }
        }
        if quoted {
            return Err("the speech command has an unclosed quote".to_owned());
        }
        let mut words = words.into_iter();
        let program = words.next().unwrap_or_default();
        let arguments: Vec<String> = words.collect();
        if program.is_empty() {
            return Err("the speech command names no program".to_owned());
        }
        if !arguments.iter().any(|argument| argument.contains(TEXT_FILE)) {
            return Err(format!("the speech command needs {TEXT_FILE}, the file with the text"));
        }
        Ok(Self { program, arguments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_quotes_and_the_text() {
        let read = |text: &str| text.parse::<SpeechCommand>();
        let command = read(r#"  "my say"  -o x="a b" f={text_file}.txt "" "#).unwrap();
        assert_eq!(command.program(), "my say");
        let arguments = command.arguments(Path::new("/tmp/t"));
        assert_eq!(arguments, ["-o", "x=a b", "f=/tmp/t.txt", ""]);
        for bad in ["", "   ", "say", r#"say "{text_file}"#, r#""" {text_file}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
