//! `strowger flow`: checks, draws and plays flow files, and lists their sounds.

mod draw;
mod play;
mod simulate;
mod stage;

use super::out::out;
use std::path::Path;
use std::path::PathBuf;

use super::Fault;
use super::command;
use super::fault::counted;
use super::fault::refuse_errors;
use super::flow_files::read;
use crate::carrier;
use crate::carrier::Carrier;
use crate::config::Settings;
use crate::flow;
use crate::flow::SoundFile;
use crate::publish::Shelf;
use crate::rehearsal::Crowd;
use crate::switch;

/// Runs a command. Reads the settings only if the command needs them, so a file is enough.
pub(super) async fn run(config: Option<&Path>, command: command::Flow) -> Result<(), Fault> {
    let settings = || Settings::load(config).map_err(Fault::Files);
    match command {
        command::Flow::Check { files, carriers } => check(&settings()?, &files, &carriers),
        command::Flow::Sounds { files, render } => sounds(&settings()?, &files, render).await,
        command::Flow::Draw { file, output, format, book, offer } => {
            let book = stage::book(config, book.as_deref())?;
            draw::run(&file, output.as_deref(), format, book, offer.as_deref())
        }
        command::Flow::Run(play) => {
            let book = stage::book(config, play.book.as_deref())?;
            play::run(play, book)
        }
        command::Flow::Simulate { file, book, offer, callers, seed, at, json } => {
            let book = stage::book(config, book.as_deref())?;
            let crowd = Crowd::of(callers, seed);
            simulate::run(&file, book, offer.as_deref(), &crowd, at.as_deref(), json)
        }
    }
}

fn check(settings: &Settings, files: &[PathBuf], carriers: &[Carrier]) -> Result<(), Fault> {
    let (flows, mut found) = read(files);
    for (path, flow) in &flows {
        let file = path.display().to_string();
        let flows = path.parent().unwrap_or(Path::new("")).to_owned();
        let shelf = Shelf::of(flows, settings.media.prompts.clone());
        found.extend(shelf.check_sounds(&file, flow));
        found.extend(carrier::shortcomings(&file, flow, carriers));
    }
    let warnings = found.len();
    refuse_errors(found)?;
    let (flows, warnings) = (counted(flows.len(), "flow"), counted(warnings, "warning"));
    out!("ok: {flows}, {warnings}");
    Ok(())
}

/// Prints one line per sound: whether its file exists, the name of the file, the text.
async fn sounds(settings: &Settings, files: &[PathBuf], render: bool) -> Result<(), Fault> {
    let (flows, found) = read(files);
    refuse_errors(found)?;
    for (path, flow) in flows {
        let beside = path.parent().unwrap_or(Path::new("")).join("sounds");
        for sound in flow::sounds(&flow) {
            let places = [beside.join(&sound.name), settings.media.prompts.join(&sound.name)];
            let mut state = "there";
            if !places.iter().any(|place| place.is_file()) {
                state = "missing";
                if render {
                    self::render(settings, &sound).await?;
                    state = "rendered";
                }
            }
            out!("{state}\t{}\t{}\t{}", sound.name, sound.language, sound.text);
        }
    }
    Ok(())
}

/// Renders a sentence with the speech command into the directory of prompts.
async fn render(settings: &Settings, sound: &SoundFile) -> Result<(), Fault> {
    let Some(speech) = &settings.media.speech_command else {
        return Err(Fault::of("cannot render: `[media] speech_command` is empty"));
    };
    let prompts = &settings.media.prompts;
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Fault::of(format!("{} cannot be rendered: {what}: {error}", sound.name))
    };
    let text_file = prompts.join(format!("{}.txt", sound.name));
    let spoken = switch::render(speech, &sound.text, &text_file).await;
    drop(std::fs::remove_file(&text_file));
    let spoken = spoken.map_err(|e| failed("it cannot be spoken", &e))?;
    crate::media::read_wav(&spoken).map_err(|e| failed(speech.program(), &e))?;
    std::fs::write(prompts.join(&sound.name), &spoken).map_err(|e| failed("its file", &e))
}
