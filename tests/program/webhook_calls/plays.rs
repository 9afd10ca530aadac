//! The table that `one_behaviour` plays everywhere: who calls which flow, and who answers.

use strowger::demo::carrier::AtWhisper;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;

use super::stage::phone;
use super::stage::s;

/// A flow, its contracts, and its callers: the keys at each question, `-` for none, or `off` to
/// hang up.
pub(crate) struct Play<'a> {
    pub(crate) flow: &'a str,
    pub(crate) offer: &'a str,
    pub(crate) contracts: &'a [(&'a str, &'a str)],
    pub(crate) callers: &'a [&'a [&'a str]],
    /// Hours after 11:00 on a Monday in New York.
    pub(crate) hours: u64,
    /// Which phones answer, and how.
    pub(crate) phones: fn(Script) -> Script,
}

const QUOTES: &[(&str, &str)] = &[
    ("zip", "filters = { zips = [\"23456\"] }"),
    ("new", "filters = { fields = [{ field = \"intent\", equals = \"new\" }] }"),
    ("old", "filters = { fields = [{ field = \"intent\", equals = \"existing\" }] }"),
    ("busy", "filters = { states = [\"VA\"] }\ncaps = { day = 4 }"),
    ("south", "filters = { states = [\"FL\"] }"),
    ("service", "offer = \"service\""),
];
const HOMES: &[(&str, &str)] = &[
    (
        "roof",
        "filters = { fields = [{ field = \"trade\", equals = \"roofing\" }], zips = [\"23456\"] }",
    ),
    ("pipes", "filters = { fields = [{ field = \"trade\", equals = \"plumbing\" }] }"),
    (
        "owners",
        "filters = { fields = [{ field = \"owner\", equals = \"yes\" }, \
         { field = \"trade\", in = [\"roofing\", \"windows\"] }], states = [\"VA\"] }",
    ),
    ("tenants", "filters = { fields = [{ field = \"owner\", equals = \"no\" }] }"),
];
const SPEAKERS: &[(&str, &str)] = &[
    ("english", "filters = { fields = [{ field = \"language\", equals = \"en\" }] }"),
    ("spanish", "filters = { fields = [{ field = \"language\", equals = \"es\" }] }"),
    ("callback", "filters = { required = [\"callback\"] }"),
];
/// Mondays are closed.
const CLOSED: &[(&str, &str)] = &[
    ("day", "schedule = { weekly = { tue = [\"09:00-18:00\"] } }"),
    ("night", "offer = \"night-service\""),
];
const CAPPED: &[(&str, &str)] = &[("one", "caps = { day = 1 }")];
const ELSEWHERE: &[(&str, &str)] = &[("alaska", "filters = { states = [\"AK\"] }")];

const THREE: &[(&str, &str)] =
    &[("a", "caps = { day = 1 }"), ("b", "caps = { day = 1 }"), ("c", "caps = { day = 1 }")];
const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 3";
const GATED: &[(&str, &str)] = &[
    (
        "a",
        "destination = { phone = \"+13055550100\", trunk = \"t\", whisper = \"A call.\", \
         accept = \"press-1\" }",
    ),
    ("b", ""),
];

const INSURERS: &[(&str, &str)] = &[
    ("young", "filters = { zips = [\"23456\"], fields = [{ field = \"age\", max = 59 }] }"),
    ("any", "filters = { states = [\"FL\"] }"),
    ("hablan", "filters = { fields = [{ field = \"language\", equals = \"es\" }] }"),
];
/// The desks of `front-desk`.
const DESK: &str = "+18005550199";
pub(crate) const DESK_2: &str = "sip:desk@198.51.100.20";
const BESIDE: &[(&str, &str)] = &[
    (
        "a",
        "destination = { phone = \"+13055550100\", trunk = \"t\", whisper = \"A call.\", \
         accept = \"press-1\" }",
    ),
    ("beside", ""),
];

pub(crate) const PLAYS: &[Play<'_>] = &[
    Play {
        flow: "direct",
        offer: "",
        contracts: &[("a", ""), ("b", "")],
        callers: &[&[], &[]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "direct",
        offer: "",
        contracts: ELSEWHERE,
        callers: &[&[]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "auto-quote",
        offer: "",
        contracts: QUOTES,
        callers: &[
            &["1", "23456"],
            &["1", "33101"],
            &["1", "-", "-"],
            &["1", "999", "23456"],
            &["2"],
            &["7", "-", "1", "23456"],
            &["-", "-", "-"],
            &["off"],
            &["1", "off"],
        ],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "home-services",
        offer: "",
        contracts: HOMES,
        callers: &[
            &["1", "23456", "1", "12#"],
            &["1", "23456", "1", "3#"],
            &["1", "23456", "2"],
            &["1", "23456", "-", "-", "-", "-"],
            &["2", "33101"],
            &["3", "23456", "1"],
            &["3", "99501", "2"],
            &["3", "00000", "99999", "1"],
            &["9", "4", "-"],
            &["-", "1", "off"],
        ],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "two-languages",
        offer: "",
        contracts: SPEAKERS,
        callers: &[
            &["1", "3055550199"],
            &["2", "-", "-"],
            &["2", "123", "3055550199"],
            &["3", "-", "-", "-"],
            &["1", "off"],
        ],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "after-hours",
        offer: "",
        contracts: CLOSED,
        callers: &[&["1"], &["2"], &["-", "-"], &["5", "1"], &["off"]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "after-hours",
        offer: "",
        contracts: CAPPED,
        callers: &[&[], &[]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "after-hours",
        offer: "",
        contracts: ELSEWHERE,
        callers: &[&[]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "menu",
        offer: "",
        contracts: &[("a", "")],
        callers: &[&["1"], &["-", "-"]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "refuse",
        offer: "",
        contracts: &[("a", "")],
        callers: &[&[]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "direct",
        offer: "",
        contracts: THREE,
        callers: &[&[], &[]],
        hours: 0,
        phones: |call| {
            let failed = call.phone(&phone(0), Behaviour::fails(503));
            failed.phone(&phone(2), buyer())
        },
    },
    Play {
        flow: "direct",
        offer: TOGETHER,
        contracts: THREE,
        callers: &[&[], &[]],
        hours: 0,
        phones: |call| {
            let slow = Behaviour::answers(s(9), s(60));
            call.phone(&phone(0), slow).phone(&phone(1), buyer())
        },
    },
    Play {
        flow: "direct",
        offer: TOGETHER,
        contracts: THREE,
        callers: &[&[]],
        hours: 0,
        phones: |call| call.gives_up(s(9)),
    },
    Play {
        flow: "direct",
        offer: TOGETHER,
        contracts: THREE,
        callers: &[&[]],
        hours: 0,
        phones: |call| call.phone(&phone(0), Behaviour::busy()).phone(&phone(1), Behaviour::busy()),
    },
    Play {
        flow: "direct",
        offer: "",
        contracts: GATED,
        callers: &[&[]],
        hours: 0,
        phones: |call| call.phone(&phone(0), buyer()).phone(&phone(1), buyer()),
    },
    Play {
        flow: "direct",
        offer: "",
        contracts: GATED,
        callers: &[&[]],
        hours: 0,
        phones: |call| {
            let machine = Behaviour::voicemail(s(4), s(90));
            call.phone(&phone(0), machine).phone(&phone(1), buyer())
        },
    },
    Play {
        flow: "direct",
        offer: "",
        contracts: GATED,
        callers: &[&[]],
        hours: 0,
        phones: |call| {
            let other = buyer().at_whisper(AtWhisper::Presses("5".to_owned()));
            call.phone(&phone(0), other).phone(&phone(1), Behaviour::busy())
        },
    },
    Play {
        flow: "direct",
        offer: "",
        contracts: GATED,
        callers: &[&[]],
        hours: 0,
        phones: |call| {
            let gone = buyer().at_whisper(AtWhisper::HangsUp);
            call.phone(&phone(0), gone).phone(&phone(1), buyer())
        },
    },
    Play {
        flow: "direct",
        offer: "",
        contracts: THREE,
        callers: &[&[], &[]],
        hours: 0,
        phones: |call| call.phone(&phone(0), Behaviour::answers(s(4), s(3))),
    },
    Play {
        flow: "voicemail",
        offer: "",
        contracts: &[("a", "")],
        callers: &[&[], &[]],
        hours: 10,
        phones: town,
    },
    Play {
        flow: "voicemail",
        offer: "",
        contracts: ELSEWHERE,
        callers: &[&[]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "insurance",
        offer: "",
        contracts: INSURERS,
        callers: &[
            &["1", "23456", "40#", "01022020"],
            &["1", "33101", "40#"],
            &["2", "23456", "-"],
            &["-", "-", "-", "-", "70#", "-"],
            &["2", "off"],
        ],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "known-caller",
        offer: "",
        contracts: QUOTES,
        callers: &[&["23456"], &["1", "33101"], &["-", "-"]],
        hours: 0,
        phones: town,
    },
    Play {
        flow: "front-desk",
        offer: "",
        contracts: &[("a", "caps = { day = 1 }")],
        callers: &[&["5"], &[], &[]],
        hours: 0,
        phones: |call| town(call).phone(DESK, buyer()),
    },
    Play {
        flow: "front-desk",
        offer: "",
        contracts: ELSEWHERE,
        callers: &[&["7", "5"], &["-", "-"], &[]],
        hours: 0,
        phones: |call| call.phone(DESK, Behaviour::busy()).phone(DESK_2, buyer()),
    },
    Play {
        flow: "front-desk",
        offer: "",
        contracts: ELSEWHERE,
        callers: &[&["5"], &[]],
        hours: 10,
        phones: |call| call.phone(DESK, Behaviour::fails(503)),
    },
    Play {
        flow: "front-desk",
        offer: "",
        contracts: ELSEWHERE,
        callers: &[&["5"]],
        hours: 0,
        phones: |call| call.gives_up(s(20)),
    },
    Play {
        flow: "direct",
        offer: TOGETHER,
        contracts: BESIDE,
        callers: &[&[]],
        hours: 0,
        phones: |call| call.phone(&phone(0), buyer()),
    },
];

/// A buyer who hangs up after a minute.
pub(crate) fn buyer() -> Behaviour {
    Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled)
}

/// Every buyer answers, except the fourth in the book, who is busy.
fn town(call: Script) -> Script {
    (0..6).fold(call, |call, place| {
        call.phone(&phone(place), if place == 3 { Behaviour::busy() } else { buyer() })
    })
}
