//! Calls as tables: a script of what happens, and the story that the machine makes of it.

mod bench;
mod bounds;
mod caller;
mod ending;
mod keeping;
mod ringing;
