use event_core::EventData;

#[derive(EventData)]
struct Login {
    #[data(redact, redact)]
    password: String,
}

fn main() {
    let _ = Login {
        password: String::new(),
    };
}
