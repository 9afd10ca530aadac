//! Values of a statement's parameters.

use rusqlite::ToSql;
use smallvec::SmallVec;

/// Most values that are listed without an allocation.
const USUAL: usize = 16;

/// Values of a statement's parameters, in order.
pub(in crate::store) trait Params {
    /// Calls `run` with the values.
    fn list<T>(&self, run: impl FnOnce(&[&dyn ToSql]) -> T) -> T;
}

impl Params for &[&dyn ToSql] {
    fn list<T>(&self, run: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        run(self)
    }
}

impl<const N: usize> Params for &[&dyn ToSql; N] {
    fn list<T>(&self, run: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        run(self.as_slice())
    }
}

impl<V: ToSql, const N: usize> Params for [V; N] {
    fn list<T>(&self, run: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        run(&self.each_ref().map(|value| value as &dyn ToSql))
    }
}

/// Values of an iterator.
pub(in crate::store) struct Listed<V>(SmallVec<[V; USUAL]>);

/// Lists the values of an iterator.
pub(in crate::store) fn params_from_iter<V>(values: impl IntoIterator<Item = V>) -> Listed<V> {
    Listed(values.into_iter().collect())
}

impl<V: ToSql> Params for Listed<V> {
    fn list<T>(&self, run: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        let values: SmallVec<[&dyn ToSql; USUAL]> =
            self.0.iter().map(|value| value as &dyn ToSql).collect();
        run(&values)
    }
}
