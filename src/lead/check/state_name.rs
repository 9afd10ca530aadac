//! States by their names, as forms send them.

use crate::book::UsState;

/// Letters and names of the states, in lower case.
const NAMES: &[(&str, &str)] = &[
    ("AL", "alabama"),
    ("AK", "alaska"),
    ("AZ", "arizona"),
    ("AR", "arkansas"),
    ("CA", "california"),
    ("CO", "colorado"),
    ("CT", "connecticut"),
    ("DE", "delaware"),
    ("DC", "district of columbia"),
    ("FL", "florida"),
    ("GA", "georgia"),
    ("HI", "hawaii"),
    ("ID", "idaho"),
    ("IL", "illinois"),
    ("IN", "indiana"),
    ("IA", "iowa"),
    ("KS", "kansas"),
    ("KY", "kentucky"),
    ("LA", "louisiana"),
    ("ME", "maine"),
    ("MD", "maryland"),
    ("MA", "massachusetts"),
    ("MI", "michigan"),
    ("MN", "minnesota"),
    ("MS", "mississippi"),
    ("MO", "missouri"),
    ("MT", "montana"),
    ("NE", "nebraska"),
    ("NV", "nevada"),
    ("NH", "new hampshire"),
    ("NJ", "new jersey"),
    ("NM", "new mexico"),
    ("NY", "new york"),
    ("NC", "north carolina"),
    ("ND", "north dakota"),
    ("OH", "ohio"),
    ("OK", "oklahoma"),
    ("OR", "oregon"),
    ("PA", "pennsylvania"),
    ("RI", "rhode island"),
    ("SC", "south carolina"),
    ("SD", "south dakota"),
    ("TN", "tennessee"),
    ("TX", "texas"),
    ("UT", "utah"),
    ("VT", "vermont"),
    ("VA", "virginia"),
    ("WA", "washington"),
    ("WV", "west virginia"),
    ("WI", "wisconsin"),
    ("WY", "wyoming"),
    ("PR", "puerto rico"),
    ("GU", "guam"),
    ("VI", "virgin islands"),
    ("AS", "american samoa"),
    ("MP", "northern mariana islands"),
];

/// Returns the state of two letters or a name, in any case.
pub(super) fn state(text: &str) -> Option<UsState> {
    if let Ok(state) = text.parse() {
        return Some(state);
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let name = words.join(" ");
    let (letters, _) = NAMES.iter().find(|(_, own)| *own == name)?;
    letters.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_letters_and_names() {
        for (text, expected) in [
            ("ca", Some("CA")),
            ("California", Some("CA")),
            ("NEW  YORK", Some("NY")),
            ("district of columbia", Some("DC")),
            ("Ontario", None),
            ("", None),
        ] {
            let state = state(text).map(|state| state.to_string());
            assert_eq!(state.as_deref(), expected, "{text}");
        }
        for (letters, name) in NAMES {
            assert_eq!(state(name).map(|state| state.to_string()).as_deref(), Some(*letters));
        }
    }
}
