//! A trait of the user that every type implements captures no method that an expansion calls.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the trait has methods that shadow others"
)]
#![allow(unused_variables, reason = "the arguments are only captured")]

mod support;

use std::future::Future;
use std::pin::Pin;

use event_core::{EventData, Listener, local, trigger_event};
use support::recorded_start;

macro_rules! blanket {
    ($trait:ident $receiver:tt $($method:ident)*) => {
        #[allow(dead_code)]
        trait $trait {
            $(fn $method $receiver -> ! where Self: Sized {
                panic!("the expansion calls `{}` of the user", stringify!($method))
            })*
        }

        impl<T> $trait for T {}
    };
}

blanket! { ByReference (&self) capture_fn is_enabled future future_without_data future_captured
collect enter call call_inspected with_data end wrap wrap_inspected returned failed branch either
call_collected into_owned primitive textual printed displayed clone_from get notify on_start on_end }

mod by_value {
    //! The same by value.
    use super::*;

    blanket! { ByValue (self) capture_fn is_enabled future future_without_data future_captured
    collect enter call call_inspected with_data end wrap wrap_inspected returned failed branch either
    call_collected into_owned primitive textual printed displayed from_residual notify on_start on_end }

    #[trigger_event("blanket:calls", ret, err, data(more = number + 1, text = ?name, shown = %name))]
    pub(super) fn work(number: u8, name: &str, other: Plain) -> Result<u8, String> {
        Ok(number)
    }

    #[trigger_event("blanket:calls")]
    pub(super) fn plain(number: u8, other: Plain) -> u8 {
        number
    }
}

#[derive(Clone)]
struct Plain;

#[trigger_event("blanket:calls", ret, err, data(more = number + 1, text = ?name, shown = %name))]
fn work(number: u8, name: &str, other: Plain) -> Result<u8, String> {
    Ok(number)
}

#[trigger_event("blanket:calls", ret, err)]
#[track_caller]
fn tracking(number: u8, other: &Plain) -> Result<u8, String> {
    let number: u8 = Ok::<u8, String>(number)?;
    Ok(number)
}

#[trigger_event("blanket:calls", ret)]
fn boxed(number: u8, other: Plain) -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async move { number })
}

#[trigger_event("blanket:calls", ret)]
async fn asynchronous(number: u8, other: Plain) -> Plain {
    std::future::ready(()).await;
    other
}

#[trigger_event("blanket:calls")]
async fn without_value(number: u8, other: Plain) {
    std::future::ready(()).await;
}

#[trigger_event("blanket:calls", ret, err)]
impl Plain {
    fn fallible(&self, number: u8) -> Result<u8, String> {
        Ok(number)
    }

    fn method(&self, other: Plain) -> Plain {
        other
    }
}

#[test]
fn methods_of_blanket_traits_are_not_called() {
    let recorder = local::install_recorder("blanket:calls");
    assert_eq!(work(1, "x", Plain), Ok(1));
    assert_eq!(by_value::work(1, "x", Plain), Ok(1));
    assert_eq!(by_value::plain(1, Plain), 1);
    assert_eq!(tracking(1, &Plain), Ok(1));
    assert_eq!(Plain.fallible(1), Ok(1));
    assert_eq!(futures::executor::block_on(boxed(1, Plain)), 1);
    futures::executor::block_on(asynchronous(1, Plain));
    futures::executor::block_on(without_value(1, Plain));
    Plain.method(Plain);
    assert_eq!(recorder.len(), 18);
}

#[derive(EventData)]
struct Data {
    plain: u8,
    #[data(debug)]
    debug: u8,
    #[data(display)]
    display: u8,
}

#[derive(Listener)]
#[listen("blanket:derive", on_start = Self::started)]
struct Counter(std::sync::atomic::AtomicU8);

impl Counter {
    fn started(&self, _: &event_core::Event<'_>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn derives_call_no_method_of_a_blanket_trait() {
    let data = Data {
        plain: 1,
        debug: 2,
        display: 3,
    };
    let event = recorded_start("blanket:derive", data);
    assert_eq!(event.data().len(), 3);
    let _installed = local::install_listener("blanket:derive", Counter(Default::default()));
    support::trigger("blanket:derive");
}
