//! A field need not be declared.

use event_core::scope;

fn main() {
    scope!("app:step", rows = tracing::field::Empty; {});
}
