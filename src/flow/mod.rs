//! Flows: what a caller hears and is asked before the call is routed.
//!
//! [`parse`] reads a flow file, with every fault at its place; [`Run`] plays one caller through
//! it. A run is a machine without IO: hand it what happened, drain what it wants, wake it at its
//! deadline. `ivr-flows/README.md` is the manual of the language.

mod check;
mod draw;
mod grammar;
mod input;
mod model;
mod output;
mod read;
mod reader;
mod run;
mod scan;
mod sound;
mod spoken;
mod syntax;
mod text;
mod verb;

pub use draw::Arrow;
pub use draw::Card;
pub use draw::Chart;
pub use draw::Line;
pub use draw::Narrowing;
pub use draw::Tone;
pub use grammar::Element;
pub use grammar::grammar;
pub use input::Facts;
pub use input::Input;
pub use input::NotDialled;
pub use input::NotRouted;
pub use model::Flow;
pub use model::Goto;
pub use model::Mention;
pub use model::References;
pub use model::Step;
pub use model::StepId;
pub use model::Verb;
pub use output::Output;
pub use read::parse;
pub use run::Run;
pub use run::STEPS_PER_CALL_MAX;
pub use sound::Sound;
pub use sound::SoundFile;
pub use sound::sound_file_name;
pub use sound::sounds;
pub use text::Piece;
pub use text::Speak;
pub use text::Text;
pub use verb::Ask;
pub use verb::BargeIn;
pub use verb::Check;
pub use verb::Choice;
pub use verb::Decimal;
pub use verb::Dial;
pub use verb::DialTo;
pub use verb::Gate;
pub use verb::Gather;
pub use verb::Hangup;
pub use verb::Hours;
pub use verb::If;
pub use verb::Lookup;
pub use verb::Pause;
pub use verb::Play;
pub use verb::Pointer;
pub use verb::Record;
pub use verb::Redirect;
pub use verb::Reject;
pub use verb::Ringing;
pub use verb::Route;
pub use verb::Say;
pub use verb::Set;
pub use verb::Tag;
pub use verb::Test;
pub use verb::found;
