//! Announced leads of the SQLite store.

use super::Database;
use crate::base::Wall;
use crate::lead::platform::Announced;
use crate::store::AnnouncedEnd;
use crate::store::AnnouncedLead;
use crate::store::AnnouncedState;
use crate::store::Announcements;
use crate::store::Pending;
use crate::store::sql::announced;

impl Announcements for Database {
    fn announce(&self, all: Vec<Announced>, at: Wall) -> Pending<'_, ()> {
        self.writer.write(move |db| announced::insert(db, &all, at))
    }

    fn announcement_drop(&self, own: Announced) -> Pending<'_, ()> {
        self.writer.write(move |db| announced::remove(db, &own))
    }

    fn announced_due(&self, now: Wall) -> Pending<'_, Vec<AnnouncedLead>> {
        self.readers.read(move |db| announced::due(db, now))
    }

    fn announced_next(&self) -> Pending<'_, Option<Wall>> {
        self.readers.read(announced::next)
    }

    fn announced_end(&self, own: Announced, end: AnnouncedEnd) -> Pending<'_, ()> {
        self.writer.write(move |db| announced::end(db, &own, &end))
    }

    fn announced_list(&self, state: Option<AnnouncedState>) -> Pending<'_, Vec<AnnouncedLead>> {
        self.readers.read(move |db| announced::list(db, state))
    }
}
