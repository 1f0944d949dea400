use event_core::EventData;

#[derive(EventData)]
struct Query {
    #[data(display)]
    sql: Plain,
}

struct Plain;

fn main() {}
