//! Which state a zip is in, by its first three digits: the sectional centers of the United States
//! Postal Service. Some serve a few places beyond a state's border; those are listed by zip.

use super::State;
use super::Zip;

/// Zips whose state is not their prefix's: first, last, state.
const EXCEPTIONS: &[(u32, u32, &[u8; 2])] = &[
    (6_390, 6_390, b"NY"),   // Fishers Island, served from Connecticut
    (73_960, 73_960, b"TX"), // Texhoma, served from Oklahoma
    (83_414, 83_414, b"WY"), // Alta, served from Idaho
    (96_799, 96_799, b"AS"), // Pago Pago, served from Hawaii
    (96_910, 96_932, b"GU"),
    (96_950, 96_952, b"MP"),
];

/// Prefixes in use, sorted: first, last, state.
const PREFIXES: &[(u32, u32, &[u8; 2])] = &[
    (5, 5, b"NY"),
    (6, 7, b"PR"),
    (8, 8, b"VI"),
    (9, 9, b"PR"),
    (10, 27, b"MA"),
    (28, 29, b"RI"),
    (30, 38, b"NH"),
    (39, 49, b"ME"),
    (50, 54, b"VT"),
    (55, 55, b"MA"),
    (56, 59, b"VT"),
    (60, 69, b"CT"),
    (70, 89, b"NJ"),
    (90, 99, b"AE"),
    (100, 149, b"NY"),
    (150, 196, b"PA"),
    (197, 199, b"DE"),
    (200, 200, b"DC"),
    (201, 201, b"VA"),
    (202, 205, b"DC"),
    (206, 212, b"MD"),
    (214, 219, b"MD"),
    (220, 246, b"VA"),
    (247, 268, b"WV"),
    (270, 289, b"NC"),
    (290, 299, b"SC"),
    (300, 319, b"GA"),
    (320, 339, b"FL"),
    (340, 340, b"AA"),
    (341, 342, b"FL"),
    (344, 344, b"FL"),
    (346, 347, b"FL"),
    (349, 349, b"FL"),
    (350, 352, b"AL"),
    (354, 369, b"AL"),
    (370, 385, b"TN"),
    (386, 397, b"MS"),
    (398, 399, b"GA"),
    (400, 418, b"KY"),
    (420, 427, b"KY"),
    (430, 459, b"OH"),
    (460, 479, b"IN"),
    (480, 499, b"MI"),
    (500, 516, b"IA"),
    (520, 528, b"IA"),
    (530, 532, b"WI"),
    (534, 535, b"WI"),
    (537, 549, b"WI"),
    (550, 551, b"MN"),
    (553, 567, b"MN"),
    (569, 569, b"DC"),
    (570, 577, b"SD"),
    (580, 588, b"ND"),
    (590, 599, b"MT"),
    (600, 620, b"IL"),
    (622, 629, b"IL"),
    (630, 631, b"MO"),
    (633, 641, b"MO"),
    (644, 658, b"MO"),
    (660, 662, b"KS"),
    (664, 679, b"KS"),
    (680, 681, b"NE"),
    (683, 693, b"NE"),
    (700, 701, b"LA"),
    (703, 708, b"LA"),
    (710, 714, b"LA"),
    (716, 729, b"AR"),
    (730, 731, b"OK"),
    (733, 733, b"TX"),
    (734, 741, b"OK"),
    (743, 749, b"OK"),
    (750, 770, b"TX"),
    (772, 799, b"TX"),
    (800, 816, b"CO"),
    (820, 831, b"WY"),
    (832, 838, b"ID"),
    (840, 847, b"UT"),
    (850, 853, b"AZ"),
    (855, 857, b"AZ"),
    (859, 860, b"AZ"),
    (863, 865, b"AZ"),
    (870, 871, b"NM"),
    (873, 875, b"NM"),
    (877, 884, b"NM"),
    (885, 885, b"TX"),
    (889, 891, b"NV"),
    (893, 895, b"NV"),
    (897, 898, b"NV"),
    (900, 908, b"CA"),
    (910, 928, b"CA"),
    (930, 961, b"CA"),
    (962, 966, b"AP"),
    (967, 968, b"HI"),
    (970, 979, b"OR"),
    (980, 986, b"WA"),
    (988, 994, b"WA"),
    (995, 999, b"AK"),
];

/// The state of a zip's post office.
pub(super) fn state_of(zip: Zip) -> Option<State> {
    let number: u32 = zip.as_str().parse().ok()?;
    let exception = EXCEPTIONS.iter().find(|(first, last, _)| (*first..=*last).contains(&number));
    let (_, _, letters) = exception.or_else(|| {
        let prefix = number / 100;
        let after = PREFIXES.partition_point(|(first, _, _)| *first <= prefix);
        PREFIXES.get(after.checked_sub(1)?).filter(|(_, last, _)| prefix <= *last)
    })?;
    Some(State::of(**letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_states() {
        let mut next = 0;
        for (first, last, letters) in PREFIXES {
            assert!(next <= *first && first <= last, "{first}");
            next = last + 1;
            assert!(State::all().any(|state| state == State::of(**letters)), "{first}");
        }
        let named = |state: &State| {
            let rows = PREFIXES.iter().chain(EXCEPTIONS);
            rows.into_iter().any(|(_, _, letters)| State::of(**letters) == *state)
        };
        assert_eq!(State::all().find(|state| !named(state)), None);
    }

    #[test]
    fn zips_and_their_states() {
        for (zip, state) in [
            ("00501", "NY"),
            ("00601", "PR"),
            ("00802", "VI"),
            ("00926", "PR"),
            ("02134", "MA"),
            ("03901", "ME"),
            ("05501", "MA"),
            ("05602", "VT"),
            ("06103", "CT"),
            ("06390", "NY"),
            ("09012", "AE"),
            ("10001", "NY"),
            ("19103", "PA"),
            ("19801", "DE"),
            ("20001", "DC"),
            ("20166", "VA"),
            ("20500", "DC"),
            ("20706", "MD"),
            ("24701", "WV"),
            ("33101", "FL"),
            ("34002", "AA"),
            ("34201", "FL"),
            ("39901", "GA"),
            ("56920", "DC"),
            ("60601", "IL"),
            ("73301", "TX"),
            ("73960", "TX"),
            ("83414", "WY"),
            ("88510", "TX"),
            ("88901", "NV"),
            ("90210", "CA"),
            ("96201", "AP"),
            ("96701", "HI"),
            ("96799", "AS"),
            ("96813", "HI"),
            ("96910", "GU"),
            ("96950", "MP"),
            ("97201", "OR"),
            ("98101", "WA"),
            ("99501", "AK"),
        ] {
            let zip: Zip = zip.parse().unwrap();
            assert_eq!(zip.state().map(|s| s.to_string()).as_deref(), Some(state), "{zip}");
        }
        for none in ["00000", "00400", "21300", "34500", "42900", "96940", "96960", "98700"] {
            assert_eq!(none.parse::<Zip>().unwrap().state(), None, "{none}");
        }
    }
}
