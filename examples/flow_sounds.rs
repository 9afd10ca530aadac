//! Prints the sound files that flows need, one per line: name, language, and sentence, separated by
//! tabs. `scripts/render-prompts.sh` renders them.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;

use strowger::flow;

fn main() -> io::Result<ExitCode> {
    let mut files = BTreeSet::new();
    let mut exit = ExitCode::SUCCESS;
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        let (flow, faults) = flow::parse(&path, &text);
        for fault in faults {
            eprintln!("{fault}");
        }
        match flow {
            Some(flow) => files.extend(flow::sounds(&flow)),
            None => exit = ExitCode::FAILURE,
        }
    }
    for file in files {
        println!("{}\t{}\t{}", file.name, file.language, file.text);
    }
    Ok(exit)
}
