use event_core::EventData;

#[derive(EventData)]
struct Query<'a, T: Copy> {
    #[data(level)]
    sql: &'a T,
}

fn main() {
    let _ = |query: Query<'_, u8>| event_core::start_event("ui:kind", query);
}
