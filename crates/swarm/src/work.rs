//! What inputs cost, counted where debug assertions are on: for tests that bound it.

/// How many entries of tables that grow with peers, files or pieces the engine has looked at on this thread.
#[cfg(debug_assertions)]
#[must_use]
pub fn entries_walked() -> u64 {
    WALKED.get()
}

/// Counts the entries that are looked at.
pub(crate) fn walk<I: IntoIterator>(entries: I) -> impl Iterator<Item = I::Item> {
    entries.into_iter().inspect(|_| step())
}

/// One entry is looked at.
pub(crate) fn step() {
    #[cfg(debug_assertions)]
    WALKED.set(WALKED.get() + 1);
}

#[cfg(debug_assertions)]
thread_local! {
    static WALKED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}
