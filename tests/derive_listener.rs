//! `#[derive(Listener)]`: every shape of type, what is told to whom, and that no name is taken.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions are shapes, not code"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use event_core::{
    Event, Kind, KindFilter, Listener, Listens, RecordingListener, TimingListener, install, local,
    trigger_event,
};

/// What was told, in order, as the handlers wrote it down.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn note(&self, by: &str, event: &Event<'_>) {
        let status = if event.is_start() { "start" } else { "end" };
        self.0
            .lock()
            .unwrap()
            .push(format!("{by} {status} {}", event.kind()));
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn trigger(kind: &'static str) {
    trigger_event(kind, (), || {});
}

#[derive(Debug, Default)]
struct Count(AtomicU32);

impl Count {
    fn one(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn handlers_receive_the_kinds_of_their_own_listen() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:own_compile", on_start = Self::compile_started)]
    #[listen("derive_listener:own_pass", on_end = Self::pass_ended)]
    struct Progress {
        notes: Notes,
    }
    impl Progress {
        fn compile_started(&self, event: &Event<'_>) {
            self.notes.note("compile_started", event);
        }
        fn pass_ended(&self, event: &Event<'_>) {
            self.notes.note("pass_ended", event);
        }
    }
    let progress = local::install(Progress::default());
    trigger_event("derive_listener:own_compile", (), || {
        trigger("derive_listener:own_pass");
        trigger("derive_listener:own_other");
    });
    assert_eq!(
        progress.notes.taken(),
        [
            "compile_started start derive_listener:own_compile",
            "pass_ended end derive_listener:own_pass",
        ]
    );
}

mod noted_by {
    pub(super) fn ended<T: AsRef<super::Notes>>(noted: &T, event: &event_core::Event<'_>) {
        noted.as_ref().note("ended", event);
    }
}

#[test]
fn handlers_can_be_free_functions_and_trait_methods() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:free", on_start = started, on_end = noted_by::ended)]
    #[listen("derive_listener:free", on_end = any)]
    #[listen("derive_listener:free", on_end = Noted::trait_ended)]
    #[listen("derive_listener:free", on_end = CONSTANT)]
    #[listen("derive_listener:free", on_end = generic::<Free, 3>)]
    struct Free {
        notes: Notes,
    }
    fn started(free: &Free, event: &Event<'_>) {
        free.notes.note("started", event);
    }
    fn any<T: AsRef<Notes>>(noted: &T, event: &Event<'_>) {
        noted.as_ref().note("any", event);
    }
    fn generic<T: AsRef<Notes>, const N: usize>(noted: &T, event: &Event<'_>) {
        noted.as_ref().note(&format!("generic {N}"), event);
    }
    const CONSTANT: fn(&Free, &Event<'_>) = |free, event| free.notes.note("constant", event);
    trait Noted: AsRef<Notes> {
        fn trait_ended(&self, event: &Event<'_>) {
            self.as_ref().note("trait", event);
        }
    }
    impl Noted for Free {}
    impl AsRef<Notes> for Free {
        fn as_ref(&self) -> &Notes {
            &self.notes
        }
    }
    let free = local::install(Free::default());
    trigger("derive_listener:free");
    let told: Vec<String> = free.notes.taken();
    let by: Vec<&str> = told
        .iter()
        .map(|line| line.strip_suffix(" derive_listener:free").unwrap())
        .collect();
    assert_eq!(
        by,
        [
            "started start",
            "ended end",
            "any end",
            "trait end",
            "constant end",
            "generic 3 end"
        ]
    );
}

#[test]
fn one_method_can_handle_both_start_and_end() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:both", on_start = Self::heard, on_end = Self::heard)]
    struct Both(Notes);
    impl Both {
        fn heard(&self, event: &Event<'_>) {
            self.0.note("heard", event);
        }
    }
    let both = local::install(Both::default());
    trigger("derive_listener:both");
    assert_eq!(
        both.0.taken(),
        [
            "heard start derive_listener:both",
            "heard end derive_listener:both"
        ]
    );
}

#[test]
fn unmatched_events_are_ignored() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:half", on_end = Self::ended)]
    struct Half(Count);
    impl Half {
        fn ended(&self, event: &Event<'_>) {
            self.0.one(event);
        }
    }
    let half = local::install(Half::default());
    trigger("derive_listener:half");
    assert_eq!(half.0.get(), 1);
}

const BY_PATH: Kind = Kind::from_static("derive_listener:by_path");
static BY_STATIC: Kind = Kind::from_static("derive_listener:by_static");

mod kinds {
    pub(super) const IN_MODULE: event_core::Kind =
        event_core::Kind::from_static("derive_listener:in_module");
}

#[test]
fn kinds_can_be_paths_of_constants_and_statics() {
    #[derive(Default, Listener)]
    #[listen(BY_PATH, on_end = Self::path)]
    #[listen(BY_STATIC, on_end = Self::of_static)]
    #[listen(self::kinds::IN_MODULE, on_end = Self::module)]
    #[listen(event_core::builtin::RUN_PASS, on_end = Self::builtin)]
    #[listen("numba:compiler_lock", on_end = Self::builtin)]
    struct Paths {
        notes: Notes,
    }
    impl Paths {
        fn path(&self, event: &Event<'_>) {
            self.notes.note("path", event);
        }
        fn of_static(&self, event: &Event<'_>) {
            self.notes.note("static", event);
        }
        fn module(&self, event: &Event<'_>) {
            self.notes.note("module", event);
        }
        fn builtin(&self, event: &Event<'_>) {
            self.notes.note("builtin", event);
        }
    }
    let paths = local::install(Paths::default());
    for kind in [
        BY_PATH,
        BY_STATIC,
        kinds::IN_MODULE,
        event_core::builtin::RUN_PASS,
        event_core::builtin::COMPILER_LOCK,
        event_core::builtin::LLVM_LOCK,
    ] {
        trigger_event(kind, (), || {});
    }
    assert_eq!(
        paths.notes.taken(),
        [
            "path end derive_listener:by_path",
            "static end derive_listener:by_static",
            "module end derive_listener:in_module",
            "builtin end numba:run_pass",
            "builtin end numba:compiler_lock",
        ]
    );
}

#[test]
fn patterns_match_by_prefix() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:pattern_*", on_end = Self::of_prefix)]
    struct Pattern(Notes);
    impl Pattern {
        fn of_prefix(&self, event: &Event<'_>) {
            self.0.note("prefix", event);
        }
    }
    let pattern = local::install(Pattern::default());
    trigger("derive_listener:pattern_a");
    trigger("derive_listener:pattern_");
    trigger("derive_listener:pattern");
    trigger("derive_listener:other");
    assert_eq!(
        pattern.0.taken(),
        [
            "prefix end derive_listener:pattern_a",
            "prefix end derive_listener:pattern_"
        ]
    );
}

#[test]
fn missing_kind_and_star_match_everything() {
    #[derive(Default, Listener)]
    #[listen(on_end = Self::ended)]
    struct Every(Notes);
    impl Every {
        fn ended(&self, event: &Event<'_>) {
            self.0.note("every", event);
        }
    }
    #[derive(Default, Listener)]
    #[listen("*", on_end = Self::ended)]
    struct Star(Notes);
    impl Star {
        fn ended(&self, event: &Event<'_>) {
            self.0.note("star", event);
        }
    }
    let (every, star) = (
        local::install(Every::default()),
        local::install(Star::default()),
    );
    trigger("derive_listener:every");
    trigger("numba:compile");
    assert_eq!(
        every.0.taken(),
        ["every end derive_listener:every", "every end numba:compile"]
    );
    assert_eq!(star.0.taken().len(), 2);
    assert_eq!(Every::default().kinds(), KindFilter::all());
    assert_eq!(Star::default().kinds(), KindFilter::all());
}

#[test]
fn every_matching_handler_runs_in_order_and_forwards_run_once() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:several", on_end = Self::first)]
    #[listen("derive_listener:sev*", on_end = Self::second)]
    #[listen("derive_listener:several", on_end = Self::first)]
    #[listen("*", on_end = Self::third)]
    struct Several {
        #[listen(forward)]
        recorder: RecordingListener,
        notes: Notes,
    }
    impl Several {
        fn first(&self, event: &Event<'_>) {
            assert_eq!(self.recorder.len(), 1, "the handlers are told first");
            self.notes.note("first", event);
        }
        fn second(&self, event: &Event<'_>) {
            self.notes.note("second", event);
        }
        fn third(&self, event: &Event<'_>) {
            self.notes.note("third", event);
        }
    }
    let several = local::install(Several::default());
    trigger("derive_listener:several");
    assert_eq!(several.recorder.len(), 2);
    let told = several.notes.taken();
    let by: Vec<&str> = told
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(by, ["first", "second", "first", "third"]);
}

#[test]
fn install_registers_only_the_named_kinds() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:named", on_end = Self::nothing)]
    #[listen("derive_listener:names_*")]
    struct Named {
        #[listen(forward)]
        recorder: RecordingListener,
    }
    impl Named {
        #[expect(clippy::unused_self, reason = "a handler")]
        fn nothing(&self, _: &Event<'_>) {}
    }
    let global = install(Named::default());
    let here = local::install(Named::default());
    trigger("derive_listener:named");
    trigger("derive_listener:names_many");
    trigger("derive_listener:unnamed");
    assert_eq!(global.recorder.len(), 4);
    assert_eq!(here.recorder.len(), 4);
    std::thread::spawn(|| trigger("derive_listener:named"))
        .join()
        .unwrap();
    assert_eq!(global.recorder.len(), 6);
    assert_eq!(here.recorder.len(), 4);
    let kinds = Named::default().kinds();
    assert_eq!(
        kinds.to_string(),
        "derive_listener:named,derive_listener:names_*"
    );
    assert!(!kinds.matches(Kind::from_static("derive_listener:unnamed")));
}

#[test]
fn install_listener_overrides_the_kinds() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:overridden", on_end = Self::ended)]
    struct Overridden {
        #[listen(forward)]
        recorder: RecordingListener,
        notes: Notes,
    }
    impl Overridden {
        fn ended(&self, event: &Event<'_>) {
            self.notes.note("ended", event);
        }
    }
    let installed = local::install_listener("derive_listener:overriding", Overridden::default());
    trigger("derive_listener:overridden");
    assert!(installed.recorder.is_empty());
    trigger("derive_listener:overriding");
    assert_eq!(installed.recorder.len(), 2);
    assert_eq!(installed.notes.taken(), [""; 0]);
}

#[test]
fn any_listener_can_be_forwarded_to() {
    #[derive(Listener)]
    #[listen("derive_listener:forwards")]
    struct All {
        #[listen(forward)]
        plain: RecordingListener,
        #[listen(forward)]
        some: Option<RecordingListener>,
        #[listen(forward)]
        none: Option<RecordingListener>,
        #[listen(forward)]
        many: Vec<RecordingListener>,
        #[listen(forward)]
        shared: Arc<RecordingListener>,
        #[listen(forward)]
        boxed: Box<dyn Listener>,
        #[listen(forward)]
        shared_dyn: Arc<dyn Listener>,
        #[listen(forward)]
        boxes: Vec<Option<Box<dyn Listener>>>,
        #[listen(forward)]
        timer: TimingListener,
        left_out: RecordingListener,
    }
    let shared: Vec<Arc<RecordingListener>> = (0..3).map(|_| Arc::default()).collect();
    let all = local::install(All {
        plain: RecordingListener::new(),
        some: Some(RecordingListener::new()),
        none: None,
        many: vec![RecordingListener::new(), RecordingListener::new()],
        shared: Arc::default(),
        boxed: Box::new(Arc::clone(&shared[0])),
        shared_dyn: shared[1].clone(),
        boxes: vec![None, Some(Box::new(Arc::clone(&shared[2])))],
        timer: TimingListener::new(),
        left_out: RecordingListener::new(),
    });
    trigger("derive_listener:forwards");
    assert_eq!(all.plain.len(), 2);
    assert_eq!(all.some.as_ref().map(RecordingListener::len), Some(2));
    assert!(all.none.is_none());
    assert!(all.many.iter().all(|it| it.len() == 2));
    assert_eq!(all.shared.len(), 2);
    assert!(shared.iter().all(|it| it.len() == 2));
    assert!(all.timer.done());
    assert!(all.left_out.is_empty());
    drop(all);
    assert!(shared.iter().all(|it| Arc::strong_count(it) == 1));
}

#[test]
fn listener_that_only_forwards_receives_everything() {
    #[derive(Listener)]
    struct Forward(
        #[listen(forward)] RecordingListener,
        #[listen(forward)] Arc<RecordingListener>,
    );
    assert_eq!(
        Forward(RecordingListener::new(), Arc::default()).kinds(),
        KindFilter::all()
    );
    let forward = local::install(Forward(RecordingListener::new(), Arc::default()));
    trigger("derive_listener:only_forwards");
    assert_eq!((forward.0.len(), forward.1.len()), (2, 2));
}

#[test]
fn derived_listeners_nest() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:nest_in", on_end = Self::ended)]
    struct Inner(Notes);
    impl Inner {
        fn ended(&self, event: &Event<'_>) {
            self.0.note("inner", event);
        }
    }
    #[derive(Default, Listener)]
    #[listen("derive_listener:nest_*")]
    struct Outer {
        #[listen(forward)]
        inner: Inner,
    }
    let outer = local::install(Outer::default());
    trigger("derive_listener:nest_out");
    trigger("derive_listener:nest_in");
    assert_eq!(outer.inner.0.taken(), ["inner end derive_listener:nest_in"]);
}

#[test]
fn unit_structs_can_be_listeners() {
    static TOLD: Count = Count(AtomicU32::new(0));
    #[derive(Listener)]
    #[listen("derive_listener:unit", on_start = started)]
    struct Unit;
    fn started(_: &Unit, event: &Event<'_>) {
        TOLD.one(event);
    }
    let _unit = local::install(Unit);
    trigger("derive_listener:unit");
    assert_eq!(TOLD.get(), 1);
}

#[test]
fn data_is_collected_only_if_a_forwarded_listener_wants_it() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:no_data", on_end = Self::ended, wants_data = false)]
    struct NoData(Count);
    impl NoData {
        fn ended(&self, event: &Event<'_>) {
            assert!(event.data().is_empty());
            self.0.one(event);
        }
    }
    #[derive(Listener)]
    #[listen("derive_listener:no_data", wants_data = false)]
    struct Forwards {
        #[listen(forward)]
        timer: TimingListener,
        #[listen(forward)]
        recorder: Option<RecordingListener>,
    }
    #[derive(Default, Listener)]
    #[listen("a", on_end = Self::ended, wants_data = false)]
    #[listen("b", on_end = Self::ended, wants_data = true)]
    struct Mixed;
    impl Mixed {
        #[expect(clippy::unused_self, reason = "a handler")]
        fn ended(&self, _: &Event<'_>) {}
    }
    fn evaluated(evaluations: &Count) -> u32 {
        evaluations.0.fetch_add(1, Ordering::Relaxed)
    }
    assert!(!NoData::default().wants_data());
    assert!(Mixed.wants_data());
    let timed = |recorder| Forwards {
        timer: TimingListener::new(),
        recorder,
    };
    assert!(!timed(None).wants_data());
    assert!(timed(Some(RecordingListener::new())).wants_data());

    let evaluations = Count::default();
    let trigger = || {
        let data = event_core::data! { n = evaluated(&evaluations) };
        trigger_event("derive_listener:no_data", data, || {});
    };
    let no_data = local::install(NoData::default());
    let forwards = local::install(timed(None));
    trigger();
    assert_eq!((no_data.0.get(), evaluations.get()), (1, 0));
    assert!(forwards.timer.done());
    let with_data = local::install(timed(Some(RecordingListener::new())));
    assert!(evaluations.get() == 0 && with_data.recorder.is_some());
}

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
        fn told(&self) -> Vec<usize> {
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
    for (output, told, wants_data) in [
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
        let output = local::install_listener("derive_listener:enums", output);
        trigger("derive_listener:enums");
        assert_eq!(output.told(), told);
    }
    assert_eq!(shared.len(), 2);
}

#[test]
fn enums_can_have_handlers() {
    #[derive(Listener)]
    #[listen("derive_listener:enum_handlers", on_end = Self::ended)]
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
    trigger("derive_listener:enum_handlers");
    trigger("derive_listener:enum_others");
    let Output::Notes(recorder, notes) = &*output else {
        unreachable!()
    };
    assert_eq!((recorder.len(), notes.taken().len()), (2, 1));
}

#[test]
fn listeners_can_be_generic() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:generic", on_end = Self::ended)]
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
    trigger("derive_listener:generic");
    assert_eq!((generic.inner.len(), generic.many[0].len()), (2, 2));
    assert_eq!((other.inner.len(), other.plain.len()), (2, 2));
}

#[test]
fn const_generics_and_bounds_are_kept() {
    #[derive(Listener)]
    #[listen("derive_listener:const", on_end = Self::ended)]
    struct Const<F: Fn(&Event<'_>) -> bool + ?Sized, const N: usize = 2> {
        told: [AtomicU32; N],
        check: Box<F>,
    }
    impl<F: Fn(&Event<'_>) -> bool + ?Sized, const N: usize> Const<F, N> {
        fn ended(&self, event: &Event<'_>) {
            if (self.check)(event) {
                self.told[N - 1].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    let by_closure = local::install(Const::<_, 3> {
        told: Default::default(),
        check: Box::new(|event: &Event<'_>| event.is_end()),
    });
    let check: Box<dyn Fn(&Event<'_>) -> bool + Send + Sync> = Box::new(|_| false);
    let by_dyn = local::install(Const::<_> {
        told: Default::default(),
        check,
    });
    trigger("derive_listener:const");
    assert_eq!(by_closure.told[2].load(Ordering::Relaxed), 1);
    assert_eq!(by_dyn.told[1].load(Ordering::Relaxed), 0);
}

#[test]
fn static_lifetimes_are_accepted() {
    #[derive(Listener)]
    #[listen("derive_listener:lifetimes", on_end = Self::ended)]
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
    trigger("derive_listener:lifetimes");
    assert_eq!(
        listener.notes.taken(),
        ["a b end derive_listener:lifetimes"]
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
    #[listen("derive_listener:associated")]
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
    trigger("derive_listener:associated");
    assert_eq!(to.sink.len(), 2);
    assert!(to.optional.is_none());
}

#[test]
fn identifiers_can_be_raw() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:raw", on_end = Self::r#match)]
    #[allow(non_camel_case_types)]
    struct r#type {
        #[listen(forward)]
        r#fn: RecordingListener,
        r#move: Count,
    }
    impl r#type {
        fn r#match(&self, event: &Event<'_>) {
            self.r#move.one(event);
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
    trigger("derive_listener:raw");
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
    #[listen("derive_listener:visible", on_end = Self::ended)]
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
    trigger("derive_listener:visible");
    assert_eq!(public.len(), 2);
}

mod reexported {
    //! The crate under another name.
    pub(super) mod deep {
        pub(in super::super) use ::event_core as events;
    }

    #[derive(Default, deep::events::Listener)]
    #[listen("derive_listener:crate", on_end = Self::ended, crate = deep::events)]
    #[listen("derive_listener:crate_*", on_start = Self::ended)]
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
fn crate_path_can_be_renamed() {
    let renamed = local::install(reexported::Renamed::<RecordingListener>::default());
    trigger("derive_listener:crate");
    assert_eq!((renamed.recorder.len(), renamed.inner.len()), (2, 2));
}

mod shadowed {
    //! Names of the prelude, of crates and of primitive types mean something else.
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

    /// Methods that the expansion must not take for its own.
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
    #[listen("derive_listener:shadowed", on_start = Self::started, on_end = ended)]
    #[listen("derive_listener:shadow*", on_start = Self::started)]
    #[listen(SHADOWED, on_start = Self::started)]
    pub(super) struct Struct<T> {
        #[listen(forward)]
        pub(super) recorder: ::event_core::RecordingListener,
        pub(super) value: T,
    }

    const SHADOWED: ::event_core::Kind =
        ::event_core::Kind::from_static("derive_listener:shadowed");

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
fn prelude_and_crate_names_can_be_shadowed() {
    let listener = local::install(shadowed::Struct {
        recorder: RecordingListener::new(),
        value: 1_u8,
    });
    let output = local::install(shadowed::Enum::Ok(RecordingListener::new()));
    let _err = local::install(shadowed::Enum::Err);
    trigger("derive_listener:shadowed");
    assert_eq!((listener.recorder.len(), listener.value), (2, 1));
    assert!(matches!(&*output, shadowed::Enum::Ok(recorder) if recorder.len() == 2));
}

#[no_implicit_prelude]
mod no_prelude {
    #[derive(::event_core::Listener)]
    #[listen("derive_listener:no_prelude", on_end = Self::ended, wants_data = false)]
    #[listen("derive_listener:no_pre*", on_start = ended)]
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
fn derive_compiles_without_a_prelude() {
    let listener = local::install(no_prelude::Struct {
        recorder: RecordingListener::new(),
        value: 1_u8,
    });
    let output = local::install(no_prelude::Enum::Recorder(RecordingListener::new()));
    trigger("derive_listener:no_prelude");
    assert_eq!((listener.recorder.len(), listener.value), (2, 1));
    let no_prelude::Enum::Recorder(recorder) = &*output else {
        unreachable!()
    };
    assert_eq!(recorder.len(), 2);
}

#[test]
fn derived_listeners_receive_scopes_of_every_form() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:scopes", on_start = Self::started, on_end = Self::ended)]
    struct Balance(AtomicU32, AtomicU32);
    impl Balance {
        fn started(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fn ended(&self, event: &Event<'_>) {
            self.1
                .fetch_add(1 + 10 * u32::from(event.is_failed()), Ordering::Relaxed);
        }
    }
    #[trigger_event("derive_listener:scopes")]
    fn annotated() {}
    #[trigger_event("derive_listener:scopes")]
    async fn future() {}
    #[trigger_event("derive_listener:scopes", err)]
    fn fails() -> Result<(), ()> {
        Err(())
    }
    let balance = local::install(Balance::default());
    annotated();
    futures::executor::block_on(future());
    assert!(fails().is_err());
    drop(event_core::enter_event("derive_listener:scopes", ()));
    assert_eq!(balance.0.load(Ordering::Relaxed), 4);
    assert_eq!(balance.1.load(Ordering::Relaxed), 14);
}

#[test]
fn handlers_and_kinds_can_come_from_a_macro() {
    macro_rules! listener {
        ($name:ident, $kind:literal, $handler:path, $field:ty) => {
            #[derive(Default, Listener)]
            #[listen($kind, on_end = $handler)]
            struct $name {
                #[listen(forward)]
                inner: $field,
            }
        };
        ($name:ident = $kind:expr) => {
            #[derive(Default, Listener)]
            #[listen($kind)]
            struct $name(#[listen(forward)] RecordingListener);
        };
    }
    fn ended<T>(_: &T, event: &Event<'_>) {
        assert!(event.is_end());
    }
    listener!(
        Literal,
        "derive_listener:macro",
        ended,
        Option<RecordingListener>
    );
    listener!(Text = "derive_listener:macro");
    listener!(ByPath = BY_PATH);
    let literal = local::install(Literal {
        inner: Some(RecordingListener::new()),
    });
    let (text, by_path) = (
        local::install(Text::default()),
        local::install(ByPath::default()),
    );
    trigger("derive_listener:macro");
    assert_eq!(literal.inner.as_ref().map(RecordingListener::len), Some(2));
    assert_eq!((text.0.len(), by_path.0.len()), (2, 0));
}

#[test]
fn lifetimes_need_no_static_bound() {
    #[derive(Listener)]
    #[listen("derive_listener:bare_lifetime", on_end = Self::ended)]
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
    trigger("derive_listener:bare_lifetime");
    assert_eq!(
        bare.notes.taken(),
        ["bare end derive_listener:bare_lifetime"]
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
    #[listen("derive_listener:recursive")]
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
    trigger("derive_listener:recursive");
    fn told(tree: &Tree<RecordingListener>) -> usize {
        match tree {
            Tree::Leaf(recorder) => recorder.len(),
            Tree::Node(inner) => inner.iter().map(told).sum(),
        }
    }
    assert_eq!(told(&tree), 4);
    let rest = list.rest.as_ref().map(|rest| rest.first.len());
    assert_eq!((list.first.len(), rest), (2, Some(2)));
}

#[test]
fn handlers_can_be_named_through_their_trait() {
    trait Hear {
        fn hear(&self, _: &Event<'_>);
    }
    #[derive(Default, Listener)]
    #[listen("derive_listener:by_trait", on_end = <Self as Hear>::hear)]
    struct ByTrait(Count);
    impl Hear for ByTrait {
        fn hear(&self, event: &Event<'_>) {
            self.0.one(event);
        }
    }
    let by_trait = local::install(ByTrait::default());
    trigger("derive_listener:by_trait");
    assert_eq!(by_trait.0.get(), 1);
}

mod values {
    //! Values that are named as an expansion might name its own.
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
    #[listen("derive_listener:values", on_start = Self::heard, on_end = Self::heard)]
    pub(crate) struct Struct(#[listen(forward)] pub(crate) RecordingListener);

    impl Struct {
        #[expect(clippy::unused_self, reason = "a handler")]
        fn heard(&self, _: &Event<'_>) {}
    }

    #[derive(Listener)]
    pub(crate) enum Enum {
        One(RecordingListener),
    }

    #[derive(Listener)]
    #[listen(on_end = heard)]
    pub(crate) enum Empty {}

    fn heard(_: &Empty, _: &Event<'_>) {}
}

#[test]
fn user_values_can_have_any_name() {
    let listener = local::install(values::Struct::default());
    let output = local::install(values::Enum::One(RecordingListener::new()));
    trigger("derive_listener:values");
    assert_eq!(listener.0.len(), 2);
    let values::Enum::One(recorder) = &*output;
    assert_eq!(recorder.len(), 2);
}
