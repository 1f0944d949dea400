//! A string is only a key.

use event_core::data;

fn main() {
    event_core::add_data(data! { "http.status" });
}
