use event_core::EventData;

#[derive(EventData)]
#[data(level = 3)]
struct Query {
    sql: u8,
}

fn main() {
    let _ = |query: Query| event_core::start_event("ui:kind", query);
}
