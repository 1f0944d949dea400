//! Calling machine code: the only file with `unsafe`.
//!
//! Code is reached through a trampoline of one fixed signature, made by
//! [`crate::lower::trampoline`]; what the compiled function really takes and gives is between
//! the two of them.
#![allow(
    unsafe_code,
    reason = "machine code has no type that the compiler could check"
)]

use std::fmt;
use std::mem;

use cranelift_codegen::ir::{AbiParam, types};
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};

/// `(arguments, result, stack limit) -> status`
type Trampoline = unsafe extern "C" fn(*const u64, *mut u64, u64) -> u32;

/// A compiled function. Its memory is never given back.
#[derive(Clone, Copy)]
pub(crate) struct Code {
    trampoline: Trampoline,
    address: usize,
    arity: usize,
}

impl Code {
    /// Takes over a finished module: its function of `arity` parameters, and the trampoline that
    /// [`crate::lower::trampoline`] made for it.
    ///
    /// The module is leaked: other code may hold the address, and so may threads that run it.
    pub(crate) fn new(
        module: JITModule,
        function: FuncId,
        trampoline: FuncId,
        arity: usize,
    ) -> Self {
        let signature = &module
            .declarations()
            .get_function_decl(trampoline)
            .signature;
        assert_eq!(
            signature.params,
            [AbiParam::new(types::I64); 3],
            "as `Trampoline` has"
        );
        assert_eq!(
            signature.returns,
            [AbiParam::new(types::I32)],
            "as `Trampoline` has"
        );
        let address = module.get_finalized_function(function).addr();
        let code = module.get_finalized_function(trampoline);
        mem::forget(module);
        // SAFETY: the module gave the address of a finished function, whose signature was compared
        // above, in the host's own calling convention, which is `extern "C"`. The module was
        // forgotten, so the code stays.
        let trampoline = unsafe { mem::transmute::<*const u8, Trampoline>(code) };
        Self {
            trampoline,
            address,
            arity,
        }
    }

    /// Where the function itself begins, for calls from other compiled functions.
    pub(crate) fn address(&self) -> usize {
        self.address
    }

    /// Calls the function with arguments of 64 bits each; gives its status and its result.
    pub(crate) fn call(&self, args: &[u64], stack_limit: u64) -> (u32, u64) {
        assert_eq!(
            args.len(),
            self.arity,
            "the trampoline reads as many arguments"
        );
        let mut result = 0;
        // SAFETY: the trampoline reads `arity` words from the first pointer, which the assertion
        // makes sure are there, writes one word through the second, which is a local, and keeps
        // neither. Compiled code touches no other memory but its stack, which is watched where it
        // recurses, and the leaked cells of `compiling`, and cannot unwind: it calls only
        // compiled code and the functions of `runtime`, which do not panic.
        let status = unsafe { (self.trampoline)(args.as_ptr(), &raw mut result, stack_limit) };
        (status, result)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({:#x})", self.address)
    }
}
