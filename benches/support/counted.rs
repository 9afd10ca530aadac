//! Measures CPU time and allocations.

#![expect(unsafe_code, reason = "an allocator that counts is the trait's own unsafe functions")]

use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The system's allocator, with a counter.
struct Counted;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static GLOBAL: Counted = Counted;

/// The cost of one round.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// Nanoseconds of this thread's CPU time.
    pub(crate) nanos: f64,
    /// Allocations of the process.
    pub(crate) allocations: f64,
}

/// The layout of C on 64-bit Linux.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanos: i64,
}

unsafe extern "C" {
    /// POSIX.1-2001.
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// Linux's `CLOCK_THREAD_CPUTIME_ID`.
const THREAD_TIME: i32 = 3;

/// Returns the CPU time of this thread.
pub(crate) fn processor_time() -> Duration {
    let mut time = Timespec { seconds: 0, nanos: 0 };
    // SAFETY: the pointer refers to a struct with the layout that the function fills in.
    let status = unsafe { clock_gettime(THREAD_TIME, &raw mut time) };
    assert_eq!(status, 0, "the thread has no clock");
    Duration::new(time.seconds.unsigned_abs(), u32::try_from(time.nanos).unwrap())
}

/// Returns the median cost of nine runs of that many rounds, after one run to warm up.
pub(crate) fn cost(rounds: u32, mut round: impl FnMut()) -> Cost {
    (0..rounds).for_each(|_| round());
    let mut times = Vec::with_capacity(9);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..9 {
        let start = processor_time();
        (0..rounds).for_each(|_| round());
        times.push((processor_time() - start).as_nanos());
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    times.sort_unstable();
    let rounds = f64::from(rounds);
    Cost { nanos: times[4] as f64 / rounds, allocations: allocations as f64 / (9.0 * rounds) }
}
