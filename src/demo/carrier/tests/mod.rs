//! Calls against small scripted sites.

mod api;
mod calls;
mod dialling;
mod faults;
mod plivo;
mod site;
mod traps;
