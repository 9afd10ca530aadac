use super::*;
use crate::book::Book;
use crate::book::BookText;

const GOOD: &str = "<Flow name='t'><Route/></Flow>";

fn library(files: &[(&str, &str)], wavs: &Wavs) -> Library {
    let drafts = files.iter().map(|(file, text)| Draft::read(format!("f/{file}"), (*text).into()));
    Library::new(drafts.collect(), wavs, Vec::new())
}

fn book(text: &str) -> Book {
    let (book, faults) = crate::book::parse("book.toml", text);
    book.unwrap_or_else(|| panic!("{faults:?}"))
}

fn number(flow: &str) -> Book {
    book(&format!(
        "[[offer]]\nid = \"o\"\n[[source]]\nid = \"s\"\n[[number]]\nnumber = \"+18005550100\"\n\
         offer = \"o\"\nsource = \"s\"\nflow = \"{flow}\"\n"
    ))
}

fn shown(faults: &[Diagnostic]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

fn text_of(library: &Library, name: &str) -> Option<String> {
    Some(library.source(&name.parse().unwrap())?.text.clone())
}

/// A webhook call that continues in a flow must find that flow unchanged.
#[test]
fn a_flow_that_breaks_stays_with_its_text_and_version() {
    let first = library(&[("t.xml", GOOD)], &Wavs::default());
    assert_eq!(first.faults(), []);
    let version = first.standing().remove(0).version;
    assert!(version.is_some());
    for broken in
        ["<Flow name='t'><Rout/></Flow>", "<Flow", "<Flow name='t'><Redirect flow='u'/></Flow>"]
    {
        let next =
            library(&[("t.xml", broken)], &Wavs::default()).succeed(&first, &Book::default());
        assert!(next.flow(&"t".parse().unwrap()).is_some() && next.failures() == 1, "{broken}");
        assert_eq!(text_of(&next, "t").as_deref(), Some(GOOD), "{broken}");
        assert_eq!(next.standing().remove(0).version, version, "{broken}");
    }
}

#[test]
fn a_flow_whose_file_is_gone_stays_while_a_number_names_it() {
    let first = library(&[("t.xml", GOOD)], &Wavs::default());
    let kept = library(&[], &Wavs::default()).succeed(&first, &number("t"));
    assert_eq!(text_of(&kept, "t").as_deref(), Some(GOOD));
    assert_eq!(
        shown(kept.faults()),
        ["f/t.xml:1:1: error: the file is gone, and a number names the flow (write it anew, or \
          take the number off it)"]
    );
    let gone = library(&[], &Wavs::default()).succeed(&first, &Book::default());
    assert_eq!((text_of(&gone, "t"), gone.failures()), (None, 0));
}

#[test]
fn sounds_of_files_are_asked_for_and_judged() {
    let text = "<Flow name='t'><Play>a.wav</Play><Play>b.wav</Play><Route/></Flow>";
    let draft = Draft::read("t.xml".to_owned(), text.to_owned());
    let names: Vec<String> = draft.wavs().into_iter().map(|wav| wav.name).collect();
    assert_eq!(names, ["a.wav", "b.wav"]);
    let wav = draft.wavs().pop_first().unwrap();
    let found = Wavs::from_iter([(wav, Wav::read(b"no sound"))]);
    let faults = shown(&Library::default().judge(draft, &found, &Book::default()));
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("the sound a.wav cannot be played"), "{faults:?}");
    assert!(faults[1].contains("the sound b.wav does not exist"), "{faults:?}");
}

#[test]
fn a_sound_of_the_web_is_absent_until_it_is_fetched_and_then_taken_over() {
    const ADDRESS: &str = "https://sounds.example/a.wav";
    let text = format!("<Flow name='t'><Play>{ADDRESS}</Play><Route/></Flow>");
    let read = || library(&[("t.xml", &text)], &Wavs::default());
    let nothing = Library::default();
    let mut first = read();
    assert_eq!(Vec::from_iter(first.absent(&nothing)), [ADDRESS]);
    let failed = Fetched::from_iter([(ADDRESS.to_owned(), Err("no answer".to_owned()))]);
    let faults = shown(&first.add_fetched(&failed));
    assert!(faults[0].contains("will be passed over: no answer"), "{faults:?}");
    assert_eq!(Vec::from_iter(first.absent(&nothing)), [ADDRESS]);
    let press_1 = include_bytes!("press-1.wav").to_vec();
    let fetched = Fetched::from_iter([(ADDRESS.to_owned(), Ok(press_1))]);
    assert_eq!(first.add_fetched(&fetched), []);
    let next = read();
    assert_eq!(next.absent(&first).len(), 0);
    let next = next.succeed(&first, &Book::default());
    assert!(next.sound(&crate::flow::Sound::Url(ADDRESS.to_owned())).is_some());
}

#[test]
fn a_value_that_no_filter_can_read_is_warned_of() {
    let text = "<Flow name='t'><Set field='state' value='Californa'/>\
                <Gather field='zip'><Play>press-1.wav</Play><Option digits='1' value='1234'/>\
                <Option digits='2' value='90210'/><Exhausted goto='start'/></Gather>\
                <Set field='owner' value='yes'/><Route/></Flow>";
    let library = library(&[("t.xml", text)], &Wavs::default());
    let faults = shown(&library.check_against(&Book::default(), BookText::named("b")));
    assert_eq!(
        faults,
        [
            "t.xml:1:16: warning: field state: `Californa` is not a state: use its two letters, \
             like CA (filters and geography cannot read this value)",
            "t.xml:1:54: warning: field zip: `1234` is not a zip: use five digits, like 90210 \
             (filters and geography cannot read this value)",
        ]
    );
}

#[test]
fn sentences_without_sound_are_listed_once_and_without_variables() {
    let text = "<Flow name='t'><Say>Hi</Say><Say>Hi</Say><Say>Your zip is {zip}.</Say>\
                <Gather field='zip' validate='us-zip'><Say>Zip?</Say><NoInput><Say>Hm?</Say>\
                </NoInput><Exhausted goto='start'/></Gather><Play>a.wav</Play><Route/></Flow>";
    let draft = Draft::read("t.xml".to_owned(), text.to_owned());
    let found = |sentence: &str| draft.wavs().into_iter().find(|wav| wav.name.contains(sentence));
    let sound = (found("hm").unwrap(), Wav::read(include_bytes!("press-1.wav")));
    let library = library(&[("t.xml", text)], &Wavs::from_iter([sound]));
    let book = book(
        "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"o\"\n[[contract]]\nid = \
         \"c\"\nbuyer = \"b\"\noffer = \"o\"\nprice = { amount = \"1.00\", currency = \"USD\" }\n\
         destination = { sip = \"sip:b@192.0.2.1\", whisper = \"A call.\" }\n",
    );
    let texts: Vec<String> = library.silent(&book).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Hi", "Zip?", "A call."]);
}

#[test]
fn a_book_and_the_flows_are_held_against_each_other() {
    let flows = [("t.xml", "<Flow name='t'><Route offer='p'/></Flow>"), ("u.xml", GOOD)];
    let library = library(&flows[..1], &Wavs::default());
    assert_eq!(
        shown(&library.check_against(&number("tt"), BookText::named("b"))),
        [
            "b:1:1: error: number +18005550100 names flow `tt`, which does not exist (did you \
             mean `t`?)",
            "t.xml:1:16: warning: offer `p` is not in the book",
        ]
    );
    // A flow that a number uses must have its offer.
    let faults = shown(&library.check_against(&number("t"), BookText::named("b")));
    assert_eq!(faults, ["t.xml:1:16: error: offer `p` is not in the book"]);
}

/// Emergency, premium-rate, and satellite numbers are dialed only through a trunk that lists them.
#[test]
fn numbers_that_may_not_be_dialled_are_refused() {
    let text = "[[trunk]]\nid = \"t\"\noutbound = \"sip:203.0.113.1\"\n\
                allow_prefixes = [\"+8816\", \"112\"]\n[[trunk]]\nid = \"u\"\n\
                outbound = \"sip:203.0.113.2\"\n[[offer]]\nid = \"o\"\n";
    let contract = |id: &str, to: &str| {
        format!(
            "[[buyer]]\nid = \"{id}\"\ntimezone = \"UTC\"\n[[contract]]\nid = \"{id}\"\n\
             buyer = \"{id}\"\noffer = \"o\"\nprice = {{ amount = \"1.00\", currency = \"USD\" \
             }}\ndestination = {{ {to} }}\n"
        )
    };
    let text = [
        text.to_owned(),
        contract("satellite", "phone = \"+881631234567\", trunk = \"t\""),
        contract("premium", "phone = \"+19005550100\", trunk = \"t\""),
        contract("elsewhere", "phone = \"+881631234567\", trunk = \"u\""),
        contract("listed", "sip = \"sip:112@203.0.113.1:5080\""),
        contract("emergency", "sip = \"sip:911@203.0.113.1\""),
        contract("pbx", "sip = \"sip:112@198.51.100.9\""),
    ]
    .concat();
    let flow = "<Flow name='t'><Dial to='+881631234567' trunk='t'/><Dial to='+881631234567'/>\
                <Dial to='sip:911@203.0.113.1'/><Reject/></Flow>";
    let library = library(&[("t.xml", flow)], &Wavs::default());
    let written = BookText { file: "b", text: &text };
    let remedy = "(choose another number, or name a trunk that lists its prefix in \
                  `allow_prefixes`)";
    assert_eq!(
        shown(&library.check_against(&book(&text), written)),
        [
            format!(
                "b:23:6: error: contract `premium` calls +19005550100, a premium-rate number \
                 {remedy}"
            ),
            format!(
                "b:32:6: error: contract `elsewhere` calls +881631234567, a satellite or \
                 international network number {remedy}"
            ),
            format!(
                "b:50:6: error: contract `emergency` calls sip:911@203.0.113.1, an emergency \
                 number {remedy}"
            ),
            format!(
                "b:59:6: error: contract `pbx` calls sip:112@198.51.100.9, an emergency number \
                 {remedy}"
            ),
            format!(
                "t.xml:1:52: error: +881631234567 is a satellite or international network number \
                 {remedy}"
            ),
            format!("t.xml:1:78: error: sip:911@203.0.113.1 is an emergency number {remedy}"),
        ]
    );
}
