//! Suppression lists.

use crate::base::ListName;
use crate::base::Wall;
use crate::store::Added;
use crate::store::Addition;
use crate::store::Destination;
use crate::store::ImportId;
use crate::store::ImportMode;
use crate::store::Imported;
use crate::store::Mutation;
use crate::store::NotThere;
use crate::store::Pending;
use crate::store::Remark;
use crate::store::SuppressionList;
use crate::suppression::Contact;
use crate::suppression::Digest;
use crate::suppression::Listed;
use crate::suppression::SuppressionKey;

/// Suppression lists. Only keyed digests of contacts are stored; the key is beside the database.
pub trait Suppressions: Send + Sync {
    /// Returns the lists that hold a contact at `at`, oldest list first. Does not wait for other
    /// reads.
    fn suppression_check(&self, contact: Contact, at: Wall) -> Pending<'_, Vec<Listed>>;

    /// Returns all lists, by name.
    fn suppression_lists(&self) -> Pending<'_, Vec<SuppressionList>>;

    /// Adds contacts to a list. A contact that is on the list stays since when it was.
    fn suppression_add(&self, addition: Addition) -> Pending<'_, Result<Added, NotThere>>;

    /// Removes contacts from a list. Returns how many were on it; `None` without such a list.
    fn suppression_remove(
        &self,
        list: ListName,
        contacts: Vec<Contact>,
        by: Mutation,
    ) -> Pending<'_, Option<u64>>;

    /// Drops a list with all its entries, whose rows go with the next
    /// [`Suppressions::suppression_purge`]. Returns whether there was such a list.
    fn suppression_drop(&self, list: ListName, by: Mutation) -> Pending<'_, bool>;

    /// Returns the key that digests for an import are made with, and makes it if there is none.
    ///
    /// # Errors
    /// [`crate::store::StoreError::SuppressionKey`] if there are lists and their key is gone.
    fn suppression_key(&self) -> Pending<'_, SuppressionKey>;

    /// Begins an import. Its entries take effect together when it is finished. An import that was
    /// begun and not continued for an hour is given up.
    fn suppression_import_begin(
        &self,
        to: Destination,
        remark: Remark,
        at: Wall,
    ) -> Pending<'_, Result<ImportId, NotThere>>;

    /// Adds digests to an import: at most [`crate::store::IMPORT_ROWS_MAX`], in their order. Then
    /// pauses, so that writes of other programs are not held up.
    ///
    /// # Errors
    /// [`crate::store::StoreError::WrongState`] if the import was given up or its list dropped.
    fn suppression_import_rows(
        &self,
        import: ImportId,
        mode: ImportMode,
        digests: Vec<Digest>,
        at: Wall,
    ) -> Pending<'_, ()>;

    /// Makes an import take effect.
    ///
    /// # Errors
    /// As [`Suppressions::suppression_import_rows`].
    fn suppression_import_finish(
        &self,
        import: ImportId,
        mode: ImportMode,
        by: Mutation,
    ) -> Pending<'_, Imported>;

    /// Removes the rows of what was dropped, replaced, or given up, in small steps. Returns how
    /// many.
    fn suppression_purge(&self, at: Wall) -> Pending<'_, u64>;
}
