//! The peers' recursive functions.

use crate::depth::descents;

descents! {
    #[tracing::instrument] tracing_small, 8;
    #[tracing::instrument] tracing_large, 128;
    #[fastrace::trace] fastrace_small, 8;
    #[fastrace::trace] fastrace_large, 128;
}
