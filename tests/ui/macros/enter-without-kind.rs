//! The kind comes first.

use event_core::enter;

fn main() {
    let _guard = enter!(rows = 3);
}
