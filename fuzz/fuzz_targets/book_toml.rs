//! Fuzzes `properties/book_toml.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/book_toml.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
