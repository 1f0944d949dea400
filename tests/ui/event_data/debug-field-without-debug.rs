use event_core::EventData;

#[derive(EventData)]
struct Query {
    #[data(debug)]
    sql: Plain,
}

struct Plain;

fn main() {}
