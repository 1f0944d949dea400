use event_core::EventData;

#[derive(EventData)]
struct Query {
    #[data(level)]
    sql: u8,
    #[data(skip = true)]
    text: u8,
}

fn main() {}
