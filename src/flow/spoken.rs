//! Converts values to words, for a speech program or a chain of recorded words.

use jiff::civil::Date;

use super::text::Speak;
use lexicon::Lexicon;

mod english;
mod lexicon;
mod spanish;

/// Maximum digits of a number that is spoken as one; a longer one is spelled.
const NUMBER_DIGITS_MAX: usize = 9;
/// Maximum digits of a value that is recognised as a small number.
const SMALL_DIGITS_MAX: usize = 3;

/// Returns the lexicon of a language tag: English for unknown languages.
fn lexicon(language: &str) -> &'static Lexicon {
    let primary = language.split('-').next().unwrap_or_default();
    if primary.eq_ignore_ascii_case("es") { &spanish::LEXICON } else { &english::LEXICON }
}

/// Returns a value in words. A value of another kind is returned unchanged.
pub(crate) fn words(language: &str, speak: Speak, value: &str) -> Vec<String> {
    let lexicon = lexicon(language);
    let known = match speak {
        Speak::Digits => digits(lexicon, value),
        Speak::Phone => phone(lexicon, value),
        Speak::Number => number(lexicon, value),
        Speak::Money => money(lexicon, value),
        Speak::Date => date(lexicon, value),
        Speak::Text => None,
        Speak::ByLooks => by_looks(lexicon, value),
    };
    let as_is = || if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
    known.map_or_else(as_is, |words| words.into_iter().map(str::to_owned).collect())
}

/// Returns every word that [`words`] may return, except for values that are text.
pub(crate) fn vocabulary(language: &str, speak: Speak) -> Vec<&'static str> {
    let lexicon = lexicon(language);
    let numbers = || (lexicon.numbers)().into_iter();
    match speak {
        Speak::Digits | Speak::Phone => lexicon.digit.to_vec(),
        Speak::Number => numbers().collect(),
        Speak::Money => numbers().chain((lexicon.moneys)()).collect(),
        Speak::Date => numbers().chain((lexicon.dates)()).collect(),
        Speak::ByLooks => {
            lexicon.digit.into_iter().chain(numbers()).chain((lexicon.dates)()).collect()
        }
        Speak::Text => Vec::new(),
    }
}

fn digits(lexicon: &Lexicon, value: &str) -> Option<Vec<&'static str>> {
    let plain = value.strip_prefix('+').unwrap_or(value);
    let word = |byte: u8| lexicon.digit.get(usize::from(byte.checked_sub(b'0')?)).copied();
    let words: Option<Vec<_>> = plain.bytes().map(word).collect();
    words.filter(|words| !words.is_empty())
}

/// Returns a North American number without its country code 1, in spoken digits.
fn phone(lexicon: &Lexicon, value: &str) -> Option<Vec<&'static str>> {
    let national = value.strip_prefix("+1").filter(|rest| rest.len() == 10);
    digits(lexicon, national.unwrap_or(value))
}

fn number(lexicon: &Lexicon, value: &str) -> Option<Vec<&'static str>> {
    let plain = value.bytes().all(|b| b.is_ascii_digit());
    match value.len() {
        1..=NUMBER_DIGITS_MAX if plain => value.parse().ok().map(lexicon.number),
        _longer => digits(lexicon, value),
    }
}

fn money(lexicon: &Lexicon, value: &str) -> Option<Vec<&'static str>> {
    let (whole, cents) = value.split_once('.').unwrap_or((value, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(cents) || whole.len() > NUMBER_DIGITS_MAX || cents.len() > 2 {
        return None;
    }
    Some((lexicon.money)(whole.parse().ok()?, format!("{cents:0<2}").parse().ok()?))
}

fn date(lexicon: &Lexicon, value: &str) -> Option<Vec<&'static str>> {
    let date: Date = value.parse().ok()?;
    (1000..=2999).contains(&date.year()).then(|| (lexicon.date)(date))
}

fn by_looks(lexicon: &Lexicon, value: &str) -> Option<Vec<&'static str>> {
    if value.starts_with('+') {
        return phone(lexicon, value);
    }
    if value.bytes().all(|b| b.is_ascii_digit()) {
        let small = value.len() <= SMALL_DIGITS_MAX && !value.starts_with('0');
        return if small { number(lexicon, value) } else { digits(lexicon, value) };
    }
    date(lexicon, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spoken_naturally() {
        for (language, speak, value, spoken) in [
            ("en-US", Speak::Digits, "90210", "nine zero two one zero"),
            (
                "en-US",
                Speak::Phone,
                "+13055550123",
                "three zero five five five five zero one two three",
            ),
            (
                "en-US",
                Speak::Phone,
                "+442071838750",
                "four four two zero seven one eight three eight seven five zero",
            ),
            ("en-US", Speak::Number, "42", "forty two"),
            ("en-US", Speak::Number, "0", "zero"),
            ("en-US", Speak::Number, "13", "thirteen"),
            ("en-US", Speak::Number, "1250", "one thousand two hundred fifty"),
            ("en-US", Speak::Number, "1000001", "one million one"),
            ("en-US", Speak::Number, "12x", "12x"),
            ("en-US", Speak::Money, "1", "one dollar"),
            (
                "en-US",
                Speak::Money,
                "1250.50",
                "one thousand two hundred fifty dollars and fifty cents",
            ),
            ("en-US", Speak::Money, "0.01", "one cent"),
            ("en-US", Speak::Money, "0", "zero dollars"),
            ("en-US", Speak::Date, "1996-02-29", "February twenty ninth nineteen ninety six"),
            ("en-US", Speak::Date, "2005-03-01", "March first two thousand five"),
            ("en-US", Speak::Date, "2026-12-24", "December twenty fourth twenty twenty six"),
            ("en-US", Speak::Date, "1905-07-02", "July second nineteen oh five"),
            ("en-US", Speak::Date, "1900-01-30", "January thirtieth nineteen hundred"),
            ("en-US", Speak::Date, "tomorrow", "tomorrow"),
            ("en-US", Speak::ByLooks, "7", "seven"),
            ("en-US", Speak::ByLooks, "007", "zero zero seven"),
            ("en-US", Speak::ByLooks, "90210", "nine zero two one zero"),
            ("en-US", Speak::ByLooks, "new", "new"),
            ("en-US", Speak::Text, "42", "42"),
            ("en-US", Speak::Digits, "", ""),
            ("es-US", Speak::Digits, "307", "tres cero siete"),
            ("es", Speak::Number, "21", "veintiuno"),
            ("es", Speak::Number, "100", "cien"),
            ("es", Speak::Number, "131", "ciento treinta y uno"),
            ("es", Speak::Number, "1250", "mil doscientos cincuenta"),
            ("es", Speak::Number, "21000", "veintiún mil"),
            ("es", Speak::Number, "2000000", "dos millones"),
            ("es", Speak::Money, "1", "un dólar"),
            ("es", Speak::Money, "0.50", "cincuenta centavos"),
            ("es", Speak::Money, "2000000", "dos millones de dólares"),
            ("es", Speak::Money, "21.50", "veintiún dólares con cincuenta centavos"),
            (
                "es",
                Speak::Date,
                "1996-02-29",
                "veintinueve de febrero de mil novecientos noventa y seis",
            ),
            ("es", Speak::Date, "2026-05-01", "primero de mayo de dos mil veintiséis"),
        ] {
            assert_eq!(words(language, speak, value).join(" "), spoken, "{language} {value}");
        }
    }

    #[test]
    fn every_word_is_in_the_vocabulary() {
        for language in ["en-US", "es-US"] {
            let known = |speak, value: &str| {
                let vocabulary = vocabulary(language, speak);
                for word in words(language, speak, value) {
                    assert!(vocabulary.contains(&word.as_str()), "{language} {value}: {word}");
                }
            };
            for number in (0..2_000).chain((0..9).map(|n| 10_u32.pow(n) + 31 * n)) {
                known(Speak::Number, &number.to_string());
                known(Speak::Money, &format!("{number}.{:02}", number % 100));
            }
            let mut day: Date = "1899-12-25".parse().unwrap();
            for _ in 0..2_500 {
                known(Speak::Date, &day.to_string());
                day = day.saturating_add(jiff::Span::new().days(29));
            }
            known(Speak::Phone, "+13055550123");
        }
    }
}
