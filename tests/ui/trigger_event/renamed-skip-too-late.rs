use event_core::trigger_event as traced;

#[traced("ui:kind")]
#[traced(skip)]
fn login(_password: &str) {}

fn main() {
    login("x");
}
