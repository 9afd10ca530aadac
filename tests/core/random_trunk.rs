//! Random trunks that pass the reader's rules.

use std::time::Duration;

use jiff::tz::TimeZone;
use strowger::base::Codec;
use strowger::base::Currency;
use strowger::base::Money;
use strowger::base::Prack;
use strowger::base::Preference;
use strowger::base::Rng;
use strowger::base::Srtp;
use strowger::base::SymmetricRtp;
use strowger::book::Audio;
use strowger::book::CallerIdentity;
use strowger::book::DayLimits;
use strowger::book::Gateway;
use strowger::book::HeaderRules;
use strowger::book::NumberForm;
use strowger::book::Ringback;
use strowger::book::Spot;
use strowger::book::Template;
use strowger::book::Trunk;
use strowger::book::TrunkPrefix;

const IDENTITIES: &[CallerIdentity] =
    &[CallerIdentity::PAssertedIdentity, CallerIdentity::RemotePartyId, CallerIdentity::From];
const NUMBER_FORMS: &[NumberForm] =
    &[NumberForm::E164, NumberForm::E164Plain, NumberForm::National];
const PINGS: &[Option<Duration>] =
    &[None, Some(Duration::from_secs(5)), Some(Duration::from_secs(30))];

/// Returns the `n`th trunk of a book.
pub(crate) fn trunk(n: usize, rng: &mut Rng) -> Trunk {
    let registers = rng.chance(1, 3);
    let country = some(rng, || "AU".parse().unwrap());
    Trunk {
        id: format!("t{n}").parse().unwrap(),
        accept_from: vec![format!("10.{n}.0.0/16").parse().unwrap()],
        credentials: (registers || rng.chance(1, 2)).then(|| "own".parse().unwrap()),
        register: if registers { vec!["sip:a.example".parse().unwrap()] } else { Vec::new() },
        register_expires: Duration::from_secs(60 + rng.below(86_340)),
        from_domain: some(rng, || "b.example".to_owned()),
        outbound: (0..rng.below(4)).map(|at| gateway(at, rng)).collect(),
        ping: pick(rng, PINGS),
        final_codes: pick(rng, &[vec![486, 600, 603], vec![404], vec![]]),
        identity: pick(rng, IDENTITIES),
        number_form: pick(rng, NUMBER_FORMS),
        headers: headers(rng),
        prack: pick(rng, Prack::ALL),
        calls_at_once: rng.chance(1, 2).then_some(100_000),
        calls_per_second: rng.chance(1, 2).then_some(1),
        allow_prefixes: vec!["+1900".parse().unwrap()],
        timezone: TimeZone::get(pick(rng, &["UTC", "America/Denver"])).unwrap(),
        rate: Some(money(12_000)),
        day: day(rng),
        prefixes: vec![TrunkPrefix {
            prefix: "+44".parse().unwrap(),
            rate: some(rng, || money(20_000)),
            day: day(rng),
        }],
        audio: Audio {
            symmetric_rtp: pick(rng, SymmetricRtp::ALL),
            srtp: pick(rng, Srtp::ALL),
            codecs: pick(rng, &[Codec::ALL.to_vec(), vec![Codec::G722, Codec::Pcmu]]),
            ringback: pick(
                rng,
                &[
                    None,
                    Some(Ringback::Country("GB".parse().unwrap())),
                    Some(Ringback::Recording("waltz".to_owned())),
                ],
            ),
            hold_music: some(rng, || "waltz".to_owned()),
        },
        country,
    }
}

fn gateway(at: u64, rng: &mut Rng) -> Gateway {
    let uri = format!("sip:g{at}.example:5061;transport=tls").parse().unwrap();
    let small = |rng: &mut Rng| u16::try_from(1 + rng.below(3)).unwrap();
    Gateway { uri, preference: Preference { priority: small(rng), weight: small(rng) } }
}

fn headers(rng: &mut Rng) -> HeaderRules {
    let names = |rng: &mut Rng, names: &[&str]| match rng.chance(1, 2) {
        true => names.iter().map(|name| (*name).to_owned()).collect(),
        false => Vec::new(),
    };
    let value = Template::parse("{offer}, \"{caller}\"", Spot::Header).unwrap();
    HeaderRules {
        pass: names(rng, &["X-Lead", "Subject"]),
        add: names(rng, &["X-Id", "X-Of"]).into_iter().map(|name| (name, value.clone())).collect(),
        remove: names(rng, &["Diversion"]),
    }
}

fn day(rng: &mut Rng) -> DayLimits {
    DayLimits {
        calls: some(rng, || 10_000),
        minutes: some(rng, || 60_000),
        cost: some(rng, || money(500_000_000)),
    }
}

fn money(micros: i64) -> Money {
    Money::from_micros(micros, Currency::USD)
}

fn some<T>(rng: &mut Rng, value: impl FnOnce() -> T) -> Option<T> {
    rng.chance(1, 2).then(value)
}

fn pick<T: Clone>(rng: &mut Rng, of: &[T]) -> T {
    of[usize::try_from(rng.below(of.len() as u64)).unwrap()].clone()
}
