use event_core::trigger_event;

#[trigger_event("ui:kind")]
#[unsafe(naked)]
extern "C" fn work() {
    core::arch::naked_asm!("ret")
}

fn main() {
    work();
}
