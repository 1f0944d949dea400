//! An expression that is no variable needs a name.

use event_core::enter;

fn f() -> u32 {
    1
}

fn main() {
    let _guard = enter!("app:step", a = 1, ?f(), b = 2);
}
