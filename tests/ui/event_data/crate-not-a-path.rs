use event_core::EventData;

#[derive(EventData)]
#[data(crate = "event_core")]
struct Query {
    sql: u8,
}

fn main() {
    let _ = |query: Query| event_core::start_event("ui:kind", query);
}
