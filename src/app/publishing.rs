//! The publisher as the web server uses it.

use std::sync::Arc;

use crate::base::Diagnostic;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Surroundings;
use crate::flow::Flow;
use crate::http::Books;
use crate::http::Flows;
use crate::library::Standing;
use crate::publish::Publisher;

impl Books for Publisher {
    fn surroundings(&self) -> Surroundings<'_> {
        Publisher::surroundings(self)
    }

    fn check(&self, book: &Book, shown: &str) -> Vec<Diagnostic> {
        self.library().check_against(book, BookText::named(shown))
    }

    fn publish_book(&self, book: Book, version: u64) {
        self.publish_book(book, version);
    }
}

impl Flows for Publisher {
    fn live(&self) -> Vec<Arc<Flow>> {
        self.library().flows().cloned().collect()
    }

    fn standing(&self) -> Vec<Standing> {
        self.library().standing()
    }

    fn failures(&self) -> usize {
        self.library().failures()
    }

    fn judge(&self, name: &str, text: &str) -> Vec<Diagnostic> {
        Publisher::judge(self, name, text)
    }
}
