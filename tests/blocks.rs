//! The attribute on an `impl`, `trait` or `mod` instruments every function, and nothing else.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]
#![allow(unused_braces, reason = "braces outside of bodies are under test")]

mod support;

use std::fmt::{self, Display};
use std::future::Future;
use std::pin::Pin;

use event_core::{Event, Kind, local, trigger_event};
use futures::executor::block_on;
use futures::future::BoxFuture;
use support::{events, started_functions};

struct Stack<T> {
    items: Vec<T>,
}

#[trigger_event("blocks:impl")]
impl<T> Stack<T> {
    #![allow(clippy::needless_pass_by_value)]

    pub(crate) const LIMIT: usize = { 2 + 1 };
    #[allow(dead_code)]
    const CHECK: fn(usize) -> bool = {
        const fn inner(size: usize) -> bool {
            size > 0
        }
        inner
    };

    /// Returns an empty stack.
    #[must_use]
    const fn new() -> Self {
        Self { items: Vec::new() }
    }

    fn push(&mut self, item: T) -> &mut Self {
        self.items.push(item);
        self
    }

    #[trigger_event(skip)]
    fn len(&self) -> usize {
        self.items.len()
    }

    #[trigger_event("blocks:own", data(size = self.items.len()))]
    fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    #[event_core::trigger_event("blocks:own")]
    fn own_by_path(&self) {}

    pub(crate) fn visible(&self) -> usize {
        Self::LIMIT
    }

    extern "C" fn foreign(number: u8) -> u8 {
        number
    }

    pub(crate) async fn later(&self) -> usize {
        self.items.len()
    }
}

#[test]
fn every_function_of_an_impl_emits_events() {
    let recorder = local::install_recorder("blocks:impl");
    let own = local::install_recorder("blocks:own");
    let mut stack = Stack::new();
    stack.push(1).push(2);
    assert_eq!((stack.len(), stack.pop()), (2, Some(2)));
    stack.own_by_path();
    assert_eq!(stack.visible(), 3);
    assert_eq!(Stack::<u8>::foreign(4), 4);
    assert_eq!(block_on(stack.later()), 1);
    assert_eq!(
        started_functions(&recorder),
        ["push", "push", "visible", "foreign", "later"]
    );
    assert_eq!(
        own.lines(),
        [
            "START blocks:own Stack<_>::pop size=2",
            "END blocks:own Stack<_>::pop size=2",
            "START blocks:own Stack<_>::own_by_path",
            "END blocks:own Stack<_>::own_by_path"
        ]
    );
}

#[trigger_event("blocks:trait")]
trait Shape {
    const SIDES: u32 = { 1 + 2 };
    type Unit: Default;

    fn area(&self) -> f64;

    fn describe(&self) -> String {
        format!("{} {}", Self::SIDES, self.area())
    }

    fn make() -> Self
    where
        Self: Sized + Default,
    {
        Self::default()
    }

    #[trigger_event(skip)]
    fn skipped(&self) {}

    #[trigger_event(skip)]
    fn required_and_skipped(&self);

    fn later(&self) -> impl Future<Output = u32> + Send {
        async { Self::SIDES }
    }
}

#[derive(Default)]
struct Square(f64);

#[trigger_event("blocks:trait_impl")]
impl Shape for Square {
    const SIDES: u32 = 4;
    type Unit = u8;

    fn area(&self) -> f64 {
        self.0 * self.0
    }

    fn required_and_skipped(&self) {}
}

#[test]
fn provided_trait_functions_and_annotated_impls_emit_events() {
    let recorder = local::install_recorder("blocks:trait");
    let implemented = local::install_recorder("blocks:trait_impl");
    let square = Square(2.0);
    assert_eq!(square.describe(), "4 4");
    let made = Square::make();
    made.skipped();
    made.required_and_skipped();
    assert_eq!(block_on(square.later()), 4);
    assert_eq!(started_functions(&recorder), ["describe", "make", "later"]);
    assert_eq!(
        started_functions(&implemented),
        ["area", "required_and_skipped"]
    );
}

#[trigger_event("blocks:mod")]
pub(crate) mod outer {
    //! A module with items of every kind.
    #![allow(dead_code, clippy::allow_attributes)]

    use std::fmt::{self, Display};

    macro_rules! make {
        ($name:ident) => {
            pub(crate) fn $name() {}
        };
    }

    pub(crate) static TABLE: [fn() -> u8; 2] = {
        const fn one() -> u8 {
            1
        }
        [one, one]
    };
    pub(crate) const LARGE: [u8; { 1 + 2 }] = [0; { 3 }];
    pub(crate) type Callback = fn(u8) -> u8;
    pub(crate) struct Unit;
    pub(crate) struct Tuple(pub(crate) u8);
    pub(crate) struct Sized<const N: usize = { 3 }> {
        pub(crate) value: [u8; N],
    }
    pub(crate) enum Choice {
        One { number: u8 },
        Two(u8),
        Three,
    }
    pub(crate) union Either {
        small: u8,
        large: u32,
    }

    make!(by_macro);
    make! { by_macro_too }

    pub(crate) fn free(number: u8) -> u8 {
        fn within(number: u8) -> u8 {
            number + 1
        }
        within(number)
    }

    #[cfg(any())]
    pub(crate) fn nowhere(missing: Missing) -> Missing {
        missing
    }

    #[cfg(not(any()))]
    pub(crate) fn somewhere(#[cfg(any())] missing: Missing, number: u8) -> u8 {
        number
    }

    #[cfg(any())]
    pub(crate) fn one_of_two() -> u8 {
        1
    }

    #[cfg(not(any()))]
    pub(crate) fn one_of_two() -> u8 {
        2
    }

    impl Unit {
        pub(crate) fn method(&self) {}
    }

    impl Display for Unit {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("unit")
        }
    }

    pub(crate) trait Careful {
        fn provided(&self) -> u8 {
            5
        }
    }

    impl Careful for Unit {}
    impl Careful for Tuple {
        fn provided(&self) -> u8 {
            self.0
        }
    }

    pub(crate) mod inner {
        pub(crate) fn free() {}

        pub(in crate::outer) mod innermost {
            pub(crate) fn free() {}
        }

        pub(crate) fn call() {
            innermost::free();
        }
    }

    #[event_core::trigger_event(skip)]
    pub(crate) mod left_out {
        pub(crate) fn free() {}
    }

    #[event_core::trigger_event("blocks:mod_own")]
    pub(crate) mod own {
        pub(crate) fn free() {}
    }

    #[event_core::trigger_event(skip)]
    impl Tuple {
        pub(crate) fn left_out(&self) {}
    }
}

#[test]
fn every_function_of_a_module_and_its_nested_blocks_emits_events() {
    use outer::Careful;
    let recorder = local::install_recorder("blocks:mod");
    let own = local::install_recorder("blocks:mod_own");
    assert_eq!(outer::free(1), 2);
    outer::by_macro();
    outer::by_macro_too();
    assert_eq!((outer::somewhere(3), outer::one_of_two()), (3, 2));
    outer::Unit.method();
    assert_eq!(outer::Unit.to_string(), "unit");
    assert_eq!((outer::Unit.provided(), outer::Tuple(6).provided()), (5, 6));
    outer::inner::free();
    outer::inner::call();
    outer::left_out::free();
    outer::Tuple(1).left_out();
    outer::own::free();
    assert_eq!(outer::TABLE[1](), 1);
    assert_eq!(
        started_functions(&recorder),
        [
            "free",
            "somewhere",
            "one_of_two",
            "method",
            "fmt",
            "provided",
            "provided",
            "free",
            "call",
            "free"
        ]
    );
    assert_eq!(started_functions(&own), ["free"]);
    let modules: Vec<_> = events(&recorder)
        .iter()
        .map(|event| event.site().unwrap().module_path())
        .collect();
    assert!(modules.contains(&"blocks::outer::inner::innermost"));
}

struct Client;

#[trigger_event("blocks:options", skip(password, token), err, ret)]
impl Client {
    fn log_in(&self, name: &str, password: &str) -> Result<u8, String> {
        if password.is_empty() {
            return Err(format!("no password for {name}"));
        }
        Ok(1)
    }

    fn ping(&self, token: &str) -> usize {
        token.len()
    }

    fn io(&self) -> std::io::Result<()> {
        Err(std::io::Error::other("io"))
    }

    fn option(&self, password: Option<u8>) -> Option<u8> {
        password
    }

    async fn later(&self, password: &str, n: u8) -> Result<(), String> {
        Err(password.repeat(n.into()))
    }
}

#[test]
fn skip_and_err_apply_to_functions_that_match() {
    let recorder = local::install_recorder("blocks:options");
    assert!(Client.log_in("n", "").is_err());
    assert_eq!(Client.log_in("n", "p"), Ok(1));
    assert_eq!(Client.ping("token"), 5);
    assert!(Client.io().is_err());
    assert_eq!(Client.option(None), None);
    assert!(block_on(Client.later("pp", 1)).is_err());
    assert_eq!(
        recorder
            .lines()
            .into_iter()
            .skip(1)
            .step_by(2)
            .collect::<Vec<_>>(),
        [
            "END blocks:options Client::log_in name=\"n\" failed: error: no password for n",
            "END blocks:options Client::log_in name=\"n\" return=1",
            "END blocks:options Client::ping return=5",
            "END blocks:options Client::io failed: error: io",
            "END blocks:options Client::option return=None",
            "END blocks:options Client::later n=1 failed: error: pp",
        ]
    );
}

struct Futures;

#[trigger_event("blocks:futures", err)]
impl Futures {
    fn boxed(&self) -> BoxFuture<'_, Result<u8, String>> {
        Box::pin(async { Err("boxed".into()) })
    }

    fn pinned(&self) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send + '_>> {
        Box::pin(async { Err("pinned".into()) })
    }

    fn opaque(&self) -> impl Future<Output = Result<u8, String>> + use<'_> {
        async { Err("opaque".into()) }
    }

    fn other(&self) -> impl Future<Output = u8> {
        async { 1 }
    }
}

#[test]
fn err_applies_to_returned_futures_of_results() {
    let recorder = local::install_recorder("blocks:futures");
    assert!(block_on(Futures.boxed()).is_err());
    assert!(block_on(Futures.pinned()).is_err());
    assert!(block_on(Futures.opaque()).is_err());
    assert_eq!(block_on(Futures.other()), 1);
    let failed: Vec<bool> = events(&recorder)
        .iter()
        .filter(|event| event.is_end())
        .map(Event::is_failed)
        .collect();
    assert_eq!(failed, [true, true, true, false]);
}

#[trigger_event("blocks:skip_all", skip_all)]
impl Futures {
    fn many(&self, one: u8, two: &str) -> usize {
        two.len() + usize::from(one)
    }
}

#[test]
fn skip_all_and_crate_are_passed_to_each_function() {
    mod renamed {
        pub(crate) use ::event_core as events;
    }
    struct There;
    #[renamed::events::trigger_event("blocks:crate", crate = renamed::events)]
    impl There {
        fn here(n: u8) -> u8 {
            n
        }
    }
    let recorder = local::install_recorder("blocks:skip_all");
    assert_eq!(Futures.many(1, "ab"), 3);
    assert_eq!(recorder.lines()[0], "START blocks:skip_all Futures::many");
    let recorder = local::install_recorder("blocks:crate");
    assert_eq!(There::here(1), 1);
    assert_eq!(recorder.lines()[0], "START blocks:crate There::here n=1");
}

const KIND: Kind = Kind::from_static("blocks:path");

#[test]
fn block_kind_can_be_a_path() {
    struct ByPath;
    #[trigger_event(crate::KIND)]
    impl ByPath {
        fn one() {}
        async fn two() {}
    }
    let recorder = local::install_recorder(KIND);
    ByPath::one();
    block_on(ByPath::two());
    assert_eq!(started_functions(&recorder), ["one", "two"]);
}

struct Matrix<T, const R: usize, const C: usize>([[T; C]; R]);

#[trigger_event("blocks:generic", ret)]
impl<'a, T: Copy + Display, const R: usize, const C: usize> Matrix<&'a T, R, C>
where
    [T; { 3 }]: Clone,
{
    fn get(&self, row: usize, column: usize) -> &'a T {
        self.0[row][column]
    }

    fn map<U, F>(&self, map: F) -> Matrix<U, R, C>
    where
        F: Fn(&'a T) -> U,
    {
        Matrix(self.0.map(|row| row.map(&map)))
    }

    fn corner<const N: usize>(&self) -> [&'a T; N]
    where
        T: fmt::Debug,
    {
        [self.0[0][0]; N]
    }
}

#[test]
fn blocks_can_be_generic() {
    let recorder = local::install_recorder("blocks:generic");
    let matrix = Matrix([[&1, &2], [&3, &4]]);
    assert_eq!(matrix.get(1, 0), &3);
    assert_eq!(matrix.map(|n| n + 1).0, [[2, 3], [4, 5]]);
    assert_eq!(matrix.corner::<2>(), [&1, &1]);
    assert_eq!(started_functions(&recorder), ["get", "map", "corner"]);
}

#[test]
fn stacked_attributes_on_a_block_nest() {
    struct Twice;
    #[trigger_event("blocks:twice_outer")]
    #[trigger_event("blocks:twice_inner")]
    impl Twice {
        fn call() {}
    }
    let recorder = local::install_recorder("blocks:twice_*");
    Twice::call();
    assert_eq!(
        recorder.lines(),
        [
            "START blocks:twice_outer Twice::call",
            "START blocks:twice_inner Twice::call",
            "END blocks:twice_inner Twice::call",
            "END blocks:twice_outer Twice::call"
        ]
    );
}

#[test]
fn trait_can_be_dyn_and_recursive() {
    #[trigger_event("blocks:dyn")]
    trait Visit {
        fn visit(&self, depth: u8) -> u8 {
            if depth == 0 {
                0
            } else {
                1 + self.visit(depth - 1)
            }
        }
    }
    impl Visit for u8 {}
    let recorder = local::install_recorder("blocks:dyn");
    let visit: &dyn Visit = &1;
    assert_eq!(visit.visit(2), 2);
    assert_eq!(recorder.len(), 6);
}
