//! Bytes that calls allocate, by an allocator that counts.
#![cfg(all(feature = "summary", feature = "alloc"))]

use std::hint::black_box;

use event_core::{local, trigger_event};
use event_export::{CountingAllocator, Summary};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

/// What the rows of `functions` allocated, while `program` ran.
fn allocated<const N: usize>(
    kind: &'static str,
    functions: [&str; N],
    program: impl FnOnce(),
) -> [Option<u64>; N] {
    let summary = local::install_listener(kind, Summary::new());
    program();
    let table = summary.table();
    functions.map(|function| {
        let row = table.rows().iter().find(|row| row.function() == function);
        row.unwrap_or_else(|| panic!("no {function} in\n{table}"))
            .allocated()
    })
}

#[test]
fn bytes_count_with_what_is_called_inside() {
    #[trigger_event("alloc:inside")]
    fn outer() {
        drop(black_box(vec![1_u8; 100]));
        inner();
        inner();
    }
    #[trigger_event("alloc:inside")]
    fn inner() {
        drop(black_box(vec![1_u8; 11]));
    }
    #[trigger_event("alloc:inside")]
    fn nothing() {}
    let bytes = allocated("alloc:inside", ["outer", "inner", "nothing"], || {
        outer();
        nothing();
    });
    assert_eq!(bytes, [Some(122), Some(22), Some(0)]);
}

#[test]
fn recursion_counts_once() {
    #[trigger_event("alloc:recursion")]
    fn down(n: usize) {
        drop(black_box(vec![1_u8; 10]));
        if n > 0 {
            down(n - 1);
        }
    }
    let bytes = allocated("alloc:recursion", ["down"], || down(9));
    assert_eq!(bytes, [Some(100)]);
}

#[test]
fn growth_counts_with_what_it_grows_by() {
    #[trigger_event("alloc:growth")]
    fn grow() {
        let mut bytes = black_box(Vec::<u8>::with_capacity(10));
        bytes.reserve_exact(30);
        bytes.shrink_to(5);
        drop(black_box(bytes));
        drop(black_box(vec![0_u64; 4])); // zeroed
    }
    assert_eq!(allocated("alloc:growth", ["grow"], grow), [Some(30 + 32)]);
}

#[test]
fn what_the_summary_itself_allocates_does_not_count() {
    fn inner(names: [&str; 3]) {
        for number in 0..100 {
            // Names make rows, and rows histograms.
            let name = names[number % 3];
            let data = event_core::data! { name };
            trigger_event("alloc:own_inner", data, || {});
        }
    }
    let bytes = allocated("alloc:own*", ["alloc:own"], || {
        inner(["a", "b", "c"]); // by now event-core knows who listens
        trigger_event("alloc:own", (), || inner(["d", "e", "f"]));
    });
    assert_eq!(bytes, [Some(0)]);
}

#[test]
fn what_other_threads_and_tasks_allocate_is_not_known() {
    #[trigger_event("alloc:elsewhere")]
    async fn task() {
        drop(black_box(vec![1_u8; 100]));
        std::future::ready(()).await;
    }
    #[trigger_event("alloc:elsewhere")]
    fn thread() {
        let work = || drop(black_box(vec![1_u8; 1 << 20]));
        std::thread::spawn(work).join().unwrap();
    }
    let bytes = allocated("alloc:elsewhere", ["task", "thread"], || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(task());
        thread();
    });
    assert_eq!(bytes[0], None);
    assert!(bytes[1].unwrap() < 1 << 19, "{bytes:?}"); // what starting a thread takes
}
