//! Converts the entrances of a source to keys and values.

use std::collections::BTreeMap;

use crate::book::AnswerPreset;
use crate::book::Entrance;
use crate::book::SourceAnswer;

use super::keys::Keys;
use super::node::Node;

/// Returns the keys of an entrance.
pub(super) fn entrance(entrance: &Entrance) -> Node {
    let Entrance { key, offer, live, names, answer: terms, origins, forms } = entrance;
    let names = names.iter().map(|(theirs, ours)| (theirs.clone(), Node::text(ours)));
    let names = Keys(names.collect()).table();
    let keys = Keys::default()
        .with("key", Node::text(key))
        .with("offer", Node::text(offer))
        .maybe("live", live.then_some(Node::Flag(true)))
        .maybe("names", names)
        .maybe("answer", answer(terms))
        .listed("origins", origins.iter().map(Node::text).collect())
        .listed("forms", forms.iter().map(Node::text).collect());
    Node::Table(keys.0)
}

fn answer(answer: &SourceAnswer) -> Option<Node> {
    let SourceAnswer { preset, format, names, words } = answer;
    let preset = (*preset != AnswerPreset::Plain).then(|| Node::text(preset.name()));
    let named = |word: &'static str, text: &String| (word.to_owned(), Node::text(text));
    let names: BTreeMap<_, _> = names.iter().map(|(one, text)| named(one.name(), text)).collect();
    let words: BTreeMap<_, _> = words.iter().map(|(one, text)| named(one.name(), text)).collect();
    Keys::default()
        .maybe("preset", preset)
        .maybe("format", format.map(|format| Node::text(format.name())))
        .maybe("names", Keys(names.into_iter().collect()).table())
        .maybe("words", Keys(words.into_iter().collect()).table())
        .table()
}
