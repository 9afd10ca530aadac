//! Fuzzes `properties/identity.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/identity.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
