use event_core::EventData;

#[derive(EventData)]
#[data(redact)]
struct Login {
    password: String,
}

fn main() {
    let _ = Login {
        password: String::new(),
    };
}
