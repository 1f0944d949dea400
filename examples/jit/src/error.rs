//! What can go wrong before a compiled function runs.
//!
//! Every error of this file prints as `file:line:column: message`, and says after
//! `supported:` what to write instead where that helps.

use std::error::Error;
use std::fmt;

use crate::source::{At, Place, Source};

/// A message about one place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    place: Place,
    message: String,
    supported: Option<&'static str>,
}

impl Diagnosis {
    pub(crate) fn new(source: &Source, at: At, message: impl Into<String>) -> Self {
        Self {
            place: source.place(at),
            message: message.into(),
            supported: None,
        }
    }

    pub(crate) fn supported(mut self, supported: &'static str) -> Self {
        self.supported = Some(supported);
        self
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match self.supported {
            Some(supported) => write!(f, "; supported: {supported}"),
            None => Ok(()),
        }
    }
}

/// The file is not Python, or not the part of Python that is compiled here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError(pub(crate) Diagnosis);

impl SourceError {
    /// What is wrong, and where.
    #[must_use]
    pub fn diagnosis(&self) -> &Diagnosis {
        &self.0
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for SourceError {}

/// One function could not be compiled for one tuple of argument types.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileError {
    /// The types do not fit, or cannot be found.
    Typing(Diagnosis),
    /// The code generator refused the function.
    Lowering(Diagnosis),
}

impl CompileError {
    /// What is wrong, and where.
    #[must_use]
    pub fn diagnosis(&self) -> &Diagnosis {
        match self {
            Self::Typing(diagnosis) | Self::Lowering(diagnosis) => diagnosis,
        }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnosis().fmt(f)
    }
}

impl Error for CompileError {}
