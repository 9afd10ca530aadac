//! The columns of a ladder: the caller's side, the switch, and whoever else took part.

use std::net::SocketAddr;

use super::message::LadderMessage;
use super::message::Way;
use super::whole::Ladder;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its address: of the switch, the first one.
    pub(super) address: SocketAddr,
    /// `caller`, `switch`, or the numbers of the legs.
    pub(super) name: String,
}

/// The columns, and where the messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) columns: Vec<Column>,
    /// Addresses of far ends, in the order of their columns.
    far: Vec<SocketAddr>,
}

/// An arrow between two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Place of the switch: one far end is left of it.
const OWN: usize = 1;

impl Columns {
    pub(super) fn of(ladder: &Ladder) -> Self {
        let mut far: Vec<(SocketAddr, Vec<u16>)> = Vec::new();
        for LadderMessage { remote, leg, .. } in &ladder.messages {
            match far.iter_mut().find(|(known, _)| known == remote) {
                Some((_, legs)) if legs.contains(leg) => {}
                Some((_, legs)) => legs.push(*leg),
                None => far.push((*remote, vec![*leg])),
            }
        }
        let mut columns: Vec<Column> = far
            .iter()
            .map(|(address, legs)| Column { address: *address, name: name(legs) })
            .collect();
        if let Some(first) = ladder.messages.first() {
            let own = Column { address: first.local, name: "switch".to_owned() };
            columns.insert(OWN.min(columns.len()), own);
        }
        Self { columns, far: far.into_iter().map(|(address, _)| address).collect() }
    }

    /// Returns the arrow of a message.
    pub(super) fn arrow(&self, message: &LadderMessage) -> Arrow {
        let place = self.far.iter().position(|known| *known == message.remote).unwrap_or(0);
        let far = if place < OWN { place } else { place + 1 };
        match message.way {
            Way::Received => Arrow { from: far, to: OWN },
            Way::Sent => Arrow { from: OWN, to: far },
        }
    }
}

fn name(legs: &[u16]) -> String {
    let names = legs.iter().map(|leg| match leg {
        0 => "caller".to_owned(),
        leg => format!("leg {leg}"),
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::sample::call;
    use crate::ladder::sample::ladder;

    #[test]
    fn the_switch_is_between_the_caller_and_the_others() {
        let ladder = ladder(call(1));
        let columns = Columns::of(&ladder);
        let names: Vec<_> = columns.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["caller", "switch", "leg 1"]);
        let arrows: Vec<_> = ladder.messages.iter().map(|m| columns.arrow(m)).collect();
        assert_eq!((arrows[0].from, arrows[0].to), (0, 1));
        assert_eq!((arrows[1].from, arrows[1].to), (1, 0));
        assert_eq!((arrows[2].from, arrows[2].to), (1, 2));
        assert_eq!((arrows[4].from, arrows[4].to), (2, 1));
    }
}
