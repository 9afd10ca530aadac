//! Calls against small scripted sites.
