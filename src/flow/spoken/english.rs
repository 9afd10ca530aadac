//! English number, date and money words.

use jiff::civil::Date;

use super::lexicon::Lexicon;
use super::lexicon::word;

pub(super) const LEXICON: Lexicon = Lexicon {
    digit: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    number,
    date,
    money,
    numbers: || {
        SMALL.iter().chain(&TENS).chain(&LARGE).copied().filter(|word| !word.is_empty()).collect()
    },
    dates: || MONTHS.iter().chain(&ORDINALS).chain(&["oh"]).copied().collect(),
    moneys: || vec!["dollar", "dollars", "and", "cent", "cents"],
};

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const LARGE: [&str; 3] = ["hundred", "thousand", "million"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// First to twentieth, and thirtieth; the others begin with twenty or thirty.
const ORDINALS: [&str; 21] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "thirtieth",
];

fn number(number: u32) -> Vec<&'static str> {
    if number == 0 {
        return vec![SMALL[0]];
    }
    let mut words = Vec::new();
    for (size, name) in [(1_000_000, Some("million")), (1_000, Some("thousand")), (1, None)] {
        let part = number / size % 1_000;
        if part > 0 {
            below_thousand(part, &mut words);
            words.extend(name);
        }
    }
    words
}

fn below_thousand(number: u32, words: &mut Vec<&'static str>) {
    let number = number as usize;
    if number >= 100 {
        words.extend([word(&SMALL, number / 100), "hundred"]);
    }
    match number % 100 {
        0 => {}
        small @ 1..20 => words.push(word(&SMALL, small)),
        rest => {
            words.push(word(&TENS, rest / 10));
            words.extend((!rest.is_multiple_of(10)).then(|| word(&SMALL, rest % 10)));
        }
    }
}

fn date(date: Date) -> Vec<&'static str> {
    let month = usize::try_from(date.month()).unwrap_or(1);
    let mut words = vec![word(&MONTHS, month - 1)];
    match usize::try_from(date.day()).unwrap_or(1) {
        day @ ..=20 => words.push(word(&ORDINALS, day - 1)),
        30 => words.push("thirtieth"),
        31 => words.extend(["thirty", "first"]),
        day => words.extend(["twenty", word(&ORDINALS, day - 21)]),
    }
    year(date.year().unsigned_abs(), &mut words);
    words
}

/// Appends a year: `nineteen ninety six`, `nineteen oh five`, `nineteen hundred`,
/// `two thousand five`, `twenty twenty six`.
fn year(year: u16, words: &mut Vec<&'static str>) {
    let (century, rest) = (u32::from(year / 100), u32::from(year % 100));
    if century.is_multiple_of(10) && rest < 10 {
        words.extend(number(u32::from(year)));
        return;
    }
    below_thousand(century, words);
    match rest {
        0 => words.push("hundred"),
        1..10 => words.extend(["oh", word(&SMALL, rest as usize)]),
        _two_digits => below_thousand(rest, words),
    }
}

fn money(dollars: u32, cents: u8) -> Vec<&'static str> {
    let mut words = Vec::new();
    if dollars > 0 || cents == 0 {
        words.extend(number(dollars));
        words.push(if dollars == 1 { "dollar" } else { "dollars" });
    }
    if cents > 0 {
        words.extend((dollars > 0).then_some("and"));
        words.extend(number(u32::from(cents)));
        words.push(if cents == 1 { "cent" } else { "cents" });
    }
    words
}
