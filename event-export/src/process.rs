//! The id of this process.

/// Returns the id of this process; 1 in WebAssembly without a host interface, which has no
/// processes: the standard library would panic there.
pub(crate) fn id() -> u32 {
    #[cfg(all(target_family = "wasm", target_os = "unknown"))]
    return 1;
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    std::process::id()
}
