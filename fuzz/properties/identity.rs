//! Any text as an Identity header: reading it never panics, a passport that is read has numbers of digits
//! and the address of its certificate, and without a certificate no call is attested.

use strowger::base::Phone;
use strowger::base::Wall;
use strowger::stir::Claim;
use strowger::stir::Fault;
use strowger::stir::Identity;
use strowger::stir::Passport;
use strowger::stir::Verdict;
use strowger::stir::verify;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let passport = Identity::parse(text).and_then(|identity| Passport::read(&identity));
    if let Ok(passport) = passport {
        let numbers = passport.called.iter().chain([&passport.caller]);
        assert!(numbers.flat_map(|number| number.bytes()).all(|byte| byte.is_ascii_digit()));
        assert!(passport.certificate.starts_with("http"), "{passport:?}");
    }
    let phone = |text: &str| text.parse::<Phone>().expect("a number");
    let (caller, called) = (phone("+12025550187"), phone("+18005550100"));
    let at = Wall::from_micros(1_800_000_000_000_000);
    let claim = Claim { caller: Some(&caller), called: &called, at };
    let verdict = verify([text].into_iter(), claim, |_| Err(Fault::NotFetched));
    assert!(!matches!(verdict, Verdict::Attested(_)), "{text:?}");
}
