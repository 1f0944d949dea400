//! A method call needs a name, also in `scope!`.

use event_core::scope;

fn main() {
    let list = [1];
    scope!("app:step", list.len(); {});
}
