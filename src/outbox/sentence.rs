//! One sentence that says what happened, for people.

use crate::book::Concern;

use super::CallNews;
use super::Event;
use super::LeadNews;
use super::Subject;

/// Returns one sentence about an event, with what the concern may see.
pub(super) fn sentence(event: &Event, of: &Concern) -> String {
    match &event.subject {
        Subject::Call { news, record } => {
            let what = match news {
                CallNews::Arrived => "arrived",
                CallNews::Answered => "was answered",
                CallNews::Connected => "was connected",
                CallNews::Completed => "ended",
                CallNews::Converted => "was sold",
                CallNews::Missed => "was missed",
                CallNews::RecordingReady => "has a recording",
                CallNews::Returned => "was returned",
            };
            format!("Call {} for offer {} {what}.", record.id, record.offer)
        }
        Subject::Lead { news, record } => {
            let what = match news {
                LeadNews::Received => "came in",
                LeadNews::Sold => "was sold",
                LeadNews::Rejected => "was rejected",
                LeadNews::Parked => "is parked",
                LeadNews::Converted => "converted",
                LeadNews::Returned => "was returned",
            };
            format!("Lead {} for offer {} {what}.", record.id, record.offer)
        }
        Subject::Cap { level, cap, percent } => {
            format!("{percent} % of a cap of {level} are used: {cap}.")
        }
        Subject::Balance { buyer, left, price } => {
            format!("The balance of buyer {buyer} is {left}, below {price}.")
        }
        Subject::Paused { contract, because, until } => {
            let until = until.map_or("somebody resumes it".to_owned(), |until| until.to_string());
            format!("Contract {contract} is paused until {until}, {}.", because.words())
        }
        Subject::Unanswered { call, contract, buyer, .. } => match of {
            Concern::Source(_) => format!("A buyer did not answer call {call}."),
            Concern::Buyer(_) | Concern::Offer(_) | Concern::All => {
                format!("Buyer {buyer} did not answer call {call} (contract {contract}).")
            }
        },
        Subject::TrunkDown { trunk } => format!("Trunk {trunk} is down: no gateway answers."),
        Subject::TrunkUp { trunk } => format!("Trunk {trunk} takes calls again."),
    }
}
