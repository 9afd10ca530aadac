//! Sentences without a sound file, rendered by the speech program: when flows are loaded, or while
//! the caller waits. Bounded in time and number, and kept for the next caller.

use std::collections::HashMap;
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use crate::base::Mono;
use crate::config::SpeechCommand;
use crate::media;
use crate::media::Prompt;
use crate::media::WavError;
use crate::net::Clock;

/// Most speech programs at once. Further sentences wait, and their waiting counts towards their
/// time.
const PROGRAMS_MAX: usize = 4;
/// Longest time that a caller waits for a sentence. Then it is skipped.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a failure is remembered; then the sentence is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// Most sentences that are kept. The least recently used is dropped first.
const KEPT_MAX: usize = 500;
/// Largest sound file that a program may write, in bytes: over a minute at 22 kHz.
const SOUND_BYTES_MAX: u64 = 4 << 20;

/// Why a sentence could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The text file could not be written, or the program could not be run.
    #[error("{program}: {error}")]
    Program {
        /// The program.
        program: String,
        /// The system's error.
        error: io::Error,
    },
    /// The program failed.
    #[error("{program} failed: {stderr}")]
    Failed {
        /// The program.
        program: String,
        /// The first line of its standard error, without the words of the sentence: they may be a
        /// caller's.
        stderr: String,
    },
    /// The program's output cannot be played.
    #[error("{program}: {error}")]
    Sound {
        /// The program.
        program: String,
        /// The fault of the sound file.
        error: WavError,
    },
    /// The program did not finish in time.
    #[error("{0} did not finish within {PATIENCE:?}")]
    Late(String),
}

/// Renders sentences during calls.
#[derive(Debug)]
pub struct Speaker {
    command: Option<SpeechCommand>,
    /// Directory of the text files.
    directory: PathBuf,
    programs: Semaphore,
    /// Renderings by language and text.
    kept: Mutex<HashMap<(String, String), Kept>>,
    uses: AtomicU64,
    clock: Clock,
    /// Where sentences are rendered: not on the thread of the call that waits.
    runtime: Option<Handle>,
    /// The rendering of the loaded flows' sentences, if one was started.
    preparing: Mutex<Option<AbortHandle>>,
}

/// A sentence that was rendered, or that could not be.
#[derive(Debug)]
struct Kept {
    prompt: Option<Arc<Prompt>>,
    /// Time of the rendering, or of its failure.
    at: Mono,
    /// Ordinal of its last use, for dropping the least recently used.
    used: u64,
}

impl Speaker {
    /// Creates a speaker that runs `command` on text files in `directory`, on the caller's runtime.
    pub fn new(command: Option<SpeechCommand>, directory: PathBuf, clock: Clock) -> Self {
        Self {
            command,
            directory,
            programs: Semaphore::new(PROGRAMS_MAX),
            kept: Mutex::default(),
            uses: AtomicU64::new(0),
            clock,
            runtime: Handle::try_current().ok(),
            preparing: Mutex::default(),
        }
    }

    /// Starts to render sentences, each a language and a text, so that no caller waits for them; at
    /// most as many as are kept. Ends the rendering of an earlier list, and of this one if its
    /// first sentence fails.
    pub fn prepare(self: &Arc<Self>, sentences: Vec<(String, String)>) {
        let (Some(runtime), true) = (&self.runtime, self.speaks() && !sentences.is_empty()) else {
            return;
        };
        let own = self.clone();
        let task = runtime.spawn(async move {
            let (mut rendered, mut failed) = (0_u32, 0_u32);
            for (language, text) in sentences.iter().take(KEPT_MAX) {
                match own.say(language, text).await {
                    Some(_) => rendered += 1,
                    None => failed += 1,
                }
                // A program that is not installed renders no other sentence either.
                if rendered == 0 && failed > 0 {
                    break;
                }
            }
            tracing::info!(rendered, failed, "sentences without sound files rendered");
        });
        let mut preparing = self.preparing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = preparing.replace(task.abort_handle()) {
            earlier.abort();
        }
    }

    /// Returns whether a speech program is configured.
    pub fn speaks(&self) -> bool {
        self.command.is_some()
    }

    /// Returns the sound of a sentence; `None` when there is none. Renders it on the speaker's own
    /// runtime, which goes on when the caller hangs up.
    pub async fn say(self: &Arc<Self>, language: &str, text: &str) -> Option<Arc<Prompt>> {
        self.command.as_ref()?;
        let key = (language.to_owned(), text.to_owned());
        let used = self.uses.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.now().mono;
        if let Some(kept) = self.locked().get_mut(&key) {
            kept.used = used;
            if kept.prompt.is_some() || now.since(kept.at) < RETRY_AFTER {
                return kept.prompt.clone();
            }
        }
        let own = self.clone();
        let made = async move { own.make(key, used).await };
        match &self.runtime {
            Some(runtime) => runtime.spawn(made).await.ok().flatten(),
            None => made.await,
        }
    }

    /// Renders a sentence and keeps it, or its failure.
    async fn make(&self, key: (String, String), used: u64) -> Option<Arc<Prompt>> {
        let command = self.command.as_ref()?;
        let text = &key.1;
        let file = self.directory.join(format!("speech-{}-{used}.txt", std::process::id()));
        let made = tokio::time::timeout(PATIENCE, async {
            let _program = self.programs.acquire().await;
            render(command, text, &file).await
        });
        let made = made.await.unwrap_or_else(|_| Err(SpeechError::Late(command.program().into())));
        drop(std::fs::remove_file(&file));
        let prompt = match made.and_then(|sound| prompt(command, &sound)) {
            Ok(prompt) => Some(Arc::new(prompt)),
            Err(error) => {
                tracing::warn!(%error, "sentence skipped: speech command failed");
                None
            }
        };
        self.keep(key, prompt.clone(), used);
        prompt
    }

    fn keep(&self, key: (String, String), prompt: Option<Arc<Prompt>>, used: u64) {
        let mut kept = self.locked();
        if kept.len() >= KEPT_MAX {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            oldest.map(|oldest| kept.remove(&oldest));
        }
        kept.insert(key, Kept { prompt, at: self.clock.now().mono, used });
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(String, String), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn prompt(command: &SpeechCommand, sound: &[u8]) -> Result<Prompt, SpeechError> {
    let program = || command.program().to_owned();
    media::read_wav(sound).map_err(|error| SpeechError::Sound { program: program(), error })
}

/// Renders a sentence and returns the program's WAV file. Writes `text_file`, which the caller
/// removes. Dropping the future kills the program.
pub async fn render(
    command: &SpeechCommand,
    text: &str,
    text_file: &Path,
) -> Result<Vec<u8>, SpeechError> {
    let program = || command.program().to_owned();
    let failed = |error: io::Error| SpeechError::Program { program: program(), error };
    if let Some(directory) = text_file.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    std::fs::write(text_file, text).map_err(failed)?;
    let mut child = Command::new(command.program())
        .args(command.arguments(text_file))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let (mut sound, mut stderr) = (Vec::new(), Vec::new());
    let read = async {
        let out = child.stdout.take().map(|out| out.take(SOUND_BYTES_MAX));
        let err = child.stderr.take().map(|err| err.take(4_096));
        if let Some(mut out) = out {
            out.read_to_end(&mut sound).await?;
        }
        if let Some(mut err) = err {
            err.read_to_end(&mut stderr).await?;
        }
        child.wait().await
    };
    let status = read.await.map_err(failed)?;
    if status.success() {
        return Ok(sound);
    }
    let stderr = String::from_utf8_lossy(&stderr);
    let stderr = without_words(stderr.lines().next().unwrap_or_default().trim(), text);
    Err(SpeechError::Failed { program: program(), stderr })
}

/// Returns a line in which `…` stands for each word of a sentence.
fn without_words(line: &str, sentence: &str) -> String {
    let no_word = |c: char| !c.is_alphanumeric();
    let words: HashSet<&str> = sentence.split(no_word).collect();
    let parts = line.split_inclusive(no_word).map(|part| {
        let word = part.trim_end_matches(no_word);
        match !word.is_empty() && words.contains(word) {
            true => format!("…{}", &part[word.len()..]),
            false => part.to_owned(),
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Now;
    use crate::base::Wall;
    use crate::media::tone::sine;
    use crate::media::wav_header;

    /// A program that answers with a file's contents, and counts its runs.
    fn speaker(home: &Path, script: &str) -> Arc<Speaker> {
        Arc::new(at_times(home, script, Clock::system()))
    }

    /// Such a speaker with its own clock.
    fn at_times(home: &Path, script: &str, clock: Clock) -> Speaker {
        let path = home.join("speak.sh");
        std::fs::write(&path, script).unwrap();
        let command = format!("sh {} {{text_file}}", path.display()).parse().unwrap();
        Speaker::new(Some(command), home.to_owned(), clock)
    }

    fn write_tone(home: &Path) {
        let sound = sine(400, 800);
        let mut wav = wav_header(sound.len()).to_vec();
        wav.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
        std::fs::write(home.join("tone.wav"), wav).unwrap();
    }

    #[tokio::test]
    async fn a_sentence_is_made_once() {
        let home = tempfile::tempdir().unwrap();
        write_tone(home.path());
        let at = home.path().display();
        let script = format!("cat \"$1\" >> {at}/said; cat {at}/tone.wav");
        let speaker = speaker(home.path(), &script);
        for text in ["one ", "two ", "one "] {
            let prompt = speaker.say("en-US", text).await.unwrap();
            assert_eq!(prompt.duration(), Duration::from_millis(100));
        }
        assert_eq!(std::fs::read_to_string(home.path().join("said")).unwrap(), "one two ");
        let left = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.filter(|name| name.to_string_lossy().ends_with("txt")).count(), 0);
    }

    #[tokio::test]
    async fn the_error_of_a_sentence_does_not_have_its_words() {
        let home = tempfile::tempdir().unwrap();
        let script = home.path().join("speak.sh");
        std::fs::write(&script, "echo \"no voice for '$(cat $1)'\" >&2; exit 1").unwrap();
        let command = format!("sh {} {{text_file}}", script.display()).parse().unwrap();
        let file = home.path().join("text");
        let rendered = render(&command, "Hello Peregrina, +1 202.", &file).await;
        let error = rendered.unwrap_err().to_string();
        assert_eq!(error, "sh failed: no voice for '… …, +… ….'");
    }

    #[tokio::test]
    async fn a_failed_sentence_is_tried_again_later() {
        let home = tempfile::tempdir().unwrap();
        write_tone(home.path());
        let at = home.path().display();
        let script = format!("test -e {at}/works || exit 1; cat {at}/tone.wav");
        let gone = Arc::new(AtomicU64::new(0));
        let now = gone.clone();
        let start = Now::at(Wall::from_micros(0));
        let clock =
            Clock::new(move || start.later(Duration::from_secs(now.load(Ordering::Relaxed))));
        let speaker = Arc::new(at_times(home.path(), &script, clock));
        assert_eq!(speaker.say("en-US", "one").await, None);
        std::fs::write(home.path().join("works"), "").unwrap();
        for (seconds, sounds) in [(59, false), (60, true)] {
            gone.store(seconds, Ordering::Relaxed);
            assert_eq!(speaker.say("en-US", "one").await.is_some(), sounds, "{seconds} s later");
        }
    }

    #[tokio::test]
    async fn sentences_are_rendered_before_a_caller_needs_them() {
        let home = tempfile::tempdir().unwrap();
        write_tone(home.path());
        let at = home.path().display();
        let script = format!("cat \"$1\" >> {at}/said; cat {at}/tone.wav");
        let speaker = speaker(home.path(), &script);
        let sentence = |text: &str| ("en-US".to_owned(), text.to_owned());
        speaker.prepare(vec![sentence("one "), sentence("two ")]);
        let task = speaker.preparing.lock().unwrap().clone().unwrap();
        while !task.is_finished() {
            tokio::task::yield_now().await;
        }
        // What is kept needs no program any more.
        std::fs::remove_file(home.path().join("speak.sh")).unwrap();
        assert!(speaker.say("en-US", "one ").await.is_some());
        assert!(speaker.say("en-US", "two ").await.is_some());
        assert_eq!(std::fs::read_to_string(home.path().join("said")).unwrap(), "one two ");
    }

    #[tokio::test]
    async fn a_program_that_fails_is_passed_over_and_not_asked_again() {
        let home = tempfile::tempdir().unwrap();
        let at = home.path().display();
        let script = format!("echo x >> {at}/said; exit 1");
        let speaker = speaker(home.path(), &script);
        for _ in 0..2 {
            assert_eq!(speaker.say("en-US", "one").await, None);
        }
        assert_eq!(std::fs::read_to_string(home.path().join("said")).unwrap(), "x\n");
        let none: SpeechCommand = "/does/not/exist {text_file}".parse().unwrap();
        for command in [Some(none), None] {
            let speaker = Speaker::new(command, home.path().into(), Clock::system());
            let speaker = Arc::new(speaker);
            assert_eq!(speaker.say("en", "x").await, None);
        }
    }
}
