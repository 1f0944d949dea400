use event_core::EventData;

#[derive(EventData)]
struct Query {
    #[data(debug,, rename = "a")]
    sql: u8,
}

fn main() {
    let _ = |query: Query| event_core::start_event("ui:kind", query);
}
