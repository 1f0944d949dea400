//! Which types can derive `Listener`: enums, generic and recursive types, private fields.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use event_core::{Event, Listener, RecordingListener, TimingListener, local};
use support::{Count, Notes, trigger};

#[test]
fn enums_forward_to_the_active_variant() {
    #[derive(Listener)]
    enum Output {
        Tuple(RecordingListener),
        Struct {
            recorder: RecordingListener,
        },
        Marked(&'static str, #[listen(forward)] RecordingListener),
        Several {
            #[listen(forward)]
            one: RecordingListener,
            name: &'static str,
            #[listen(forward)]
            other: Option<RecordingListener>,
        },
        Time(TimingListener),
        Boxed(Box<dyn Listener>),
        Unit,
        EmptyTuple(),
        EmptyStruct {},
    }
    impl Output {
        fn counts(&self) -> Vec<usize> {
            match self {
                Self::Tuple(it) | Self::Struct { recorder: it } => vec![it.len()],
                Self::Marked(name, it) => vec![name.len(), it.len()],
                Self::Several { one, name, other } => {
                    let other = other.as_ref().map_or(0, RecordingListener::len);
                    vec![one.len(), name.len(), other]
                }
                Self::Time(timer) => vec![timer.done().into()],
                Self::Boxed(_) | Self::Unit | Self::EmptyTuple() | Self::EmptyStruct {} => vec![],
            }
        }
    }
    let new = RecordingListener::new;
    let shared = Arc::new(new());
    for (output, counts, wants_data) in [
        (Output::Tuple(new()), vec![2], true),
        (Output::Struct { recorder: new() }, vec![2], true),
        (Output::Marked("abc", new()), vec![3, 2], true),
        (
            Output::Several {
                one: new(),
                name: "a",
                other: Some(new()),
            },
            vec![2, 1, 2],
            true,
        ),
        (Output::Time(TimingListener::new()), vec![1], false),
        (Output::Boxed(Box::new(Arc::clone(&shared))), vec![], true),
        (Output::Unit, vec![], false),
        (Output::EmptyTuple(), vec![], false),
        (Output::EmptyStruct {}, vec![], false),
    ] {
        assert_eq!(output.wants_data(), wants_data);
        let output = local::install_listener("derive_listener_types:enums", output);
        trigger("derive_listener_types:enums");
        assert_eq!(output.counts(), counts);
    }
    assert_eq!(shared.len(), 2);
}

#[test]
fn enums_can_have_handlers() {
    #[derive(Listener)]
    #[listen("derive_listener_types:enum_handlers", on_end = Self::ended)]
    enum Output {
        Notes(#[listen(forward)] RecordingListener, Notes),
        Nothing,
    }
    impl Output {
        fn ended(&self, event: &Event<'_>) {
            if let Self::Notes(_, notes) = self {
                notes.note("ended", event);
            }
        }
    }
    let output = local::install(Output::Notes(RecordingListener::new(), Notes::default()));
    let _nothing = local::install(Output::Nothing);
    trigger("derive_listener_types:enum_handlers");
    trigger("derive_listener_types:enum_others");
    let Output::Notes(recorder, notes) = &*output else {
        unreachable!()
    };
    assert_eq!((recorder.len(), notes.take().len()), (2, 1));
}

#[test]
fn listeners_can_be_generic() {
    #[derive(Default, Listener)]
    #[listen("derive_listener_types:generic", on_end = Self::ended)]
    struct Generic<T, U = RecordingListener>
    where
        T: Default,
        T: Clone,
    {
        #[listen(forward)]
        inner: U,
        #[listen(forward)]
        many: Vec<U>,
        #[listen(forward)]
        plain: RecordingListener,
        value: Mutex<T>,
    }
    impl<T: Default + Clone, U> Generic<T, U> {
        fn ended(&self, _: &Event<'_>) {
            let value = self.value.lock().unwrap().clone();
            *self.value.lock().unwrap() = value;
        }
    }
    let generic = local::install(Generic::<String> {
        many: vec![RecordingListener::new()],
        ..Default::default()
    });
    let other = local::install(Generic::<u8, Arc<RecordingListener>>::default());
    trigger("derive_listener_types:generic");
    assert_eq!((generic.inner.len(), generic.many[0].len()), (2, 2));
    assert_eq!((other.inner.len(), other.plain.len()), (2, 2));
}

#[test]
fn const_generics_and_bounds_are_kept() {
    #[derive(Listener)]
    #[listen("derive_listener_types:const", on_end = Self::ended)]
    struct Const<F: Fn(&Event<'_>) -> bool + ?Sized, const N: usize = 2> {
        ends: [AtomicU32; N],
        check: Box<F>,
    }
    impl<F: Fn(&Event<'_>) -> bool + ?Sized, const N: usize> Const<F, N> {
        fn ended(&self, event: &Event<'_>) {
            if (self.check)(event) {
                self.ends[N - 1].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    let by_closure = local::install(Const::<_, 3> {
        ends: Default::default(),
        check: Box::new(|event: &Event<'_>| event.is_end()),
    });
    let check: Box<dyn Fn(&Event<'_>) -> bool + Send + Sync> = Box::new(|_| false);
    let by_dyn = local::install(Const::<_> {
        ends: Default::default(),
        check,
    });
    trigger("derive_listener_types:const");
    assert_eq!(by_closure.ends[2].load(Ordering::Relaxed), 1);
    assert_eq!(by_dyn.ends[1].load(Ordering::Relaxed), 0);
}

#[test]
fn static_lifetimes_are_accepted() {
    #[derive(Listener)]
    #[listen("derive_listener_types:lifetimes", on_end = Self::ended)]
    struct Lifetimes<'a: 'static, T> {
        name: &'a str,
        other: &'static str,
        notes: Notes,
        value: T,
    }
    impl<T> Lifetimes<'_, T> {
        fn ended(&self, event: &Event<'_>) {
            let _ = &self.value;
            self.notes
                .note(&format!("{} {}", self.name, self.other), event);
        }
    }
    let listener = local::install(Lifetimes {
        name: "a",
        other: "b",
        notes: Notes::default(),
        value: 1,
    });
    trigger("derive_listener_types:lifetimes");
    assert_eq!(
        listener.notes.take(),
        ["a b end derive_listener_types:lifetimes"]
    );
}

#[test]
fn associated_types_can_be_forwarded_to() {
    trait Sink {
        type Listener: Listener;
    }
    struct Memory;
    impl Sink for Memory {
        type Listener = RecordingListener;
    }
    #[derive(Listener)]
    #[listen("derive_listener_types:associated")]
    struct To<S: Sink> {
        #[listen(forward)]
        sink: S::Listener,
        #[listen(forward)]
        optional: Option<<S as Sink>::Listener>,
    }
    let to = local::install(To::<Memory> {
        sink: RecordingListener::new(),
        optional: None,
    });
    trigger("derive_listener_types:associated");
    assert_eq!(to.sink.len(), 2);
    assert!(to.optional.is_none());
}

#[test]
fn identifiers_can_be_raw() {
    #[derive(Default, Listener)]
    #[listen("derive_listener_types:raw", on_end = Self::r#match)]
    #[allow(non_camel_case_types)]
    struct r#type {
        #[listen(forward)]
        r#fn: RecordingListener,
        r#move: Count,
    }
    impl r#type {
        fn r#match(&self, event: &Event<'_>) {
            self.r#move.count(event);
        }
    }
    #[derive(Listener)]
    enum Raw {
        #[allow(non_camel_case_types)]
        r#struct { r#async: RecordingListener },
    }
    let raw = local::install(r#type::default());
    let other = local::install(Raw::r#struct {
        r#async: RecordingListener::new(),
    });
    trigger("derive_listener_types:raw");
    assert_eq!((raw.r#fn.len(), raw.r#move.get()), (2, 1));
    let Raw::r#struct { r#async } = &*other;
    assert_eq!(r#async.len(), 2);
}

mod visible {
    //! A public listener with private fields, types and handlers.
    use event_core::{Event, Listener, RecordingListener};

    #[derive(Default, Listener)]
    struct Private {
        #[listen(forward)]
        recorder: RecordingListener,
    }

    #[derive(Default, Listener)]
    #[listen("derive_listener_types:visible", on_end = Self::ended)]
    pub(crate) struct Public {
        #[listen(forward)]
        private: Private,
    }

    impl Public {
        #[expect(clippy::unused_self, reason = "a handler")]
        fn ended(&self, _: &Event<'_>) {}

        pub(crate) fn len(&self) -> usize {
            self.private.recorder.len()
        }
    }
}

#[test]
fn fields_and_handlers_can_be_private() {
    let public = local::install(visible::Public::default());
    trigger("derive_listener_types:visible");
    assert_eq!(public.len(), 2);
}

#[test]
fn lifetimes_need_no_static_bound() {
    #[derive(Listener)]
    #[listen("derive_listener_types:bare_lifetime", on_end = Self::ended)]
    struct Bare<'a, T: ?Sized> {
        name: &'a str,
        notes: Notes,
        value: Box<T>,
    }
    impl<T: ?Sized> Bare<'_, T> {
        fn ended(&self, event: &Event<'_>) {
            let _ = &self.value;
            self.notes.note(self.name, event);
        }
    }
    let bare = local::install(Bare::<str> {
        name: "bare",
        notes: Notes::default(),
        value: "".into(),
    });
    trigger("derive_listener_types:bare_lifetime");
    assert_eq!(
        bare.notes.take(),
        ["bare end derive_listener_types:bare_lifetime"]
    );
}

#[test]
fn listeners_can_be_recursive() {
    #[derive(Listener)]
    enum Tree<L> {
        Leaf(L),
        Node(Vec<Self>),
    }
    #[derive(Listener)]
    #[listen("derive_listener_types:recursive")]
    struct List<L> {
        #[listen(forward)]
        first: L,
        #[listen(forward)]
        rest: Option<Box<List<L>>>,
    }
    let leaf = || Tree::Leaf(RecordingListener::new());
    let tree = local::install(Tree::Node(vec![leaf(), Tree::Node(vec![leaf()])]));
    let list = local::install(List {
        first: RecordingListener::new(),
        rest: Some(Box::new(List {
            first: RecordingListener::new(),
            rest: None,
        })),
    });
    trigger("derive_listener_types:recursive");
    fn recorded_events(tree: &Tree<RecordingListener>) -> usize {
        match tree {
            Tree::Leaf(recorder) => recorder.len(),
            Tree::Node(inner) => inner.iter().map(recorded_events).sum(),
        }
    }
    assert_eq!(recorded_events(&tree), 4);
    let rest = list.rest.as_ref().map(|rest| rest.first.len());
    assert_eq!((list.first.len(), rest), (2, Some(2)));
}
