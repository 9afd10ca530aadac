//! Orders the nodes of each row: sweeps that put each node at the mean of its neighbours.
//!
//! After K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical
//! system structures" (1981): down with the row above fixed, up with the row below fixed; the order
//! with the fewest crossings wins.

use super::layers::Layers;
use super::layers::Node;

/// Maximum number of sweeps, down and up.
const SWEEPS_MAX: usize = 12;
/// Fractions of a position, so that means compare as whole numbers.
const FINE: usize = 1 << 16;

/// Puts the nodes of each row in order.
pub(super) fn order(layers: &mut Layers) {
    walk(layers);
    let mut best = layers.rows.clone();
    let mut fewest = crossings(layers);
    for sweep in 0..SWEEPS_MAX {
        if fewest == 0 {
            break;
        }
        let count = layers.rows.len();
        for nth in 1..count {
            if sweep % 2 == 0 {
                settle(layers, nth, |node| &node.above);
            } else {
                settle(layers, count - 1 - nth, |node| &node.below);
            }
        }
        let now = crossings(layers);
        if now < fewest {
            fewest = now;
            best.clone_from(&layers.rows);
        }
    }
    layers.rows = best;
}

/// Sets the first order: that of a walk from the top, so that branches stay together.
fn walk(layers: &mut Layers) {
    let mut seen = vec![false; layers.nodes.len()];
    let mut rows = vec![Vec::new(); layers.rows.len()];
    let mut open: Vec<usize> = layers.rows.iter().flatten().rev().copied().collect();
    while let Some(at) = open.pop() {
        let (Some(node), Some(seen)) = (layers.nodes.get(at), seen.get_mut(at)) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        rows.get_mut(node.row).into_iter().for_each(|row: &mut Vec<usize>| row.push(at));
        open.extend(node.below.iter().rev());
    }
    layers.rows = rows;
}

/// Returns each node's position in its row.
fn places(layers: &Layers) -> Vec<usize> {
    let mut places = vec![0; layers.nodes.len()];
    for row in &layers.rows {
        for (place, node) in row.iter().enumerate() {
            places.get_mut(*node).into_iter().for_each(|slot| *slot = place);
        }
    }
    places
}

/// Sorts a row by the means of its nodes' neighbours. A node without neighbours keeps its position.
fn settle(layers: &mut Layers, row: usize, neighbours: impl Fn(&Node) -> &Vec<usize>) {
    let places = places(layers);
    let Layers { nodes, rows, .. } = layers;
    let Some(row) = rows.get_mut(row) else { return };
    let mean = |at: &usize| {
        let place = |node: &usize| places.get(*node).copied().unwrap_or_default();
        let own = nodes.get(*at).map_or(&[][..], |node| neighbours(node).as_slice());
        let sum: usize = own.iter().map(place).sum();
        if own.is_empty() { place(at) * FINE } else { sum * FINE / own.len() }
    };
    row.sort_by_cached_key(mean);
}

/// Returns the number of arrow crossings between the rows.
fn crossings(layers: &Layers) -> u64 {
    let places = places(layers);
    let place = |node: usize| places.get(node).copied().unwrap_or_default();
    let mut count = 0;
    for row in &layers.rows {
        let mut ends = Vec::new();
        for node in row {
            let Some(below) = layers.nodes.get(*node).map(|node| &node.below) else { continue };
            let mut own: Vec<usize> = below.iter().map(|to| place(*to)).collect();
            own.sort_unstable();
            ends.extend(own);
        }
        count += inversions(&ends);
    }
    count
}

/// Returns the number of inverted pairs, by a tree of counts (P. Fenwick, 1994).
fn inversions(ends: &[usize]) -> u64 {
    let mut tree = vec![0_u64; ends.iter().max().map_or(0, |most| most + 2)];
    let mut found = 0;
    for (before, end) in (0_u64..).zip(ends) {
        let (mut at, mut smaller) = (end + 1, 0);
        while at > 0 {
            smaller += tree.get(at).copied().unwrap_or_default();
            at &= at - 1;
        }
        found += before - smaller;
        let mut at = end + 1;
        while let Some(count) = tree.get_mut(at) {
            *count += 1;
            at += at & at.wrapping_neg();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn inversions_are_counted() {
        for (ends, wanted) in [
            (&[][..], 0),
            (&[0], 0),
            (&[0, 0, 1], 0),
            (&[1, 0], 1),
            (&[2, 1, 0], 3),
            (&[3, 3, 0], 2),
        ] {
            assert_eq!(inversions(ends), wanted, "{ends:?}");
        }
    }
}
