//! The type of a returned value decides whether it is a `Result` or a boxed future, not its name.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::future::Future;
use std::pin::Pin;

use event_core::{Cause, local, trigger_event};
use futures::executor::block_on;
use support::events;

#[derive(Debug)]
struct SearchResult {
    hits: u32,
}

type Fallible<T> = Result<T, String>;
type Unit = Result<(), &'static str>;

struct Search;

trait Finder {
    type Found;
    fn find(&self) -> Self::Found;
}

#[trigger_event("recognition:block", ret, err)]
impl Search {
    fn structure(&self) -> SearchResult {
        SearchResult { hits: 1 }
    }

    fn alias(&self) -> Fallible<u8> {
        Err("alias".into())
    }

    fn alias_without_parameters(&self) -> Unit {
        Err("unit")
    }

    fn formatted(&self) -> std::fmt::Result {
        Err(std::fmt::Error)
    }

    fn generic<T>(&self, value: T) -> T {
        value
    }

    fn option(&self) -> Option<u8> {
        None
    }

    async fn future(&self) -> Fallible<u8> {
        std::future::ready(Err("future".into())).await
    }

    fn returned_future(&self) -> Pin<Box<dyn Future<Output = Fallible<u8>>>> {
        Box::pin(async { Err("returned".into()) })
    }

    #[track_caller]
    fn tracking(&self, text: &str) -> Fallible<u8> {
        Ok(text.parse::<u8>().map_err(|error| error.to_string())?)
    }

    fn closure(&self) -> impl Fn(&str) -> &str {
        |text| text
    }
}

#[trigger_event("recognition:block", err)]
impl Finder for Search {
    type Found = Fallible<u8>;

    fn find(&self) -> Self::Found {
        Err("associated".into())
    }
}

fn failures(call: impl FnOnce()) -> Vec<String> {
    let recorder = local::install_recorder("recognition:block");
    call();
    let events = events(&recorder).into_iter();
    let ends = events.filter(event_core::Event::is_end);
    ends.map(|end| {
        let exc = end.exc_details();
        exc.map_or_else(
            || "succeeded".to_owned(),
            |exc| {
                assert_eq!(exc.cause(), Cause::Error);
                exc.message().into_owned()
            },
        )
    })
    .collect()
}

#[test]
fn err_on_a_block_counts_for_each_function_that_returns_a_result() {
    let failures = failures(|| {
        let _ = Search.alias();
        let _ = Search.alias_without_parameters();
        let _ = Search.formatted();
        let _ = Search.find();
        let _ = block_on(Search.future());
        let _ = block_on(Search.returned_future());
        let _ = Search.tracking("x");
    });
    assert_eq!(
        failures,
        [
            "alias",
            "unit",
            "an error occurred when formatting an argument",
            "associated",
            "future",
            "returned",
            "invalid digit found in string"
        ]
    );
}

#[test]
fn err_on_a_block_ignores_other_types() {
    let failures = failures(|| {
        assert_eq!(Search.structure().hits, 1);
        assert_eq!(Search.option(), None);
        assert_eq!(Search.generic(1), 1);
        assert_eq!(Search.closure()("x"), "x");
    });
    assert_eq!(failures, ["succeeded"; 4]);
}

mod aliases {
    use super::{Future, Pin};

    pub(crate) type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
    pub(crate) type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
}

struct Boxed<U, E> {
    make: Box<dyn FnMut() -> aliases::BoxFuture<U, E> + Send>,
}

impl<U, E> Boxed<U, E> {
    #[trigger_event("recognition:boxed", err)]
    fn call(&mut self) -> aliases::BoxFuture<U, E> {
        (self.make)()
    }

    #[trigger_event("recognition:boxed", ret)]
    fn optional(&mut self) -> Pin<Box<dyn Future<Output = Option<U>>>>
    where
        U: 'static,
    {
        Box::pin(std::future::ready(None))
    }
}

#[trigger_event("recognition:boxed")]
fn pass<T>(future: aliases::LocalBoxFuture<'_, T>) -> aliases::LocalBoxFuture<'_, T> {
    future
}

#[trigger_event("recognition:boxed", skip_all)]
fn pass_without_bound<T>(
    future: Pin<Box<dyn Future<Output = Option<T>> + Send + Sync>>,
) -> Pin<Box<dyn Future<Output = Option<T>> + Send + Sync>> {
    future
}

#[test]
fn boxed_futures_need_no_static_parameters() {
    let recorder = local::install_recorder("recognition:boxed");
    let text = String::from("x");
    let mut boxed: Boxed<u8, String> = Boxed {
        make: Box::new(|| Box::pin(async { Err("boxed".to_owned()) })),
    };
    let future = boxed.call();
    assert_eq!(recorder.len(), 0);
    assert!(block_on(future).is_err());
    assert_eq!(block_on(boxed.optional()), None);
    let borrowed: &str = &text;
    assert_eq!(block_on(pass(Box::pin(async { borrowed }))), "x");
    let optional = pass_without_bound(Box::pin(std::future::ready(Some(1))));
    assert_eq!(block_on(optional), Some(1));
    let lines = recorder.lines();
    assert_eq!(lines.len(), 8);
    // The bounds of the function decide, and `E` and `U` have none.
    let name = "alloc::string::String";
    assert_eq!(
        lines[1],
        format!("END recognition:boxed Boxed<_, _>::call failed: error: {name}")
    );
    assert!(
        lines[3].starts_with("END recognition:boxed Boxed<_, _>::optional return="),
        "{lines:?}"
    );
}

mod structs {
    /// No future, in spite of its name.
    #[derive(Debug)]
    pub(crate) struct BoxFuture<T>(pub(crate) T);
}

#[trigger_event("recognition:struct", ret)]
fn structure(n: u8) -> structs::BoxFuture<u8> {
    structs::BoxFuture(n)
}

#[trigger_event("recognition:struct")]
fn unread(n: u8) -> structs::BoxFuture<u8> {
    structs::BoxFuture(n)
}

#[test]
fn struct_with_the_name_of_a_boxed_future_is_an_ordinary_value() {
    let recorder = local::install_recorder("recognition:struct");
    assert_eq!(structure(1).0 + unread(1).0, 2);
    assert_eq!(
        recorder.lines(),
        [
            "START recognition:struct structure n=1",
            "END recognition:struct structure n=1 return=BoxFuture(1)",
            "START recognition:struct unread n=1",
            "END recognition:struct unread n=1"
        ]
    );
}

/// In each block, one type is a `Result`, which only the compiler sees.
mod demanded {
    use event_core::trigger_event;

    use super::{Fallible, SearchResult};

    pub(super) struct Index<'a, T: ?Sized>(pub(super) &'a T);

    #[trigger_event("recognition:demanded", err)]
    impl<'a, T: ?Sized + Clone + 'a> Index<'a, T>
    where
        T: ToOwned<Owned = Fallible<u8>>,
    {
        pub(super) fn narrow<'b>(&'b self) -> Index<'b, T> {
            Index(self.0)
        }

        #[cfg(any())]
        pub(super) fn absent(&self) -> Missing {}

        pub(super) fn own(&self) -> T::Owned {
            self.0.to_owned()
        }

        pub(super) fn first<'b>(&'b self) -> Fallible<std::borrow::Cow<'b, str>> {
            Err("first".into())
        }
    }

    #[trigger_event("recognition:demanded", err)]
    pub(super) trait Finder {
        type Found;

        fn found(&self) -> Option<Self::Found> {
            None
        }

        fn all(&self) -> super::Unit {
            Err("all")
        }

        fn copy(&self) -> Self
        where
            Self: Sized + Clone,
        {
            self.clone()
        }
    }

    impl Finder for u8 {
        type Found = u8;
    }

    #[trigger_event("recognition:demanded", err)]
    pub(super) mod functions {
        use super::{Fallible, SearchResult};

        pub(crate) fn generic<SearchResult>(value: SearchResult) -> Option<SearchResult> {
            Some(value)
        }

        pub(crate) fn structure() -> SearchResult {
            SearchResult { hits: 1 }
        }

        pub(crate) async fn future() -> Fallible<u8> {
            Err("future".into())
        }
    }

    #[trigger_event("recognition:demanded", err)]
    impl SearchResult {
        pub(super) fn again(&self) -> Self {
            Self { hits: self.hits }
        }

        pub(super) fn own(self) -> Fallible<Self> {
            Err("own".into())
        }
    }
}

#[test]
fn err_on_a_block_needs_one_result_under_any_name() {
    use demanded::{Finder, Index, functions};
    let kind = "recognition:demanded";
    let failed = |call: &dyn Fn()| {
        let recorder = local::install_recorder(kind);
        call();
        events(&recorder).iter().filter(|it| it.is_failed()).count()
    };
    let fallible: Fallible<u8> = Ok(1);
    let index = Index(&fallible);
    assert_eq!(failed(&|| drop(index.narrow().first())), 1);
    assert_eq!(failed(&|| drop((index.own(), 1.found(), 1.copy()))), 0);
    assert_eq!(failed(&|| _ = 1.all()), 1);
    assert_eq!(
        failed(&|| drop(functions::generic(functions::structure()))),
        0
    );
    assert_eq!(failed(&|| drop(block_on(functions::future()))), 1);
    assert_eq!(failed(&|| drop(SearchResult { hits: 1 }.again().own())), 1);
}

mod old {
    pub(super) trait Future {
        type Item;
        type Error;
        fn poll(&mut self) -> Result<Self::Item, Self::Error>;
    }

    impl Future for u8 {
        type Item = u8;
        type Error = String;
        fn poll(&mut self) -> Result<u8, String> {
            Ok(*self)
        }
    }
}

/// As in version 0.1 of the crate `futures`.
#[trigger_event("recognition:old")]
fn old_future() -> impl old::Future<Item = u8, Error = String> {
    3_u8
}

#[test]
fn other_trait_with_the_name_of_a_future_is_an_ordinary_value() {
    let polled =
        support::expect_scopes(
            1,
            "recognition:old",
            || old::Future::poll(&mut old_future()),
        );
    assert_eq!(polled, Ok(3));
}
