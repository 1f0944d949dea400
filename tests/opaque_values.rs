//! `ret`, `err` and `data(…)` of values whose auto traits are unknown or missing in the body.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use event_core::{local, trigger_event};

#[trigger_event("opaque:ret", ret)]
fn each(cell: &Cell<u8>) -> impl Iterator<Item = u8> + '_ {
    (0..3).map(move |_| cell.get())
}

#[trigger_event("opaque:ret", ret)]
fn generic<T: Clone>(value: T) -> impl Iterator<Item = T> {
    (0..3).map(move |_| value.clone())
}

#[trigger_event("opaque:ret", ret, err)]
fn result(cell: &Cell<u8>) -> Result<impl Iterator<Item = u8> + '_, String> {
    Ok((0..3).filter(move |n| *n < cell.get()))
}

#[trigger_event("opaque:ret", ret)]
fn option(cell: Rc<Cell<u8>>) -> Option<impl Iterator<Item = u8>> {
    Some((0..3).map(move |_| cell.get()))
}

#[trigger_event("opaque:ret", ret)]
fn tuple(cell: &RefCell<u8>) -> (u8, impl Iterator<Item = u8> + '_) {
    (1, (0..3).map(move |_| *cell.borrow()))
}

#[trigger_event("opaque:ret", ret)]
async fn asynchronous(cell: &Cell<u8>) -> impl Iterator<Item = u8> + '_ {
    std::future::ready(()).await;
    (0..3).map(move |_| cell.get())
}

#[trigger_event("opaque:ret", ret)]
fn shared() -> Rc<Cell<u8>> {
    Rc::new(Cell::new(1))
}

struct Source(Cell<u8>);

#[trigger_event("opaque:ret", ret, err)]
impl Source {
    fn each(&self) -> impl Iterator<Item = u8> + '_ {
        (0..3).map(move |_| self.0.get())
    }

    fn closure(&self) -> impl Fn() -> u8 + '_ {
        || self.0.get()
    }

    fn fallible(&self) -> Result<impl Iterator<Item = u8> + '_, Rc<str>> {
        Ok((0..3).map(move |_| self.0.get()))
    }
}

#[test]
fn ret_accepts_values_with_closures_and_cells() {
    let recorder = local::install_recorder("opaque:ret");
    let cell = Cell::new(1);
    assert_eq!(each(&cell).count(), 3);
    assert_eq!(generic(cell.clone()).count(), 3);
    assert_eq!(result(&cell).unwrap().count(), 1);
    assert_eq!(option(Rc::new(cell.clone())).unwrap().count(), 3);
    assert_eq!(tuple(&RefCell::new(1)).1.count(), 3);
    assert_eq!(futures::executor::block_on(asynchronous(&cell)).count(), 3);
    assert_eq!(shared().get(), 1);
    let source = Source(cell);
    assert_eq!(source.each().count(), 3);
    assert_eq!(source.closure()(), 1);
    assert_eq!(source.fallible().unwrap().count(), 3);
    let lines = recorder.lines();
    assert_eq!(lines.len(), 20);
    assert!(lines[1].contains("return=Map"), "{lines:?}");
    assert!(!lines[17].contains("return="), "{lines:?}");
}

#[derive(Debug)]
struct Failure<F>(#[allow(dead_code, reason = "its Debug reads it")] F);

#[trigger_event("opaque:err", err)]
fn fails(cell: &Cell<u8>) -> Result<u8, impl std::fmt::Debug + '_> {
    Err(Failure((0..3).map(move |_| cell.get())))
}

#[test]
fn err_accepts_an_error_with_a_closure() {
    let recorder = local::install_recorder("opaque:err");
    assert!(fails(&Cell::new(1)).is_err());
    assert!(recorder.lines()[1].contains("failed: error: Failure(Map"));
}

#[trigger_event(
    "opaque:data",
    skip_all,
    data(
        iterator = (0..3).map(|_| cell.get()),
        reference = &(0..3).map(|_| cell.get()),
        cell = cell,
        shared = Rc::new(cell.clone()),
        live = shared,
        found = list.iter().find(|n| **n == 2)
    )
)]
fn captures(cell: &Cell<u8>, shared: std::sync::Arc<u8>, list: &[u8]) {}

#[test]
fn data_accepts_expressions_with_closures_and_cells() {
    let recorder = local::install_recorder("opaque:data");
    captures(&Cell::new(1), std::sync::Arc::new(7), &[1, 2]);
    let events = recorder.buffer();
    let data = events[0].1.data();
    let live = data
        .get("live")
        .and_then(|value| value.downcast_ref::<u8>());
    assert_eq!(live, Some(&7));
    let line = events[0].1.to_string();
    assert!(line.contains("iterator=Map"), "{line}");
    assert!(line.contains("reference=Map"), "{line}");
    assert!(line.ends_with("found=2"), "{line}");
}
