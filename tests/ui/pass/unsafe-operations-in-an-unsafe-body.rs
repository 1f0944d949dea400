#![allow(unsafe_op_in_unsafe_fn)]
use event_core::trigger_event;

#[trigger_event("pass:unsafe_op")]
unsafe fn read(pointer: *const u8) -> u8 {
    *pointer
}

#[trigger_event("pass:unsafe_op")]
async unsafe fn read_later(pointer: *const u8) -> u8 {
    *pointer
}

fn main() {
    assert_eq!(unsafe { read(&7) }, 7);
    drop(unsafe { read_later(&7) });
}
