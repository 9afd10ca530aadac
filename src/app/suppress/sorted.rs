//! Digests in their order, each once, in bounded memory: runs that fit into memory are sorted and
//! written to a file, and the runs are merged. Rows in order touch each page of the database once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io;
use std::io::BufWriter;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;

use crate::suppression::Digest;

/// Digests of a run: 16 MiB of memory.
const RUN_MAX: usize = 1 << 20;
/// Most runs: a thousand million digests.
const RUNS_MAX: usize = 1_024;
/// Digests of a run that are read at once while runs are merged.
const READ_MAX: usize = 1_024;
/// Bytes of a digest.
const BYTES: usize = 16;

/// Collects digests.
pub(super) struct Sorter {
    file: BufWriter<File>,
    /// Number of digests in each run of the file.
    runs: Vec<u64>,
    run: Vec<Digest>,
    run_max: usize,
}

/// The digests in their order, each once.
pub(super) struct Sorted {
    file: File,
    runs: Vec<Run>,
    /// The next digest of each run, the least first.
    next: BinaryHeap<Reverse<(Digest, usize)>>,
    latest: Option<Digest>,
}

/// The rest of a run: what is read of it, and what of the file is still to be read.
struct Run {
    read: std::vec::IntoIter<Digest>,
    at: u64,
    left: u64,
}

impl Sorter {
    /// Creates a sorter that writes to this file, which it uses alone.
    pub(super) fn new(file: File) -> Self {
        Self::with(file, RUN_MAX)
    }

    fn with(file: File, run_max: usize) -> Self {
        Self { file: BufWriter::new(file), runs: Vec::new(), run: Vec::new(), run_max }
    }

    /// Adds a digest.
    ///
    /// # Errors
    /// The file cannot be written, or there are too many digests.
    pub(super) fn add(&mut self, digest: Digest) -> io::Result<()> {
        self.run.push(digest);
        if self.run.len() < self.run_max { Ok(()) } else { self.end_run() }
    }

    fn end_run(&mut self) -> io::Result<()> {
        if self.runs.len() >= RUNS_MAX {
            return Err(io::Error::other("too many contacts for one import"));
        }
        self.run.sort_unstable();
        self.run.dedup();
        for Digest(bytes) in &self.run {
            self.file.write_all(bytes)?;
        }
        self.runs.push(u64::try_from(self.run.len()).unwrap_or(u64::MAX));
        self.run.clear();
        Ok(())
    }

    /// Returns what was added, in order.
    ///
    /// # Errors
    /// The file cannot be written or read.
    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        self.end_run()?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut at = 0;
        let runs = self.runs.iter().map(|count| {
            let run = Run { read: Vec::new().into_iter(), at, left: *count };
            at += count;
            run
        });
        let runs: Vec<Run> = runs.collect();
        let mut sorted = Sorted { file, runs, next: BinaryHeap::new(), latest: None };
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }
}

impl Sorted {
    /// Returns the next digests, at most `most`; none at the end.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn take(&mut self, most: usize) -> io::Result<Vec<Digest>> {
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(Reverse((digest, run))) = self.next.pop() else { break };
            self.refill(run)?;
            if self.latest.replace(digest) != Some(digest) {
                taken.push(digest);
            }
        }
        Ok(taken)
    }

    /// Puts the next digest of a run among the others.
    fn refill(&mut self, place: usize) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(place) else { return Ok(()) };
        if run.read.len() == 0 && run.left > 0 {
            run.read_on(&self.file)?;
        }
        self.next.extend(run.read.next().map(|digest| Reverse((digest, place))));
        Ok(())
    }
}

impl Run {
    fn read_on(&mut self, file: &File) -> io::Result<()> {
        let count = usize::try_from(self.left).unwrap_or(READ_MAX).min(READ_MAX);
        let mut bytes = vec![0; count * BYTES];
        file.read_exact_at(&mut bytes, self.at * BYTES as u64)?;
        let digest = |bytes: &[u8]| bytes.try_into().map(Digest).ok();
        self.read = bytes.chunks(BYTES).filter_map(digest).collect::<Vec<_>>().into_iter();
        self.at += count as u64;
        self.left -= count as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The merged runs are the set of what was added, whatever the size of runs and pieces.
        #[test]
        fn digests_come_in_order_and_once(
            numbers in proptest::collection::vec(0_u16..500, 0..3_000),
            run_max in 1_usize..700,
            piece in 1_usize..50,
        ) {
            prop_assume!(numbers.len() / run_max < RUNS_MAX - 1);
            let digest = |number: &u16| {
                let mut bytes = [0; BYTES];
                bytes[..2].copy_from_slice(&number.to_be_bytes());
                Digest(bytes)
            };
            let mut sorter = Sorter::with(tempfile::tempfile().unwrap(), run_max);
            numbers.iter().try_for_each(|number| sorter.add(digest(number))).unwrap();
            let mut sorted = sorter.sorted().unwrap();
            let mut found = Vec::new();
            loop {
                let taken = sorted.take(piece).unwrap();
                if taken.is_empty() {
                    break;
                }
                found.extend(taken);
            }
            let expected: BTreeSet<Digest> = numbers.iter().map(digest).collect();
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_number_of_runs_is_bounded() {
        let mut sorter = Sorter::with(tempfile::tempfile().unwrap(), 1);
        for _ in 0..RUNS_MAX {
            sorter.add(Digest([1; BYTES])).unwrap();
        }
        assert!(sorter.add(Digest([1; BYTES])).is_err());
    }
}
