//! `#[derive(Listener)]`: handlers, kinds, forwarding, and installation.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{
    Event, Kind, KindFilter, Listener, Listens, RecordingListener, TimingListener, install, local,
    trigger_event,
};
use support::{Count, Notes, trigger};

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
        progress.notes.take(),
        [
            "compile_started start derive_listener:own_compile",
            "pass_ended end derive_listener:own_pass",
        ]
    );
}

mod handlers {
    pub(super) fn ended<T: AsRef<super::Notes>>(noted: &T, event: &event_core::Event<'_>) {
        noted.as_ref().note("ended", event);
    }
}

#[test]
fn handlers_can_be_free_functions_and_trait_methods() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:free", on_start = started, on_end = handlers::ended)]
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
    let notes = free.notes.take();
    let handlers: Vec<&str> = notes
        .iter()
        .map(|line| line.strip_suffix(" derive_listener:free").unwrap())
        .collect();
    assert_eq!(
        handlers,
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
    #[listen("derive_listener:both", on_start = Self::handle, on_end = Self::handle)]
    struct Both(Notes);
    impl Both {
        fn handle(&self, event: &Event<'_>) {
            self.0.note("handle", event);
        }
    }
    let both = local::install(Both::default());
    trigger("derive_listener:both");
    assert_eq!(
        both.0.take(),
        [
            "handle start derive_listener:both",
            "handle end derive_listener:both"
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
            self.0.count(event);
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
        paths.notes.take(),
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
        pattern.0.take(),
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
    let every = local::install(Every::default());
    let star = local::install(Star::default());
    trigger("derive_listener:every");
    trigger("numba:compile");
    assert_eq!(
        every.0.take(),
        ["every end derive_listener:every", "every end numba:compile"]
    );
    assert_eq!(star.0.take().len(), 2);
    assert_eq!(Every::default().kinds(), KindFilter::all());
    assert_eq!(Star::default().kinds(), KindFilter::all());
}

#[test]
fn list_of_patterns_selects_the_kinds_of_a_handler() {
    #[derive(Default, Listener)]
    #[listen(
        "derive_list:*, !derive_list:health*, derive_list:health_failed",
        on_end = Self::app
    )]
    #[listen("!derive_list:*,derive_list:b,!numba:*", on_end = Self::others)]
    struct Lists(Notes);
    impl Lists {
        fn app(&self, event: &Event<'_>) {
            self.0.note("app", event);
        }
        fn others(&self, event: &Event<'_>) {
            self.0.note("others", event);
        }
    }
    let lists = local::install(Lists::default());
    for kind in [
        "derive_list:a",
        "derive_list:b",
        "derive_list:health",
        "derive_list:health_failed",
        "derive_listener:list",
        "numba:compile",
    ] {
        trigger(kind);
    }
    assert_eq!(
        lists.0.take(),
        [
            "app end derive_list:a",
            "app end derive_list:b",
            "others end derive_list:b",
            "app end derive_list:health_failed",
            "others end derive_listener:list",
        ]
    );
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
            assert_eq!(
                self.recorder.len(),
                1,
                "handlers run before the forwarded listener"
            );
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
    let notes = several.notes.take();
    let handlers: Vec<&str> = notes
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(handlers, ["first", "second", "first", "third"]);
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
    assert_eq!(installed.notes.take(), [""; 0]);
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
        not_forwarded: RecordingListener,
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
        not_forwarded: RecordingListener::new(),
    });
    trigger("derive_listener:forwards");
    assert_eq!(all.plain.len(), 2);
    assert_eq!(all.some.as_ref().map(RecordingListener::len), Some(2));
    assert!(all.none.is_none());
    assert!(all.many.iter().all(|it| it.len() == 2));
    assert_eq!(all.shared.len(), 2);
    assert!(shared.iter().all(|it| it.len() == 2));
    assert!(all.timer.done());
    assert!(all.not_forwarded.is_empty());
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
    assert_eq!(outer.inner.0.take(), ["inner end derive_listener:nest_in"]);
}

#[test]
fn unit_structs_can_be_listeners() {
    static STARTS: Count = Count(AtomicU32::new(0));
    #[derive(Listener)]
    #[listen("derive_listener:unit", on_start = started)]
    struct Unit;
    fn started(_: &Unit, event: &Event<'_>) {
        STARTS.count(event);
    }
    let _unit = local::install(Unit);
    trigger("derive_listener:unit");
    assert_eq!(STARTS.get(), 1);
}

#[test]
fn data_is_collected_only_if_a_forwarded_listener_wants_it() {
    #[derive(Default, Listener)]
    #[listen("derive_listener:no_data", on_end = Self::ended, wants_data = false)]
    struct NoData(Count);
    impl NoData {
        fn ended(&self, event: &Event<'_>) {
            assert!(event.data().is_empty());
            self.0.count(event);
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
    static ENDS: Count = Count(AtomicU32::new(0));
    fn ended<T>(_: &T, event: &Event<'_>) {
        if event.is_end() {
            ENDS.count(event);
        }
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
    let text = local::install(Text::default());
    let by_path = local::install(ByPath::default());
    trigger("derive_listener:macro");
    assert_eq!(literal.inner.as_ref().map(RecordingListener::len), Some(2));
    assert_eq!((text.0.len(), by_path.0.len()), (2, 0));
    assert_eq!(ENDS.get(), 1);
}

#[test]
fn handlers_can_be_named_through_their_trait() {
    trait Handle {
        fn handle(&self, _: &Event<'_>);
    }
    #[derive(Default, Listener)]
    #[listen("derive_listener:by_trait", on_end = <Self as Handle>::handle)]
    struct ByTrait(Count);
    impl Handle for ByTrait {
        fn handle(&self, event: &Event<'_>) {
            self.0.count(event);
        }
    }
    let by_trait = local::install(ByTrait::default());
    trigger("derive_listener:by_trait");
    assert_eq!(by_trait.0.get(), 1);
}
