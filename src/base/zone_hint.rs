//! Suggests the time zone that a wrong name probably means.

use jiff::tz::TimeZoneDatabase;

use super::suggest;

/// Maximum length of an abbreviation like `AKST`.
const ABBREVIATION_LENGTH: usize = 4;
/// What people call the zones of the United States, without white space and punctuation.
const SPOKEN: &[(&[&str], &str)] = &[
    (&["eastern", "easterntime", "useastern", "et", "edt", "est"], "America/New_York"),
    (&["central", "centraltime", "uscentral", "ct", "cdt", "cst"], "America/Chicago"),
    (&["mountain", "mountaintime", "usmountain", "mt", "mdt", "mst"], "America/Denver"),
    (&["pacific", "pacifictime", "uspacific", "pt", "pdt", "pst"], "America/Los_Angeles"),
    (&["arizona", "americaarizona"], "America/Phoenix"),
    (&["alaska", "alaskatime", "akst", "akdt"], "America/Anchorage"),
    (&["hawaii", "hawaiitime", "hst", "americahawaii"], "Pacific/Honolulu"),
    (&["utc", "gmt", "zulu", "z"], "UTC"),
];

/// Returns a hint for a wrong name of a time zone: by what people call the zone, by its city, else
/// by its whole name. Abbreviations are similar to too many names, so only known ones count.
pub fn zone_hint(wrong: &str) -> String {
    let words = letters(wrong);
    let spoken = SPOKEN.iter().find(|(spoken, _)| spoken.contains(&words.as_str()));
    let zones = TimeZoneDatabase::bundled();
    let names: Vec<String> = zones.available().map(|zone| zone.to_string()).collect();
    let city = letters(wrong.rsplit_once('/').map_or(wrong, |(_, city)| city));
    let of_city = |name: &&String| {
        name.rsplit_once('/').is_some_and(|(_, own)| !city.is_empty() && letters(own) == city)
    };
    let exact = || names.iter().find(of_city).map(String::as_str);
    let alike = || {
        let meant = suggest(wrong, names.iter().map(String::as_str))?;
        (wrong.len() > ABBREVIATION_LENGTH).then_some(meant)
    };
    match spoken.map(|(_, name)| *name).or_else(exact).or_else(alike) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "use a name like America/New_York".to_owned(),
    }
}

/// Returns the letters of a text, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_a_zone_is_understood() {
        for (wrong, meant) in [
            ("PST", "America/Los_Angeles"),
            ("Eastern Time", "America/New_York"),
            ("US/Denver", "America/Denver"),
            ("los angeles", "America/Los_Angeles"),
            ("America/NewYork", "America/New_York"),
            ("Europe/Berln", "Europe/Berlin"),
            ("kolkata", "Asia/Kolkata"),
        ] {
            let hint = zone_hint(wrong);
            assert_eq!(hint, format!("did you mean `{meant}`?"), "{wrong}");
        }
        for wrong in ["", "zzz", "XYZT", "🦀"] {
            let hint = zone_hint(wrong);
            assert_eq!(hint, "use a name like America/New_York", "{wrong}");
        }
    }
}
