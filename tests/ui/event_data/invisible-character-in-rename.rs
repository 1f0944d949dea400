use event_core::EventData;

#[derive(EventData)]
struct Query {
    #[data(rename = "s\u{202e}ql")]
    sql: u8,
    #[data(rename = "")]
    limit: u8,
}

fn main() {
    let _ = |query: Query| event_core::start_event("ui:kind", query);
}
