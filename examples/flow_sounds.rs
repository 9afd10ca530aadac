//! Prints the sound files that flows and books need, one per line: name, language, and sentence, separated by
//! tabs. `scripts/render-prompts.sh` renders them.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;

use strowger::book;
use strowger::book::Book;
use strowger::call::WHISPER_LANGUAGE;
use strowger::flow;
use strowger::flow::SoundFile;
use strowger::flow::sound_file_name;

fn main() -> io::Result<ExitCode> {
    let mut files = BTreeSet::new();
    let mut exit = ExitCode::SUCCESS;
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        let (sounds, faults) = if path.ends_with(".toml") {
            let (book, faults) = book::parse(&path, &text);
            (book.map(|book| whispers(&book)), faults)
        } else {
            let (flow, faults) = flow::parse(&path, &text);
            (flow.map(|flow| flow::sounds(&flow).into_iter().collect()), faults)
        };
        for fault in faults {
            eprintln!("{fault}");
        }
        match sounds {
            Some(sounds) => files.extend(sounds),
            None => exit = ExitCode::FAILURE,
        }
    }
    for file in files {
        println!("{}\t{}\t{}", file.name, file.language, file.text);
    }
    Ok(exit)
}

/// Returns the sounds of a book's whispers.
fn whispers(book: &Book) -> Vec<SoundFile> {
    let destinations = book.contracts.iter().filter_map(|contract| contract.destination.as_ref());
    let texts = destinations.filter_map(|destination| destination.whisper.clone());
    let sound = |text: String| SoundFile {
        name: sound_file_name(WHISPER_LANGUAGE, &text),
        language: WHISPER_LANGUAGE.to_owned(),
        text,
    };
    texts.map(sound).collect()
}
