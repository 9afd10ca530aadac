//! Fuzzes `properties/delivery_answer.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/delivery_answer.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
