//! The book and flows of a simulation, which cover every path of a call.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use strowger::base::Rng;
use strowger::book;
use strowger::book::Book;
use strowger::library::Draft;
use strowger::library::Library;
use strowger::library::Wavs;
use strowger::library::is_fatal;

/// Numbers in the book, and one that is not.
pub(crate) const NUMBERS: [&str; 7] = [
    "+18005550100",
    "+18005550101",
    "+18005550102",
    "+18005550103",
    "+18005550104",
    "+18005550105",
    "+18005550199",
];
/// Buyers with their own address, and the two gateways of the carrier.
pub(crate) const BUYERS: usize = 6;

const FLOWS: [(&str, &str); 6] = [
    ("direct", "<Flow name='direct'><Route/></Flow>"),
    (
        "menu",
        "<Flow name='menu'><Step id='ask'><Say>Hello.</Say>
         <Gather field='zip' validate='us-zip' timeout='3' attempts='2' gate='false'>
         <Say>Your zip code?</Say></Gather><Redirect step='sell'/></Step>
         <Step id='sell'><Route><NoBuyer goto='sorry'/></Route></Step>
         <Step id='sorry'><Say>All agents are busy.</Say><Hangup/></Step></Flow>",
    ),
    ("busy", "<Flow name='busy'><Reject reason='busy'/></Flow>"),
    (
        "choose",
        "<Flow name='choose'><Step id='a'><Gather field='intent' numDigits='1' timeout='2'
         attempts='2'><Say>1 or 2?</Say><Option digits='1' value='new' goto='b'/>
         <Option digits='2' value='old' goto='c'/><Exhausted goto='d'/></Gather></Step>
         <Step id='b'><Route/></Step><Step id='c'><Redirect flow='menu'/></Step>
         <Step id='d'><Hangup/></Step></Flow>",
    ),
    (
        "again",
        "<Flow name='again'><Step id='a'><Route><NoBuyer goto='b'/></Route></Step>
         <Step id='b'><Say>Hold on.</Say><Pause length='2'/><If poolAtLeast='1' goto='c'/>
         <Redirect flow='menu'/></Step><Step id='c'><Route offer='second'/></Step></Flow>",
    ),
    (
        "silent",
        "<Flow name='silent'><Step id='a'><Set field='kind' value='x'/><Route/></Step></Flow>",
    ),
];

/// Returns the address of a buyer, or of a gateway behind them.
pub(crate) fn buyer_address(buyer: usize) -> SocketAddr {
    let last = u8::try_from(10 + buyer).unwrap_or(10);
    ([198, 51, 100, last], 5060).into()
}

/// The flows. Their sentences have no sounds: the simulation sets their length.
pub(crate) fn library() -> Library {
    let drafts = FLOWS.map(|(name, text)| Draft::read(format!("{name}.xml"), text.to_owned()));
    let library = Library::new(drafts.into(), &Wavs::default(), Vec::new());
    assert!(!is_fatal(library.faults()), "{:?}", library.faults());
    library
}

/// Returns a book of three offers, six buyers, and nine contracts, with rings, caps, and gates by
/// the seed.
pub(crate) fn book(seed: u64) -> Arc<Book> {
    let mut rng = Rng::seeded(seed);
    let mut text = String::from(
        "[[trunk]]\nid = \"carrier\"\naccept_from = [\"192.0.2.0/28\"]\n\
         outbound = [\"sip:198.51.100.16:5060\", \"sip:198.51.100.17:5060\"]\n\
         [[source]]\nid = \"ads\"\npayout = { amount = \"3.00\", currency = \"USD\" }\n\
         [[source]]\nid = \"house\"\n",
    );
    for buyer in 0..BUYERS {
        let caps = caps(&mut rng, &[2, 3, 5]);
        writeln!(text, "[[buyer]]\nid = \"b{buyer}\"\ntimezone = \"America/Chicago\"\n{caps}")
            .unwrap();
    }
    let dq = ["", "dq = { offer = \"second\" }", "dq = { recording = \"sorry\" }"];
    offer(&mut text, "first", dq[pick(&mut rng, dq.len())], &mut rng);
    offer(&mut text, "second", "dq = { offer = \"third\" }", &mut rng);
    let dq = ["", "dq = { buyer = \"b5\" }", "dq = { recording = \"sorry\" }"];
    offer(&mut text, "third", dq[pick(&mut rng, dq.len())], &mut rng);
    let offers =
        ["first", "first", "first", "first", "first", "second", "second", "third", "third"];
    for (place, name) in offers.iter().enumerate() {
        contract(&mut text, place, name, &mut rng);
    }
    for (place, number) in NUMBERS.iter().take(NUMBERS.len() - 1).enumerate() {
        let (flow, _) = FLOWS[place];
        let source = if place % 2 == 0 { "ads" } else { "house" };
        writeln!(
            text,
            "[[number]]\nnumber = \"{number}\"\noffer = \"first\"\nsource = \"{source}\"\n\
             flow = \"{flow}\""
        )
        .unwrap();
    }
    let (book, faults) = book::parse("book.toml", &text);
    Arc::new(book.unwrap_or_else(|| panic!("{faults:?}\n{text}")))
}

fn offer(text: &mut String, id: &str, dq: &str, rng: &mut Rng) {
    let strategy = ["priority", "weighted", "round_robin"][pick(rng, 3)];
    let ring = ["ring = \"sequential\"", "ring = \"simultaneous\"\nring_width = 3"][pick(rng, 2)];
    let caps = if rng.chance(1, 4) { caps(rng, &[3, 6]) } else { String::new() };
    writeln!(
        text,
        "[[offer]]\nid = \"{id}\"\nstrategy = \"{strategy}\"\n{ring}\nring_timeout = \"8s\"\n\
         {dq}\n{caps}"
    )
    .unwrap();
}

fn contract(text: &mut String, place: usize, offer: &str, rng: &mut Rng) {
    let buyer = place % BUYERS;
    let tier = ["primary", "primary", "secondary", "overflow", "fallback"][pick(rng, 5)];
    let buffer = [0, 5, 30][pick(rng, 3)];
    let caps = if rng.chance(1, 3) { caps(rng, &[1, 2]) } else { String::new() };
    let gate = ["", "whisper = \"A call.\"\n", "accept = \"press-1\"\n"][pick(rng, 3)];
    let to = match rng.chance(1, 4) {
        true => format!("phone = \"+1305555010{place}\"\ntrunk = \"carrier\""),
        false => {
            let transport = if rng.chance(1, 6) { ";transport=tcp" } else { "" };
            format!("sip = \"sip:desk@{}{transport}\"", buyer_address(buyer))
        }
    };
    writeln!(
        text,
        "[[contract]]\nid = \"c{place}\"\nbuyer = \"b{buyer}\"\noffer = \"{offer}\"\n\
         tier = \"{tier}\"\npriority = {place}\nweight = 10\nbuffer = \"{buffer}s\"\n\
         price = {{ amount = \"1{place}.00\", currency = \"USD\" }}\n{caps}\n\
         [contract.destination]\n{to}\n{gate}"
    )
    .unwrap();
}

fn caps(rng: &mut Rng, units: &[u64]) -> String {
    let unit = units[pick(rng, units.len())];
    match rng.below(3) {
        0 => format!("caps = {{ concurrent = {unit} }}"),
        1 => format!("caps = {{ day = {unit} }}"),
        _ => format!("caps = {{ day = {}, concurrent = {unit} }}", unit + 1),
    }
}

/// Returns a position in a list of `len`.
pub(crate) fn pick(rng: &mut Rng, len: usize) -> usize {
    usize::try_from(rng.below(len as u64)).unwrap_or(0)
}
