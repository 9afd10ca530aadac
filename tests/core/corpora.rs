//! Replays the corpora of the fuzz targets as ordinary tests: the seeds of `tests/data`, which the
//! repository keeps, each also cut short and with single bytes changed; and what a fuzzer has
//! collected in `fuzz/corpus` and `fuzz/artifacts`, if there is any.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

#[path = "../../fuzz/properties/book_toml.rs"]
mod book_toml;
#[path = "../../fuzz/properties/delivery_answer.rs"]
mod delivery_answer;
#[path = "../../fuzz/properties/digest.rs"]
mod digest;
#[path = "../../fuzz/properties/flow_xml.rs"]
mod flow_xml;
#[path = "../../fuzz/properties/identity.rs"]
mod identity;
#[path = "../../fuzz/properties/lead_body.rs"]
mod lead_body;
#[path = "../../fuzz/properties/srtp.rs"]
mod srtp;
#[path = "../../fuzz/properties/rtcp.rs"]
mod rtcp;
#[path = "../../fuzz/properties/rtp.rs"]
mod rtp;
#[path = "../../fuzz/properties/sdp.rs"]
mod sdp;
#[path = "../../fuzz/properties/sip_message.rs"]
mod sip_message;
#[path = "../../fuzz/properties/sip_stream.rs"]
mod sip_stream;
#[path = "../../fuzz/properties/webhook_body.rs"]
mod webhook_body;

/// Maximum number of variants of one seed.
const VARIANTS_MAX: usize = 64;
/// Bytes that variants put in place of others: ends of lines and words, quotes, the extremes.
const BYTES: &[u8] = b"\0\r\n \"<>=;:&%\x7f\xff";

/// A fuzz target: its name, its property, and where its seeds are.
struct Target {
    name: &'static str,
    check: fn(&[u8]),
    seeds: &'static [&'static str],
}

const TARGETS: &[Target] = &[
    Target {
        name: "sip_message",
        check: sip_message::check,
        seeds: &["tests/data/rfc4475", "tests/data/sip"],
    },
    Target {
        name: "sip_stream",
        check: sip_stream::check,
        seeds: &["tests/data/rfc4475", "tests/data/sip"],
    },
    Target { name: "digest", check: digest::check, seeds: &["tests/data/digest"] },
    Target { name: "identity", check: identity::check, seeds: &["tests/data/identity"] },
    Target { name: "sdp", check: sdp::check, seeds: &["tests/data/sdp"] },
    Target { name: "rtp", check: rtp::check, seeds: &["tests/data/rtp"] },
    Target { name: "rtcp", check: rtcp::check, seeds: &["tests/data/rtcp"] },
    Target { name: "srtp", check: srtp::check, seeds: &["tests/data/rtp", "tests/data/rtcp"] },
    Target { name: "flow_xml", check: flow_xml::check, seeds: &["ivr-flows", "tests/data/flows"] },
    Target { name: "webhook_body", check: webhook_body::check, seeds: &["tests/data/webhooks"] },
    Target {
        name: "delivery_answer",
        check: delivery_answer::check,
        seeds: &["tests/data/answers"],
    },
    Target { name: "lead_body", check: lead_body::check, seeds: &["tests/data/leads"] },
    Target { name: "book_toml", check: book_toml::check, seeds: &["deploy", "tests/data/books"] },
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files of a directory, by name; none if it does not exist.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Returns variants of a seed: its beginnings, and the seed with one byte changed, spread evenly
/// over its length.
fn variants(seed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let step = (seed.len() / VARIANTS_MAX).max(1);
    (0..seed.len()).step_by(step).flat_map(move |at| {
        let mut changed = seed.to_vec();
        if let (Some(byte), Some(other)) = (changed.get_mut(at), BYTES.get(at / step % BYTES.len()))
        {
            *byte = *other;
        }
        [seed.get(..at).unwrap_or_default().to_vec(), changed]
    })
}

/// Replays the corpus of one target.
fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let mut seeds = 0;
    for directory in target.seeds {
        for path in files(&root().join(directory)) {
            let seed = fs::read(&path).unwrap();
            (target.check)(&seed);
            variants(&seed).for_each(|variant| (target.check)(&variant));
            seeds += 1;
        }
    }
    assert!(seeds >= 3, "{name}: {seeds} seeds");
    for collected in ["corpus", "artifacts"] {
        for path in files(&root().join("fuzz").join(collected).join(name)) {
            (target.check)(&fs::read(&path).unwrap());
        }
    }
}

#[test]
fn digest_lines_are_replayed() {
    replay("digest");
}

#[test]
fn identities_are_replayed() {
    replay("identity");
}

#[test]
fn sip_messages_are_replayed() {
    replay("sip_message");
}

#[test]
fn sip_streams_are_replayed() {
    replay("sip_stream");
}

#[test]
fn descriptions_are_replayed() {
    replay("sdp");
}

#[test]
fn rtp_is_replayed() {
    replay("rtp");
}

#[test]
fn rtcp_is_replayed() {
    replay("rtcp");
}

#[test]
fn srtp_is_replayed() {
    replay("srtp");
}

#[test]
fn flow_files_are_replayed() {
    replay("flow_xml");
}

#[test]
fn webhook_bodies_are_replayed() {
    replay("webhook_body");
}

#[test]
fn books_are_replayed() {
    replay("book_toml");
}

#[test]
fn every_fuzz_target_is_replayed_and_run_by_make_fuzz() {
    let names = |directory: &str| -> Vec<String> {
        let stems = files(&root().join(directory)).into_iter();
        stems.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let mut targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    targets.sort_unstable();
    assert_eq!(names("fuzz/fuzz_targets"), targets);
    assert_eq!(names("fuzz/properties"), targets);
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let fuzzed = makefile.lines().find_map(|line| line.strip_prefix("FUZZ_TARGETS := ")).unwrap();
    for name in targets {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(fuzzed.split(' ').any(|target| target == name), "{name}");
    }
}
