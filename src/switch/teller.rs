//! The calls' stories, told to whoever listens: the terminal, and later the live board.

use tokio::sync::broadcast;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::Story;

/// Lines that a slow listener may fall behind; then it misses the oldest and is told so.
const BEHIND: usize = 4_096;

/// A line of a call's story.
#[derive(Debug, Clone)]
pub struct Told {
    /// The call.
    pub call: CallId,
    /// When.
    pub at: Wall,
    /// What.
    pub line: Story,
}

/// Tells stories.
#[derive(Debug, Clone)]
pub struct Teller(broadcast::Sender<Told>);

impl Default for Teller {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

impl Teller {
    /// Every line from now on.
    pub fn listen(&self) -> broadcast::Receiver<Told> {
        self.0.subscribe()
    }

    pub(super) fn tell(&self, told: Told) {
        // Without a listener there is nothing to do.
        drop(self.0.send(told));
    }
}
