//! A field has a `=`, in contrast to that of a struct.

use event_core::data;

fn main() {
    event_core::add_data(data! { rows: 3 });
}
