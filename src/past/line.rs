//! How buyers are reached in a backtest: every phone can be rung, and every delivery be made.

use std::sync::Arc;

use crate::book::Book;
use crate::book::Channel;
use crate::lead::Posts;
use crate::routing::Pick;
use crate::sale::EveryPhone;
use crate::sale::Reach;
use crate::sale::Way;

/// How the buyers of a past inquiry are reached.
#[derive(Debug, Clone)]
pub(super) enum Line {
    Phone(EveryPhone),
    Post(Posts),
}

impl Line {
    pub(super) fn of(channel: Channel, book: &Arc<Book>) -> Self {
        match channel {
            Channel::Call => Line::Phone(EveryPhone),
            Channel::Form => Line::Post(Posts::new(book.clone(), [])),
        }
    }
}

impl Reach for Line {
    const TOGETHER_MAX: usize = EveryPhone::TOGETHER_MAX;

    fn way(&self, pick: &Pick) -> Way {
        match self {
            Line::Phone(phone) => phone.way(pick),
            Line::Post(posts) => posts.way(pick),
        }
    }

    fn fits(&self, _pick: &Pick, _beside: &Pick) -> bool {
        true
    }
}
