//! The bytes that calls allocate, counted by `CountingAllocator`.

#![cfg(all(feature = "summary", feature = "alloc"))]

use std::hint::black_box;

use event_core::{local, trigger_event};
use event_export::{CountingAllocator, Summary};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

/// Returns the allocated bytes of `functions` while `program` runs.
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
        row.unwrap_or_else(|| panic!("no row `{function}` in\n{table}"))
            .allocated()
    })
}

#[test]
fn bytes_of_nested_calls_are_included() {
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
fn bytes_of_recursive_calls_are_counted_once() {
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
fn a_reallocation_counts_the_added_bytes() {
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
fn allocations_of_the_summary_are_not_counted() {
    fn inner(names: [&str; 3]) {
        for number in 0..100 {
            // Each new name adds a row with a histogram.
            let name = names[number % 3];
            let data = event_core::data! { name };
            trigger_event("alloc:own_inner", data, || {});
        }
    }
    let bytes = allocated("alloc:own*", ["alloc:own"], || {
        inner(["a", "b", "c"]); // after this, event-core has cached the listeners
        trigger_event("alloc:own", (), || inner(["d", "e", "f"]));
    });
    assert_eq!(bytes, [Some(0)]);
}

#[test]
fn allocations_of_other_threads_and_of_futures_are_not_counted() {
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
    assert!(bytes[1].unwrap() < 1 << 19, "{bytes:?}"); // the cost of starting a thread
}
