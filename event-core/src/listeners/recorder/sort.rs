//! The order of what a recorder has stored.
//!
//! The standard library's sort is compiled for each type of items, and is large. Here it sorts
//! numbers only.

/// Sorts `items` by the keys. Items with equal keys keep their order.
pub(super) fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> (u64, u64)) {
    let keys = items.iter().map(key).enumerate();
    let mut places: Vec<Place> = keys.map(|(index, key)| (key, index)).collect();
    sort_places(&mut places);
    for to in 0..places.len() {
        let mut from = places[to].1;
        // An earlier swap has moved that item.
        while from < to {
            from = places[from].1;
        }
        places[to].1 = from;
        items.swap(to, from);
    }
}

/// The key of an item and its index.
type Place = ((u64, u64), usize);

#[inline(never)]
fn sort_places(places: &mut [Place]) {
    places.sort_unstable();
}
