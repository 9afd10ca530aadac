//! Load while the switch is killed, its database is locked, and its journal fills up. Then
//! `strowger verify` finds no difference between database, journal, ledger and the callers' logs.
//! `make chaos` runs more rounds than the suite.

use std::collections::BTreeMap;
use std::path::PathBuf;

use strowger::base::Rng;

use super::crash::answered;
use super::outage::Lock;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use crate::until::until;

/// The variable with the number of rounds; without it, the default applies.
const ROUNDS: &str = "STROWGER_CHAOS";
const ROUNDS_OF_THE_SUITE: usize = 4;
/// Rounds on one database, at most: `verify` reads all of it after each round.
const ROUNDS_OF_A_DATABASE: usize = 25;
/// Calls of a round, at most; they arrive at 50 a second.
const CALLS: u64 = 400;
/// Calls that are answered before the fault, at most.
const BEFORE: u64 = 60;
/// Calls that arrive while the database is locked, at least.
const WHILE_LOCKED: usize = 20;

/// What happens to the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Killed,
    Locked,
    KilledWhileLocked,
    JournalFull,
}

impl Fault {
    fn at(round: usize, rng: &mut Rng) -> Self {
        // Each one in the suite, then at random; most of them kill.
        let number = if round < 4 { u64::try_from(round).unwrap() } else { rng.below(10) };
        match number {
            1 => Fault::Locked,
            2 => Fault::KilledWhileLocked,
            3 => Fault::JournalFull,
            _ => Fault::Killed,
        }
    }

    /// Brings the switch into the fault and out of it. Returns whether it was killed.
    fn strike(self, stage: &mut Stage, caller: &Sipp) -> bool {
        let answered_so_far = answered(caller).len();
        let arrive = |count: usize| {
            until("calls arrive while the database is locked", || {
                caller.messages().sent().iter().filter(|text| text.contains("\nINVITE ")).count()
                    >= answered_so_far + count
            });
        };
        let _lock = match self {
            Fault::Killed => None,
            Fault::Locked | Fault::KilledWhileLocked | Fault::JournalFull => Some(Lock::of(stage)),
        };
        match self {
            Fault::Killed => {}
            Fault::Locked | Fault::KilledWhileLocked => arrive(WHILE_LOCKED),
            Fault::JournalFull => until("three quarters of the journal are full", || {
                let (bytes, max) = ("strowger_journal_bytes", "strowger_journal_bytes_max");
                stage.figure(bytes) >= stage.figure(max) * 0.75
            }),
        }
        let is_killed = matches!(self, Fault::Killed | Fault::KilledWhileLocked);
        if is_killed {
            stage.kill();
        }
        is_killed
    }
}

#[test]
fn faults_at_random_instants_leave_no_difference() {
    let rounds = std::env::vars().find_map(|(name, value)| (name == ROUNDS).then_some(value));
    let rounds = rounds.map_or(ROUNDS_OF_THE_SUITE, |rounds| rounds.parse().unwrap());
    let mut rng = Rng::seeded(11);
    let mut struck: BTreeMap<Fault, u32> = BTreeMap::new();
    let faults: Vec<Fault> = (0..rounds).map(|round| Fault::at(round, &mut rng)).collect();
    for faults in faults.chunks(ROUNDS_OF_A_DATABASE) {
        strike_one_after_the_other(faults, &mut rng);
        for fault in faults {
            *struck.entry(*fault).or_default() += 1;
        }
        eprintln!("{struck:?}");
    }
}

/// Strikes a switch with a database of its own.
fn strike_one_after_the_other(faults: &[Fault], rng: &mut Rng) {
    let contracts = [Contract { id: "acme", host: 10, more: "# prepaid" }];
    let mut stage = Stage::changed(
        &contracts,
        |_, settings| settings + "[journal]\nmax = \"1MiB\"\n",
        |_, book| book,
    );
    stage.run(&["balance", "credit", "acme", "1000000.00", "--note", "invoice"]);
    until("the switch knows of the payment", || {
        stage.fetch("/v1/balances/acme")["available"]["amount"] == "1000000.00"
    });
    let mut log = PathBuf::new();
    for (round, fault) in faults.iter().copied().enumerate() {
        let first = u64::try_from(round).unwrap() * CALLS;
        let numbers: String = (first..first + CALLS).map(|n| format!("{n:05};\n")).collect();
        std::fs::write(stage.home().join("callers.csv"), format!("SEQUENTIAL\n{numbers}")).unwrap();
        let buyer = Sipp::buyer(&stage, 10, "uas-answers", 100_000);
        let (calls, more) = (CALLS.to_string(), ["-r", "50", "-d", "1200", "-inf", "callers.csv"]);
        let calls = calls.parse().unwrap();
        let caller = Sipp::caller_with(&stage, "uac-numbered-talks-then-hangs-up", calls, &more);
        let enough = usize::try_from(1 + rng.below(BEFORE)).unwrap();
        until("calls are answered", || answered(&caller).len() >= enough);
        let is_killed = fault.strike(&mut stage, &caller);
        log = caller.log();
        drop((buyer, caller));
        if is_killed {
            stage.start();
        } else {
            until("the journal is empty", || stage.figure("strowger_journal_facts") == 0.0);
        }
        let printed = stage.verify(&[log.as_path()]);
        eprintln!("round {round}, {fault:?}: {}", printed.trim_end().replace('\n', "; "));
    }
    stage.kill();
    // The last calls are left open, as no start has closed them.
    let printed = stage.verify(&[log.as_path()]);
    eprintln!("after the last: {}", printed.trim_end().replace('\n', "; "));
}
