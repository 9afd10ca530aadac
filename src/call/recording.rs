//! Recordings of a call: the one in progress, and those that are kept.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::CallId;
use crate::base::FieldName;
use crate::base::Wall;
use crate::base::millis;
use crate::media::WAV_HEADER;

/// Most recordings that are kept of one call. A further `<Record>` records nothing.
pub const RECORDINGS_MAX: usize = 20;

/// Bytes of a millisecond of our recordings: 16-bit PCM at 8 kHz, mono.
const BYTES_PER_MILLI: u64 = 16;
/// Channels of our recordings.
const CHANNELS: u8 = 1;

/// A recording in progress.
#[derive(Debug)]
pub(super) struct InProgress {
    /// Field for its file name.
    pub(super) field: Option<FieldName>,
}

/// A recording that is kept. In JSON, the recordings of a carrier have no `bytes`, and ours have no
/// `url`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Document", into = "Document")]
pub struct Recording {
    /// Number of the recording within its call, from 1.
    pub n: u32,
    /// What is recorded.
    pub kind: RecordingKind,
    /// Start, to about a second.
    pub started_at: Wall,
    /// Length, to the millisecond; `None` if the carrier did not report it.
    pub length: Option<Duration>,
    /// Where it is kept.
    pub place: RecordingPlace,
}

/// What a recording contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingKind {
    /// A message of the caller, from a `<Record>` of the flow: before any sale.
    Message,
}

/// Where a recording is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingPlace {
    /// In the directory of recordings.
    File {
        /// Size of the WAV file.
        bytes: u64,
        /// Number of channels.
        channels: u8,
    },
    /// At the webhook carrier.
    Carrier {
        /// URL that the carrier reported. It may require the carrier's credentials, and may expire.
        url: String,
    },
}

/// A recording as JSON shows it.
#[derive(Serialize, Deserialize)]
struct Document {
    n: u32,
    kind: RecordingKind,
    started_at: Wall,
    seconds: Option<f64>,
    channels: Option<u8>,
    bytes: Option<u64>,
    url: Option<String>,
}

impl RecordingKind {
    /// All values.
    pub const ALL: &'static [RecordingKind] = &[RecordingKind::Message];

    /// Returns the value in records.
    pub const fn name(self) -> &'static str {
        match self {
            RecordingKind::Message => "message",
        }
    }
}

impl Recording {
    /// Creates the recording of a message in our directory, which ended at `ended_at`.
    pub(super) fn message(n: u32, length: Duration, ended_at: Wall) -> Self {
        let bytes = millis(length).saturating_mul(BYTES_PER_MILLI) + WAV_HEADER as u64;
        Self {
            n,
            kind: RecordingKind::Message,
            started_at: ended_at - length,
            length: Some(length),
            place: RecordingPlace::File { bytes, channels: CHANNELS },
        }
    }

    /// Creates the recording of a message at a carrier, which ended at `ended_at`.
    pub(crate) fn at_carrier(
        n: u32,
        url: String,
        length: Option<Duration>,
        ended_at: Wall,
    ) -> Self {
        Self {
            n,
            kind: RecordingKind::Message,
            started_at: ended_at - length.unwrap_or_default(),
            length,
            place: RecordingPlace::Carrier { url },
        }
    }

    /// Returns the name of the recording's file for its call. The switch makes every name: nothing
    /// of a request or a flow is part of it.
    pub fn file_name(call: CallId, n: u32) -> String {
        format!("{call}-{n}.wav")
    }

    /// Returns what a flow's field holds for this recording: the file's name, or the carrier's URL.
    pub(super) fn name(&self, call: CallId) -> String {
        match &self.place {
            RecordingPlace::File { .. } => Self::file_name(call, self.n),
            RecordingPlace::Carrier { url } => url.clone(),
        }
    }
}

impl fmt::Display for RecordingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Recording> for Document {
    fn from(recording: Recording) -> Self {
        let Recording { n, kind, started_at, length, place } = recording;
        let seconds = length.map(|length| length.as_millis() as f64 / 1_000.0);
        let (channels, bytes, url) = match place {
            RecordingPlace::File { bytes, channels } => (Some(channels), Some(bytes), None),
            RecordingPlace::Carrier { url } => (None, None, Some(url)),
        };
        Self { n, kind, started_at, seconds, channels, bytes, url }
    }
}

impl From<Document> for Recording {
    fn from(document: Document) -> Self {
        let Document { n, kind, started_at, seconds, channels, bytes, url } = document;
        let millis = |seconds: f64| Duration::from_millis((seconds * 1_000.0).round() as u64);
        let place = match url {
            Some(url) => RecordingPlace::Carrier { url },
            None => RecordingPlace::File {
                bytes: bytes.unwrap_or_default(),
                channels: channels.unwrap_or(CHANNELS),
            },
        };
        Self { n, kind, started_at, length: seconds.map(millis), place }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Now;
    use crate::base::Rng;

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        let at = Wall::from_micros(1_763_632_800_000_000);
        let url = "https://c.example/r".to_owned();
        let started_at = "2025-11-20T09:59:55.8Z";
        for (recording, json) in [
            (
                Recording::message(1, Duration::from_millis(4_200), at),
                json!({ "n": 1, "kind": "message", "started_at": started_at, "seconds": 4.2,
                    "channels": 1, "bytes": 67_244, "url": null }),
            ),
            (
                Recording::at_carrier(2, url.clone(), None, at),
                json!({ "n": 2, "kind": "message", "started_at": "2025-11-20T10:00:00Z",
                    "seconds": null, "channels": null, "bytes": null, "url": url }),
            ),
        ] {
            assert_eq!(serde_json::to_value(&recording).unwrap(), json);
            assert_eq!(serde_json::from_value::<Recording>(json).unwrap(), recording);
        }
    }

    #[test]
    fn a_files_name_is_made_of_the_id_and_the_number() {
        let id = CallId::new(Now::default(), &mut Rng::seeded(1));
        let name = Recording::file_name(id, 3);
        assert_eq!(name, format!("{id}-3.wav"));
        assert!(!name.contains('/') && !name.contains(".."), "{name}");
    }
}
