//! Tests of suppression lists: they are sets of contacts, whoever adds and removes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::ListName;
use crate::base::Rng;
use crate::base::Wall;
use crate::store::Added;
use crate::store::Addition;
use crate::store::Destination;
use crate::store::ImportMode;
use crate::store::Imported;
use crate::store::NotThere;
use crate::store::Remark;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::sample::by;
use crate::store::sample::second;
use crate::suppression::Applies;
use crate::suppression::Contact;
use crate::suppression::Digest;
use crate::suppression::Listed;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    contacts_are_found_until_removed(&*fresh().await).await;
    entries_end(&*fresh().await).await;
    a_list_applies_to_one_thing(&*fresh().await).await;
    an_import_takes_effect_as_a_whole(&*fresh().await).await;
    a_replaced_list_is_the_file(&*fresh().await).await;
    an_import_that_stands_still_is_given_up(&*fresh().await).await;
    for seed in 0..4 {
        lists_are_sets(&*fresh().await, seed).await;
    }
}

fn contact(n: usize) -> Contact {
    let text = match n % 2 {
        0 => format!("+1305555{n:04}"),
        _ => format!("person+{n}@example.com"),
    };
    text.parse().unwrap()
}

fn name(list: &str) -> ListName {
    list.parse().unwrap()
}

fn to(list: &str) -> Destination {
    Destination { list: name(list), applies: None }
}

async fn add(store: &dyn Store, list: &str, contacts: &[usize], remark: Remark, at: Wall) -> Added {
    let contacts = contacts.iter().map(|n| contact(*n)).collect();
    let addition = Addition { to: to(list), contacts, remark, by: by("ann", at) };
    store.suppression_add(addition).await.unwrap().unwrap()
}

async fn import(
    store: &dyn Store,
    list: &str,
    contacts: &[usize],
    mode: ImportMode,
    at: Wall,
) -> Imported {
    let key = store.suppression_key().await.unwrap();
    let mut digests: Vec<Digest> = contacts.iter().map(|n| key.digest(&contact(*n))).collect();
    digests.sort();
    let begun = store.suppression_import_begin(to(list), Remark::default(), at).await;
    let id = begun.unwrap().unwrap();
    for digests in digests.chunks(3) {
        store.suppression_import_rows(id, mode, digests.to_vec(), at).await.unwrap();
    }
    store.suppression_import_finish(id, mode, by("ann", at)).await.unwrap()
}

/// The lists that hold a contact.
async fn check(store: &dyn Store, n: usize, at: Wall) -> Vec<Listed> {
    store.suppression_check(contact(n), at).await.unwrap()
}

async fn names(store: &dyn Store, n: usize, at: Wall) -> Vec<String> {
    check(store, n, at).await.into_iter().map(|listed| listed.list.to_string()).collect()
}

async fn contacts_are_found_until_removed(store: &dyn Store) {
    let remark = |reason: &str| Remark { reason: Some(reason.to_owned()), until: None };
    assert_eq!(names(store, 1, second(0)).await, [""; 0]);
    assert_eq!(store.suppression_remove(name("dnc"), vec![], by("ann", second(0))).await, Ok(None));
    let added = add(store, "dnc", &[1, 2], remark("asked to"), second(1)).await;
    assert_eq!(added, Added { added: 2, known: 0 });
    // The reason is the latest one, the time the first.
    let added = add(store, "dnc", &[2, 3, 3], remark("sued"), second(2)).await;
    assert_eq!(added, Added { added: 1, known: 2 });
    add(store, "litigators", &[2], Remark::default(), second(3)).await;
    let listed = |list: &str, reason: Option<&str>, since| Listed {
        list: name(list),
        applies_to: Applies::All,
        reason: reason.map(str::to_owned),
        since: second(since),
        until: None,
    };
    let both = [listed("dnc", Some("sued"), 1), listed("litigators", None, 3)];
    assert_eq!(check(store, 2, second(4)).await, both);
    assert_eq!(check(store, 1, second(4)).await, [listed("dnc", Some("asked to"), 1)]);
    assert_eq!(names(store, 4, second(4)).await, [""; 0]);
    let contacts = vec![contact(2), contact(4)];
    let removed = store.suppression_remove(name("dnc"), contacts, by("ann", second(5))).await;
    assert_eq!(removed, Ok(Some(1)));
    assert_eq!(names(store, 2, second(5)).await, ["litigators"]);
    let lists = store.suppression_lists().await.unwrap();
    let shown: Vec<_> = lists.iter().map(|list| (list.name.as_str(), list.entries)).collect();
    assert_eq!(shown, [("dnc", 2), ("litigators", 1)]);
    assert_eq!((lists[0].created_at, lists[0].changed_at), (second(1), second(5)));
    assert_eq!(store.suppression_drop(name("dnc"), by("ann", second(6))).await, Ok(true));
    assert_eq!(store.suppression_drop(name("dnc"), by("ann", second(6))).await, Ok(false));
    assert_eq!(names(store, 1, second(6)).await, [""; 0]);
    // A list of that name is a new one.
    add(store, "dnc", &[9], Remark::default(), second(7)).await;
    assert_eq!(names(store, 1, second(8)).await, [""; 0]);
    assert_eq!(store.suppression_purge(second(8)).await, Ok(2));
    assert_eq!(store.suppression_purge(second(8)).await, Ok(0));
    assert_eq!(names(store, 9, second(8)).await, ["dnc"]);
    let log = store.activities(None, None, 1).await.unwrap();
    assert_eq!(log[0].mutation.subject.as_deref(), Some("dnc"));
}

async fn entries_end(store: &dyn Store) {
    let until = Some(second(10));
    add(store, "dnc", &[1], Remark { reason: None, until }, second(1)).await;
    assert_eq!(check(store, 1, second(9)).await[0].until, until);
    assert_eq!(names(store, 1, second(10)).await, [""; 0]);
    // What has ended is no reason to leave out a contact of a file, or to keep an early start.
    let done = import(store, "dnc", &[1], ImportMode::Add, second(20)).await;
    assert_eq!(done, Imported { written: 1, entries: 2 });
    let found = check(store, 1, second(21)).await;
    assert_eq!((found[0].since, found[0].until), (second(20), None));
    // An import may end as a whole.
    let remark = Remark { reason: Some("31 days".to_owned()), until: Some(second(40)) };
    let id = store.suppression_import_begin(to("federal"), remark, second(30)).await;
    let (id, key) = (id.unwrap().unwrap(), store.suppression_key().await.unwrap());
    let (mode, digests) = (ImportMode::Add, vec![key.digest(&contact(4))]);
    store.suppression_import_rows(id, mode, digests, second(30)).await.unwrap();
    store.suppression_import_finish(id, mode, by("ann", second(30))).await.unwrap();
    let found = check(store, 4, second(39)).await;
    assert_eq!(found[0].reason.as_deref(), Some("31 days"));
    assert_eq!(names(store, 4, second(40)).await, [""; 0]);
    // An addition without an end has none, though the import had one.
    add(store, "federal", &[4], Remark::default(), second(35)).await;
    assert_eq!(check(store, 4, second(50)).await[0].since, second(30));
}

async fn a_list_applies_to_one_thing(store: &dyn Store) {
    let (solar, ads) = (Applies::parse("offer", Some("solar")), Applies::of(None, Some("ads")));
    let (solar, ads) = (solar.unwrap(), ads.unwrap());
    let asked = |applies: Option<&Applies>| Addition {
        to: Destination { list: name("own"), applies: applies.cloned() },
        contacts: vec![contact(1)],
        remark: Remark::default(),
        by: by("ann", second(1)),
    };
    let added = store.suppression_add(asked(Some(&solar))).await.unwrap();
    assert_eq!(added, Ok(Added { added: 1, known: 0 }));
    for (applies, expected) in [
        (None, Ok(Added { added: 0, known: 1 })),
        (Some(&solar), Ok(Added { added: 0, known: 1 })),
        (Some(&ads), Err(NotThere::Applies(solar.clone()))),
        (Some(&Applies::All), Err(NotThere::Applies(solar.clone()))),
    ] {
        assert_eq!(store.suppression_add(asked(applies)).await, Ok(expected), "{applies:?}");
    }
    assert_eq!(check(store, 1, second(2)).await[0].applies_to, solar);
    assert_eq!(store.suppression_lists().await.unwrap()[0].applies_to, solar);
    let other = Destination { list: name("own"), applies: Some(ads) };
    let begun = store.suppression_import_begin(other, Remark::default(), second(3)).await;
    assert_eq!(begun, Ok(Err(NotThere::Applies(solar))));
}

async fn an_import_takes_effect_as_a_whole(store: &dyn Store) {
    let key = store.suppression_key().await.unwrap();
    let mode = ImportMode::Add;
    let begin = async |at| {
        let begun = store.suppression_import_begin(to("dnc"), Remark::default(), at).await;
        begun.unwrap().unwrap()
    };
    let id = begin(second(1)).await;
    let rows = async |id, n| {
        let digests = vec![key.digest(&contact(n))];
        store.suppression_import_rows(id, mode, digests, second(1)).await
    };
    rows(id, 1).await.unwrap();
    assert_eq!(names(store, 1, second(1)).await, [""; 0]);
    assert_eq!(store.suppression_lists().await, Ok(vec![]));
    rows(id, 2).await.unwrap();
    // A digest that comes again, as after an answer that was lost.
    rows(id, 2).await.unwrap();
    let done = store.suppression_import_finish(id, mode, by("ann", second(2))).await;
    assert_eq!(done, Ok(Imported { written: 2, entries: 2 }));
    assert_eq!(names(store, 1, second(3)).await, ["dnc"]);
    let again = store.suppression_import_finish(id, mode, by("ann", second(2))).await;
    assert_eq!(again, Err(StoreError::WrongState));
    assert_eq!(rows(id, 3).await, Err(StoreError::WrongState));
    // The list is dropped under the next one.
    let id = begin(second(4)).await;
    rows(id, 4).await.unwrap();
    assert_eq!(store.suppression_drop(name("dnc"), by("ann", second(5))).await, Ok(true));
    assert_eq!(rows(id, 5).await, Err(StoreError::WrongState));
    let done = store.suppression_import_finish(id, mode, by("ann", second(5))).await;
    assert_eq!(done, Err(StoreError::WrongState));
    assert_eq!(store.suppression_purge(second(6)).await, Ok(3));
}

async fn a_replaced_list_is_the_file(store: &dyn Store) {
    import(store, "dnc", &[1, 2], ImportMode::Add, second(1)).await;
    add(store, "dnc", &[3, 4], Remark::default(), second(2)).await;
    add(store, "own", &[4], Remark::default(), second(2)).await;
    let done = import(store, "dnc", &[2, 3, 5], ImportMode::Replace, second(3)).await;
    assert_eq!(done, Imported { written: 3, entries: 3 });
    for (n, expected) in [(1, None), (2, Some(1)), (3, Some(2)), (4, None), (5, Some(3))] {
        let found = check(store, n, second(4)).await;
        let since = found.iter().find(|one| one.list == name("dnc")).map(|one| one.since);
        assert_eq!(since, expected.map(second), "{n}");
    }
    assert_eq!(names(store, 4, second(4)).await, ["own"]);
    assert_eq!(store.suppression_purge(second(4)).await, Ok(4));
    assert_eq!(names(store, 2, second(4)).await, ["dnc"]);
}

async fn an_import_that_stands_still_is_given_up(store: &dyn Store) {
    let key = store.suppression_key().await.unwrap();
    let begun = store.suppression_import_begin(to("dnc"), Remark::default(), second(1)).await;
    let (id, mode) = (begun.unwrap().unwrap(), ImportMode::Add);
    let rows = async |at| {
        let digests = vec![key.digest(&contact(1))];
        store.suppression_import_rows(id, mode, digests, at).await
    };
    rows(second(1)).await.unwrap();
    let hour = Duration::from_secs(3_600);
    assert_eq!(store.suppression_purge(second(1) + hour).await, Ok(0));
    rows(second(2)).await.unwrap();
    assert_eq!(store.suppression_purge(second(3) + hour).await, Ok(1));
    assert_eq!(rows(second(3) + hour).await, Err(StoreError::WrongState));
}

/// Random additions, imports and removals, compared with a map of contacts.
async fn lists_are_sets(store: &dyn Store, seed: u64) {
    let mut rng = Rng::seeded(seed);
    let mut draw = move |most: usize| {
        let mut byte = [0];
        rng.fill(&mut byte);
        usize::from(byte[0]) % most
    };
    let mut model: BTreeMap<usize, Wall> = BTreeMap::new();
    for step in 0..25 {
        let at = second(step);
        let contacts: Vec<usize> = (0..draw(7) + 1).map(|_| draw(14)).collect();
        let new: Vec<usize> = contacts.iter().copied().filter(|n| !model.contains_key(n)).collect();
        match draw(5) {
            0 | 1 => {
                add(store, "dnc", &contacts, Remark::default(), at).await;
                model.extend(new.into_iter().map(|n| (n, at)));
            }
            2 => {
                import(store, "dnc", &contacts, ImportMode::Add, at).await;
                model.extend(new.into_iter().map(|n| (n, at)));
            }
            3 => {
                import(store, "dnc", &contacts, ImportMode::Replace, at).await;
                model.extend(new.into_iter().map(|n| (n, at)));
                model.retain(|n, _| contacts.contains(n));
            }
            _ => {
                let gone = contacts.iter().map(|n| contact(*n)).collect();
                store.suppression_remove(name("dnc"), gone, by("ann", at)).await.unwrap();
                model.retain(|n, _| !contacts.contains(n));
            }
        }
        for n in 0..14 {
            let found: Vec<Wall> =
                check(store, n, at).await.into_iter().map(|one| one.since).collect();
            let expected: Vec<Wall> = model.get(&n).copied().into_iter().collect();
            assert_eq!(found, expected, "seed {seed}, step {step}, contact {n}");
        }
        let lists = store.suppression_lists().await.unwrap();
        let entries: u64 = lists.iter().map(|list| list.entries).sum();
        assert_eq!(entries, model.len() as u64, "seed {seed}, step {step}");
    }
}
