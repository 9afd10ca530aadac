//! Names of secrets. The settings hold the secrets; a book names them.

use std::fmt;
use std::str::FromStr;

use super::FieldName;

/// Name of a secret of the settings: the characters of a field's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(FieldName);

impl SecretName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for SecretName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(name) => Ok(Self(name)),
            Err(_) => {
                let shown: String = text.chars().take(80).collect();
                let rule = "use a-z, 0-9 and _, a letter first, at most 40";
                Err(format!("`{shown}` is not the name of a secret: {rule}"))
            }
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
