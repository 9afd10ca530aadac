//! Plays and crowds.
