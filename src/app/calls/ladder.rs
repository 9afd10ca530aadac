//! `strowger calls show --ladder`: the SIP messages of a call, from the database.

use super::arguments::LadderFormat;
use super::find;
use super::paper::Paper;
use crate::app::Fault;
use crate::ladder::Ladder;
use crate::ladder::NoLadder;
use crate::store::Store;

pub(super) async fn run(store: &dyn Store, text: &str, format: LadderFormat) -> Result<(), Fault> {
    let id = find::id(store, text).await?;
    let parts = store.ladder_fetch(id).await.map_err(Fault::of)?;
    if parts.is_empty() {
        let record = store.call_fetch(id).await.map_err(Fault::of)?;
        return Err(Fault::of(match record {
            None => format!("there is no call {id}"),
            Some(record) => format!("{id}: {}", NoLadder::of(&record.ingress)),
        }));
    }
    let ladder = Ladder::read(id, &parts).map_err(Fault::of)?;
    let mut paper = Paper::new();
    match format {
        LadderFormat::Text => paper.bytes(ladder.text().as_bytes())?,
        LadderFormat::Svg => paper.bytes(ladder.svg().as_bytes())?,
        LadderFormat::Pcap => paper.bytes(&ladder.pcap())?,
    };
    paper.flush().map(drop)
}
