//! A set in order, as one vector: small in code, and fast at the few hundred entries that an engine has of anything.

/// Values in ascending order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set<T>(Vec<T>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Set<T> {
    /// Adds a value. Whether it is new.
    pub(crate) fn insert(&mut self, value: T) -> bool {
        let place = self.0.binary_search(&value);
        if let Err(place) = place {
            self.0.insert(place, value);
        }
        place.is_err()
    }

    /// Adds a value where at most `most` are remembered. If there are as many, the next in order gives way: peers'
    /// ids, of which these sets are, have no better one.
    pub(crate) fn remember(&mut self, value: T, most: usize) {
        let Err(place) = self.0.binary_search(&value) else { return };
        if self.0.len() < most {
            self.0.insert(place, value);
        } else if let Some(other) = self.0.get_mut(place.min(most.saturating_sub(1))) {
            *other = value;
        }
    }

    /// Takes a value out. Whether it was there.
    pub(crate) fn remove(&mut self, value: &T) -> bool {
        let place = self.0.binary_search(value);
        if let Ok(place) = place {
            self.0.remove(place);
        }
        place.is_ok()
    }

    /// Takes the first value out.
    pub(crate) fn pop_first(&mut self) -> Option<T> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    pub(crate) fn contains(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The values in order.
    pub(crate) fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.insert(value);
        }
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_any_set_would(steps in prop::collection::vec((any::<bool>(), 0_u8..16), 0..64)) {
            let (mut set, mut model) = (Set::default(), BTreeSet::new());
            for (add, value) in steps {
                if add {
                    prop_assert_eq!(set.insert(value), model.insert(value));
                } else {
                    prop_assert_eq!(set.remove(&value), model.remove(&value));
                }
                prop_assert_eq!(set.contains(&value), model.contains(&value));
                prop_assert!(set.as_slice().iter().eq(&model));
            }
        }

        #[test]
        fn it_remembers_what_came_last_and_no_more_than_it_may(values in prop::collection::vec(0_u8..64, 1..64)) {
            let mut set = Set::default();
            for value in values {
                set.remember(value, 5);
                prop_assert!(set.contains(&value));
                prop_assert!(set.as_slice().len() <= 5 && set.as_slice().is_sorted_by(|a, b| a < b));
            }
        }
    }
}
