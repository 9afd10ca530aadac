//! One recording: written to a file while it runs, and renamed when it is complete.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Seek as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Recordings;
use crate::call::Input;
use crate::call::Recorder;
use crate::media::Recording;
use crate::media::WAV_HEADER;
use crate::media::wav_header;
use crate::net::Clock;

/// Capacity of the queue to the recorder, in packets: over a second. Further packets are dropped
/// and recorded as silence.
pub(super) const PACKETS: usize = 64;
/// Length of the tone before a recording.
pub(super) const BEEP: Duration = Duration::from_millis(300);
/// Pitch of the tone, in Hz.
pub(super) const BEEP_HZ: u32 = 1_000;
/// Interval between checks for missing packets.
const LOOK: Duration = Duration::from_millis(100);
/// Longest delay of a packet before silence replaces it, in samples: 200 ms.
const LATE: usize = 1_600;
/// Number of bytes that are collected before a write.
const CHUNK: usize = 32 * 1024;

/// A recording that has not begun.
pub(super) struct Tape {
    pub(super) recorder: Recorder,
    pub(super) recordings: Recordings,
    pub(super) clock: Clock,
    /// Audio of the leg. The channel closes with the leg.
    pub(super) sound: mpsc::Receiver<Vec<i16>>,
    /// Canceled to end the recording.
    pub(super) stop: CancellationToken,
}

/// An incomplete file, under a name that marks it as such.
struct Growing {
    recordings: Recordings,
    file: File,
    part: PathBuf,
    waiting: Vec<u8>,
}

impl Tape {
    /// Records, and returns the outcome. A recording that cannot be written is logged and not kept.
    pub(super) async fn record(self) -> Input {
        let name = self.recorder.name.clone();
        let (whole, part) = (self.recordings.path(&name), self.recordings.incomplete(&name));
        match self.run(&whole, &part).await {
            Ok(Some(length)) => Input::Recorded { place: Some(name), length },
            Ok(None) => Input::Recorded { place: None, length: Duration::ZERO },
            Err(error) => {
                tracing::error!(file = %whole.display(), %error, "recording not kept");
                // What a full disk took of it is of no use.
                drop(blocking(move || fs::remove_file(part)).await);
                Input::Recorded { place: None, length: Duration::ZERO }
            }
        }
    }

    async fn run(mut self, whole: &Path, part: &Path) -> io::Result<Option<Duration>> {
        let (recordings, part) = (self.recordings.clone(), part.to_owned());
        let mut file = blocking(move || Growing::create(recordings, part)).await?;
        let mut recording = Recording::new(self.recorder.max, self.recorder.silence);
        let begun = self.clock.now().mono + if self.recorder.beep { BEEP } else { Duration::ZERO };
        while !recording.is_over() {
            let sound = tokio::select! {
                () = self.stop.cancelled() => break,
                heard = self.sound.recv() => match heard {
                    Some(sound) => sound,
                    None => break,
                },
                () = tokio::time::sleep(LOOK) => Vec::new(),
            };
            let now = self.clock.now().mono;
            if now >= begun {
                let gap = gap(now.since(begun), recording.samples(), sound.len());
                file.take(&mut recording, &vec![0; gap]);
                file.take(&mut recording, &sound);
            }
            if file.waiting.len() >= CHUNK {
                let space;
                (file, space) = blocking(move || file.flushed().map(Growing::with_space)).await?;
                if let Err(error) = space {
                    tracing::warn!(file = %whole.display(), %error, "recording cut short");
                    break;
                }
            }
        }
        let (samples, whole) = (recording.samples(), whole.to_owned());
        let kept = recording.has_speech();
        blocking(move || file.finish(kept.then_some(whole), samples)).await?;
        Ok(kept.then(|| recording.length()))
    }
}

/// Returns how many samples of silence replace missing packets; 0 while they may only be late.
fn gap(elapsed: Duration, samples: usize, coming: usize) -> usize {
    let due = usize::try_from(elapsed.as_millis()).unwrap_or(usize::MAX / 8).saturating_mul(8);
    let missing = due.saturating_sub(samples + coming);
    if missing > LATE { missing } else { 0 }
}

/// Runs disk work on a blocking thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

impl Growing {
    fn create(recordings: Recordings, part: PathBuf) -> io::Result<Self> {
        recordings.create()?;
        recordings.check_space()?;
        // Only the file's owner may read a caller's speech.
        let file =
            File::options().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        Ok(Self { recordings, file, part, waiting: vec![0; WAV_HEADER] })
    }

    /// Checks whether there is space for more.
    fn with_space(self) -> (Self, io::Result<()>) {
        let space = self.recordings.check_space();
        (self, space)
    }

    fn take(&mut self, recording: &mut Recording, sound: &[i16]) {
        let taken = recording.hear(sound);
        let samples = sound.iter().take(taken);
        self.waiting.extend(samples.flat_map(|sample| sample.to_le_bytes()));
    }

    fn flushed(mut self) -> io::Result<Self> {
        self.file.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(self)
    }

    /// Renames the complete file, or removes it if `whole` is `None`.
    fn finish(self, whole: Option<PathBuf>, samples: usize) -> io::Result<()> {
        let part = self.part.clone();
        let Some(whole) = whole else { return fs::remove_file(part) };
        let mut file = self.flushed()?.file;
        file.rewind()?;
        file.write_all(&wav_header(samples))?;
        file.sync_all()?;
        fs::rename(part, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Now;
    use crate::media::read_wav;
    use crate::media::tone::sine;

    async fn recorded(packets: Vec<Vec<i16>>, home: &Path) -> Input {
        recorded_in(Recordings::at(home.join("recordings")).keeping_free(0), packets).await
    }

    async fn recorded_in(recordings: Recordings, packets: Vec<Vec<i16>>) -> Input {
        let (sink, sound) = mpsc::channel(PACKETS);
        for packet in packets {
            sink.try_send(packet).unwrap();
        }
        drop(sink);
        let second = Duration::from_secs(1);
        let name = String::from("call-1.wav");
        let recorder = Recorder { name, max: 5 * second, silence: second, beep: false };
        let clock = Clock::new(Now::default);
        let stop = CancellationToken::new();
        Tape { recorder, recordings, clock, sound, stop }.record().await
    }

    #[tokio::test]
    async fn what_is_said_is_in_the_file_and_silence_leaves_none() {
        let home = tempfile::tempdir().unwrap();
        let input = recorded(vec![sine(400, 160); 20], home.path()).await;
        let Input::Recorded { place: Some(place), length } = input else { panic!("{input:?}") };
        assert_eq!((place.as_str(), length), ("call-1.wav", Duration::from_millis(400)));
        let directory = home.path().join("recordings");
        let file = fs::read(directory.join(place)).unwrap();
        assert_eq!(read_wav(&file).unwrap().duration(), length);
        fs::remove_file(directory.join("call-1.wav")).unwrap();

        let input = recorded(vec![vec![0; 160]; 20], home.path()).await;
        assert!(matches!(input, Input::Recorded { place: None, .. }), "{input:?}");
        assert_eq!(fs::read_dir(directory).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made_keeps_nothing() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("recordings"), "a file").unwrap();
        let input = recorded(vec![sine(400, 160); 20], home.path()).await;
        assert!(matches!(input, Input::Recorded { place: None, .. }), "{input:?}");
    }

    #[tokio::test]
    async fn nothing_is_recorded_on_a_file_system_that_is_nearly_full() {
        let home = tempfile::tempdir().unwrap();
        let full = Recordings::at(home.path().to_owned()).keeping_free(u64::MAX);
        let input = recorded_in(full, vec![sine(400, 160); 20]).await;
        assert!(matches!(input, Input::Recorded { place: None, .. }), "{input:?}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    /// Every write to `/dev/full` fails as on a full disk.
    #[tokio::test]
    async fn a_disk_that_fills_up_leaves_no_incomplete_file() {
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", home.path().join("call-1.part")).unwrap();
        let recordings = Recordings::at(home.path().to_owned()).keeping_free(0);
        let input = recorded_in(recordings, vec![sine(400, 160); 20]).await;
        assert!(matches!(input, Input::Recorded { place: None, .. }), "{input:?}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn missing_packets_are_silence() {
        for (elapsed, samples, coming, silence) in
            [(0, 0, 160, 0), (1_000, 7_000, 160, 0), (1_000, 4_000, 160, 3_840), (500, 9_000, 0, 0)]
        {
            let elapsed = Duration::from_millis(elapsed);
            assert_eq!(gap(elapsed, samples, coming), silence);
        }
    }
}
