//! `#[derive(Listener)]` and `#[derive(EventData)]` depend on no name in scope, and reserve none.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use event_core::{RecordingListener, local};
use support::{keys, recorded_start, trigger};

mod listener_renamed_crate {
    //! The crate under another name.
    pub(super) mod deep {
        pub(in super::super) use ::event_core as events;
    }

    #[derive(Default, deep::events::Listener)]
    #[listen("derive_hygiene:crate", on_end = Self::ended, crate = deep::events)]
    #[listen("derive_hygiene:crate_*", on_start = Self::ended)]
    pub(super) struct Renamed<T> {
        #[listen(forward)]
        pub(super) recorder: deep::events::RecordingListener,
        #[listen(forward)]
        pub(super) inner: T,
    }

    impl<T> Renamed<T> {
        #[expect(clippy::unused_self, reason = "a handler")]
        fn ended(&self, _: &deep::events::Event<'_>) {}
    }
}

#[test]
fn listener_crate_path_can_be_renamed() {
    let renamed = local::install(listener_renamed_crate::Renamed::<RecordingListener>::default());
    trigger("derive_hygiene:crate");
    assert_eq!((renamed.recorder.len(), renamed.inner.len()), (2, 2));
}

mod listener_shadowed {
    //! Items that shadow names of the prelude, of crates and of primitive types.
    #![allow(
        dead_code,
        non_camel_case_types,
        non_upper_case_globals,
        non_snake_case
    )]

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod alloc {}
    pub(super) mod event_core {}
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Box;
    pub(super) struct Vec;
    pub(super) struct Event;
    pub(super) struct KindFilter;
    pub(super) struct Listens;
    pub(super) trait Send {}
    pub(super) trait Sync {}
    pub(super) trait Fn {}
    pub(super) type bool = u8;
    pub(super) type str = u8;
    pub(super) fn Some() {}
    pub(super) fn None() {}
    pub(super) fn from() {}

    /// Methods that the expansion must not call by mistake.
    pub(super) trait Everything {
        fn on_start(&self, _: u8) {}
        fn on_end(&self, _: u8) {}
        fn kind(&self) {}
        fn as_str(&self) {}
        fn matches(&self) {}
        fn starts_with(&self) {}
        fn wants_data(&self) {}
    }
    impl<T: ?Sized> Everything for T {}

    #[derive(::event_core::Listener)]
    #[listen("derive_hygiene:shadowed", on_start = Self::started, on_end = ended)]
    #[listen("derive_hygiene:shadow*", on_start = Self::started)]
    #[listen(SHADOWED, on_start = Self::started)]
    pub(super) struct Struct<T> {
        #[listen(forward)]
        pub(super) recorder: ::event_core::RecordingListener,
        pub(super) value: T,
    }

    const SHADOWED: ::event_core::Kind = ::event_core::Kind::from_static("derive_hygiene:shadowed");

    impl<T> Struct<T> {
        fn started(&self, _: &::event_core::Event<'_>) {}
    }

    fn ended<T>(_: &Struct<T>, _: &::event_core::Event<'_>) {}

    #[derive(::event_core::Listener)]
    pub(super) enum Enum {
        Ok(::event_core::RecordingListener),
        Err,
    }
}

#[test]
fn listener_prelude_and_crate_names_can_be_shadowed() {
    let listener = local::install(listener_shadowed::Struct {
        recorder: RecordingListener::new(),
        value: 1_u8,
    });
    let output = local::install(listener_shadowed::Enum::Ok(RecordingListener::new()));
    let _err = local::install(listener_shadowed::Enum::Err);
    trigger("derive_hygiene:shadowed");
    assert_eq!((listener.recorder.len(), listener.value), (2, 1));
    assert!(matches!(&*output, listener_shadowed::Enum::Ok(recorder) if recorder.len() == 2));
}

#[no_implicit_prelude]
mod listener_no_prelude {
    #[derive(::event_core::Listener)]
    #[listen("derive_hygiene:no_prelude", on_end = Self::ended, wants_data = false)]
    #[listen("derive_hygiene:no_pre*", on_start = ended)]
    pub(super) struct Struct<T: ::core::fmt::Debug> {
        #[listen(forward)]
        pub(super) recorder: ::event_core::RecordingListener,
        pub(super) value: T,
    }

    impl<T: ::core::fmt::Debug> Struct<T> {
        fn ended(&self, _: &::event_core::Event<'_>) {}
    }

    fn ended<T: ::core::fmt::Debug>(_: &Struct<T>, _: &::event_core::Event<'_>) {}

    #[derive(::event_core::Listener)]
    pub(super) enum Enum {
        Recorder(::event_core::RecordingListener),
        #[allow(dead_code)]
        Nothing,
    }
}

#[test]
fn listener_derive_compiles_without_a_prelude() {
    let listener = local::install(listener_no_prelude::Struct {
        recorder: RecordingListener::new(),
        value: 1_u8,
    });
    let output = local::install(listener_no_prelude::Enum::Recorder(RecordingListener::new()));
    trigger("derive_hygiene:no_prelude");
    assert_eq!((listener.recorder.len(), listener.value), (2, 1));
    let listener_no_prelude::Enum::Recorder(recorder) = &*output else {
        unreachable!()
    };
    assert_eq!(recorder.len(), 2);
}

mod listener_values {
    //! Values with names that an expansion might use.
    #![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

    use event_core::{Event, Listener, RecordingListener};

    static event: u8 = 0;
    const wants_data: u8 = 0;
    struct handler;
    struct listener0;

    trait From {
        fn from(_: u8) -> u8 {
            0
        }
    }
    impl<T> From for T {}

    #[derive(Default, Listener)]
    #[listen("derive_hygiene:values", on_start = Self::handled, on_end = Self::handled)]
    pub(crate) struct Struct(#[listen(forward)] pub(crate) RecordingListener);

    impl Struct {
        #[expect(clippy::unused_self, reason = "a handler")]
        fn handled(&self, _: &Event<'_>) {}
    }

    #[derive(Listener)]
    pub(crate) enum Enum {
        One(RecordingListener),
    }

    #[derive(Listener)]
    #[listen(on_end = handled)]
    pub(crate) enum Empty {}

    fn handled(_: &Empty, _: &Event<'_>) {}
}

#[test]
fn user_values_can_have_any_name() {
    let listener = local::install(listener_values::Struct::default());
    let output = local::install(listener_values::Enum::One(RecordingListener::new()));
    trigger("derive_hygiene:values");
    assert_eq!(listener.0.len(), 2);
    let listener_values::Enum::One(recorder) = &*output;
    assert_eq!(recorder.len(), 2);
}

mod event_data_renamed_crate {
    //! The crate under another name.
    pub(super) mod deep {
        pub(in super::super) use ::event_core as events;
    }

    #[derive(deep::events::EventData)]
    #[data(crate = deep::events)]
    pub(super) struct Renamed<'a, T> {
        pub(super) one: &'a T,
        #[data(rename = "other", debug)]
        pub(super) two: u8,
    }
}

#[test]
fn event_data_crate_path_can_be_renamed() {
    let renamed = event_data_renamed_crate::Renamed { one: &1, two: 2 };
    let event = recorded_start("derive_hygiene:data_crate", renamed);
    assert_eq!(keys(event.data()), ["one", "other"]);
}

mod event_data_shadowed {
    //! Items that shadow names of the prelude, of crates and of primitive types.
    #![allow(
        dead_code,
        non_camel_case_types,
        non_upper_case_globals,
        non_snake_case
    )]

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod event_core {}
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Data;
    pub(super) struct Field;
    pub(super) struct Value;
    pub(super) struct Capture;
    pub(super) trait FnOnce {}
    pub(super) trait Debug {}
    pub(super) trait Into {}
    pub(super) type bool = ();
    pub(super) type str = ();
    pub(super) type u8 = ();
    pub(super) struct R;
    pub(super) fn Some() {}

    /// Methods that the expansion must not call by mistake.
    pub(super) trait Everything {
        fn new() {}
        fn with_data(&self) {}
        fn capture(&self) {}
        fn place(&self) {}
        fn printed(&self) {}
        fn displayed(&self) {}
        fn into_owned(&self) {}
    }
    impl<T: ?Sized> Everything for T {}

    #[derive(::event_core::EventData)]
    pub(super) struct Struct<'a, T> {
        pub(super) plain: &'a ::core::primitive::str,
        #[data(debug)]
        pub(super) debug: ::core::primitive::u8,
        #[data(display)]
        pub(super) display: ::core::primitive::u8,
        pub(super) value: T,
        #[data(skip)]
        pub(super) skipped: Option,
    }
}

#[test]
fn event_data_prelude_and_crate_names_can_be_shadowed() {
    let event = recorded_start(
        "derive_hygiene:data_shadowed",
        event_data_shadowed::Struct {
            plain: "text",
            debug: 1,
            display: 2,
            value: (),
            skipped: event_data_shadowed::Option,
        },
    );
    assert_eq!(
        event.data().to_string(),
        "plain=\"text\" debug=1 display=\"2\" value=()"
    );
}

#[no_implicit_prelude]
mod event_data_no_prelude {
    #[derive(::event_core::EventData)]
    pub(super) struct Struct<T: ::core::fmt::Debug> {
        pub(super) plain: T,
        #[data(debug, rename = "shown")]
        pub(super) debug: u8,
        #[data(display)]
        pub(super) display: u8,
    }
}

#[test]
fn event_data_derive_compiles_without_a_prelude() {
    let data = event_data_no_prelude::Struct {
        plain: [1],
        debug: 2,
        display: 3,
    };
    let event = recorded_start("derive_hygiene:data_no_prelude", data);
    assert_eq!(event.data().to_string(), "plain=[1] shown=2 display=\"3\"");
}

mod event_data_values {
    //! Values and type parameters with names that an expansion might use.
    #![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

    static f: u8 = 0;
    const fields: u8 = 0;

    #[derive(event_core::EventData)]
    pub(crate) struct Struct<__R, R> {
        pub(crate) one: __R,
        pub(crate) two: R,
    }
}

#[test]
fn user_values_and_type_parameters_can_have_any_name() {
    let data = event_data_values::Struct { one: 1, two: 2 };
    assert_eq!(
        recorded_start("derive_hygiene:data_values", data)
            .data()
            .len(),
        2
    );
}

mod bounds_with_self {
    //! Bounds that name the type as `Self`.

    #[derive(event_core::EventData, Clone, Debug)]
    pub(crate) struct Node<T>
    where
        T: PartialEq<Self>,
    {
        pub(crate) next: Option<Box<Self>>,
        pub(crate) values: Vec<T>,
    }

    #[derive(event_core::EventData, Debug)]
    pub(crate) struct InParameters<'a, T: Into<Option<Self>>, const N: usize = 1> {
        pub(crate) values: [&'a T; N],
    }

    #[derive(Clone, Debug)]
    pub(crate) struct Value;

    impl PartialEq<Node<Value>> for Value {
        fn eq(&self, _: &Node<Value>) -> bool {
            true
        }
    }

    impl<'a> From<Value> for Option<InParameters<'a, Value>> {
        fn from(_: Value) -> Self {
            None
        }
    }
}

#[test]
fn event_data_bounds_can_name_the_type_as_self() {
    let data = bounds_with_self::Node::<bounds_with_self::Value> {
        next: None,
        values: vec![],
    };
    let event = recorded_start("derive_hygiene:self_bounds", data);
    assert_eq!(keys(event.data()), ["next", "values"]);
    let values = [&bounds_with_self::Value];
    let event = recorded_start(
        "derive_hygiene:self_bounds",
        bounds_with_self::InParameters { values },
    );
    assert_eq!(keys(event.data()), ["values"]);
}
