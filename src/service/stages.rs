//! Slices whose items fail alone: a stage works on those that are left and puts its answers in their places.

use std::collections::BTreeMap;

/// An item of a slice with its place, so that what depends on the place survives the loss of others.
pub(super) struct Placed<T> {
    pub(super) index: usize,
    pub(super) item: T,
}

/// Numbers a slice.
pub(super) fn number<T, E>(items: Vec<Result<T, E>>) -> Vec<Result<Placed<T>, E>> {
    let place = |(index, item): (usize, Result<T, E>)| item.map(|item| Placed { index, item });
    items.into_iter().enumerate().map(place).collect()
}

/// Runs a stage over the items that are left; it answers each of them, in order.
///
/// # Errors
/// What the stage reports when it cannot work at all.
pub(super) fn stage<T, U, E, F>(
    items: Vec<Result<T, E>>,
    work: impl FnOnce(Vec<T>) -> Result<Vec<Result<U, E>>, F>,
) -> Result<Vec<Result<U, E>>, F> {
    let mut left = Vec::with_capacity(items.len());
    let mut lost = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Ok(item) => {
                left.push(item);
                lost.push(None);
            }
            Err(error) => lost.push(Some(error)),
        }
    }
    let mut answers = work(left)?.into_iter();
    let mut merged = Vec::with_capacity(lost.len());
    for error in lost {
        match error {
            Some(error) => merged.push(Err(error)),
            // A stage answers each item it was given.
            None => merged.extend(answers.next()),
        }
    }
    Ok(merged)
}

/// Takes items from their places.
pub(super) fn unzip<T>(items: Vec<Placed<T>>) -> (Vec<usize>, Vec<T>) {
    items
        .into_iter()
        .map(|placed| (placed.index, placed.item))
        .unzip()
}

/// Puts what became of items back into their places.
pub(super) fn numbered<T, E>(
    indexes: Vec<usize>,
    items: Vec<Result<T, E>>,
) -> Vec<Result<Placed<T>, E>> {
    let place = |(index, item): (usize, Result<T, E>)| item.map(|item| Placed { index, item });
    indexes.into_iter().zip(items).map(place).collect()
}

/// Works on the items of a slice that have no answer yet, by their places; it answers each of those, in order.
///
/// # Errors
/// What the work reports when it cannot be done at all.
pub(super) fn unless_answered<T, U, E, F>(
    items: Vec<T>,
    mut answered: BTreeMap<usize, Result<U, E>>,
    work: impl FnOnce(Vec<T>) -> Result<Vec<Result<U, E>>, F>,
) -> Result<Vec<Result<U, E>>, F> {
    let n = items.len();
    let open = items.into_iter().enumerate();
    let open = open.filter(|(index, _)| !answered.contains_key(index));
    let mut answers = work(open.map(|(_, item)| item).collect())?.into_iter();
    let answer = |index| match answered.remove(&index) {
        Some(answer) => Some(answer),
        None => answers.next(),
    };
    Ok((0..n).filter_map(answer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_take_the_places_of_their_items() {
        let items = vec![Ok(1), Err("a"), Ok(2), Ok(3), Err("b")];
        let work = |left: Vec<i32>| -> Result<Vec<Result<i32, &str>>, ()> {
            assert_eq!(left, [1, 2, 3]);
            Ok(vec![Ok(10), Err("c"), Ok(30)])
        };
        let expected = vec![Ok(10), Err("a"), Err("c"), Ok(30), Err("b")];
        assert_eq!(stage(items, work), Ok(expected));
    }
}
