#![deny(warnings, unsafe_op_in_unsafe_fn)]
use event_core::{local, trigger_event};

#[trigger_event("pass:unsafe", ret)]
unsafe fn read(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[trigger_event("pass:unsafe", ret)]
async unsafe fn read_later(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[trigger_event("pass:unsafe")]
pub unsafe extern "C" fn from_c(pointer: *mut u8, len: usize) -> usize {
    unsafe { *pointer = 1 };
    len
}

#[trigger_event("pass:unsafe")]
#[unsafe(no_mangle)]
pub extern "C" fn pass_exported(n: u8) -> u8 {
    n
}

unsafe trait Reads {
    unsafe fn read(&self) -> u8;
}

unsafe impl Reads for *const u8 {
    #[trigger_event("pass:unsafe")]
    unsafe fn read(&self) -> u8 {
        unsafe { **self }
    }
}

fn main() {
    let recorder = local::install_recorder("pass:unsafe");
    let mut byte = 7;
    assert_eq!(unsafe { read(&raw const byte) }, 7);
    assert_eq!(unsafe { Reads::read(&&raw const byte) }, 7);
    assert_eq!(unsafe { from_c(&raw mut byte, 3) }, 3);
    assert_eq!(pass_exported(byte), 1);
    let mut future = Box::pin(unsafe { read_later(&raw const byte) });
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert_eq!(recorder.len(), 10);
}
