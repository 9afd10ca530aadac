//! The state that a zip code lies in.
//!
//! The first three digits of a zip name the postal region that sorts its mail; regions do not
//! cross state lines but for a handful of places, which are listed one by one.

use crate::book::State;
use crate::book::Zip;

/// First and last three-digit prefix, and the state. Sorted; prefixes in the gaps are not in use.
#[rustfmt::skip]
const PREFIXES: &[(u16, u16, &str)] = &[
    (5, 5, "NY"), (6, 7, "PR"), (8, 8, "VI"), (9, 9, "PR"), (10, 27, "MA"), (28, 29, "RI"),
    (30, 38, "NH"), (39, 49, "ME"), (50, 54, "VT"), (55, 55, "MA"), (56, 59, "VT"),
    (60, 69, "CT"), (70, 89, "NJ"), (90, 98, "AE"), (100, 149, "NY"), (150, 196, "PA"),
    (197, 199, "DE"), (200, 200, "DC"), (201, 201, "VA"), (202, 205, "DC"), (206, 219, "MD"),
    (220, 246, "VA"), (247, 268, "WV"), (270, 289, "NC"), (290, 299, "SC"), (300, 319, "GA"),
    (320, 339, "FL"), (340, 340, "AA"), (341, 349, "FL"), (350, 369, "AL"), (370, 385, "TN"),
    (386, 397, "MS"), (398, 399, "GA"), (400, 427, "KY"), (430, 459, "OH"), (460, 479, "IN"),
    (480, 499, "MI"), (500, 528, "IA"), (530, 549, "WI"), (550, 567, "MN"), (569, 569, "DC"),
    (570, 577, "SD"), (580, 588, "ND"), (590, 599, "MT"), (600, 629, "IL"), (630, 658, "MO"),
    (660, 679, "KS"), (680, 693, "NE"), (700, 714, "LA"), (716, 729, "AR"), (730, 732, "OK"),
    (733, 733, "TX"), (734, 749, "OK"), (750, 799, "TX"), (800, 816, "CO"), (820, 831, "WY"),
    (832, 838, "ID"), (840, 847, "UT"), (850, 865, "AZ"), (870, 884, "NM"), (885, 885, "TX"),
    (889, 898, "NV"), (900, 961, "CA"), (962, 966, "AP"), (967, 968, "HI"), (969, 969, "GU"),
    (970, 979, "OR"), (980, 994, "WA"), (995, 999, "AK"),
];

/// Zips whose state is not their region's: Fishers Island, the Northern Marianas, American Samoa,
/// Alta. `None` for the islands of other countries that the region of Guam also serves.
#[rustfmt::skip]
const EXCEPTIONS: &[(&str, Option<&str>)] = &[
    ("06390", Some("NY")), ("83414", Some("WY")), ("96799", Some("AS")),
    ("96939", None), ("96940", None), ("96941", None), ("96942", None), ("96943", None),
    ("96944", None), ("96950", Some("MP")), ("96951", Some("MP")), ("96952", Some("MP")),
    ("96960", None), ("96970", None),
];

/// The state of a zip; `None` for a zip of a region that is not in use.
pub fn state_of(zip: Zip) -> Option<State> {
    let text = zip.as_str();
    if let Some((_, state)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == text) {
        return state.and_then(|state| state.parse().ok());
    }
    let prefix: u16 = text.get(..3)?.parse().ok()?;
    let after = PREFIXES.partition_point(|(first, _, _)| *first <= prefix);
    let (_, last, state) = PREFIXES.get(after.checked_sub(1)?)?;
    if prefix <= *last { state.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_lie_in_their_states() {
        let table = "
            36104 AL  99801 AK  85007 AZ  72201 AR  95814 CA  80203 CO  06106 CT  19901 DE
            20001 DC  32301 FL  30334 GA  96813 HI  83702 ID  62701 IL  46204 IN  50319 IA
            66612 KS  40601 KY  70802 LA  04330 ME  21401 MD  02201 MA  48933 MI  55155 MN
            39201 MS  65101 MO  59601 MT  68509 NE  89701 NV  03301 NH  08608 NJ  87501 NM
            12207 NY  27601 NC  58501 ND  43215 OH  73102 OK  97301 OR  17101 PA  02903 RI
            29217 SC  57501 SD  37219 TN  78701 TX  84111 UT  05602 VT  23219 VA  98507 WA
            25305 WV  53703 WI  82001 WY  00901 PR  00802 VI  96910 GU  96799 AS  96950 MP
            09001 AE  34001 AA  96201 AP  90210 CA  10001 NY  79901 TX  88510 TX  06390 NY
            20101 VA  20500 DC  73301 TX  00501 NY  83414 WY
        ";
        let mut words = table.split_whitespace();
        while let (Some(zip), Some(state)) = (words.next(), words.next()) {
            assert_eq!(state_of(zip.parse().unwrap()), state.parse().ok(), "{zip}");
        }
    }

    #[test]
    fn unused_regions_have_no_state() {
        for zip in ["00000", "00499", "26900", "42900", "71500", "96940"] {
            assert_eq!(state_of(zip.parse().unwrap()), None, "{zip}");
        }
    }

    #[test]
    fn the_table_is_sorted_without_overlap_and_names_real_states() {
        assert!(PREFIXES.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(PREFIXES.iter().all(|(first, last, _)| first <= last));
        let named = |state: &str| state.parse::<State>().is_ok();
        assert!(PREFIXES.iter().all(|(_, _, state)| named(state)));
        assert!(EXCEPTIONS.iter().all(|(_, state)| state.is_none_or(named)));
        let missing = State::all().filter(|state| {
            let text = state.as_str();
            !PREFIXES.iter().any(|(_, _, known)| *known == text)
                && !EXCEPTIONS.iter().any(|(_, known)| *known == Some(text))
        });
        assert_eq!(missing.count(), 0);
    }
}
