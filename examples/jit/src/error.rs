//! Errors of loading and compiling.
//!
//! Every error is displayed as `file:line:column: message`. Where an alternative helps, it follows
//! after `supported:`.

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

    /// Returns the position of the error.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Returns the message without the position.
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

/// The file is not valid Python, or uses an unsupported part of Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError(pub(crate) Diagnosis);

impl SourceError {
    /// Returns the message with its position.
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

/// A function could not be compiled for one tuple of argument types.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileError {
    /// The types do not match, or cannot be inferred.
    Typing(Diagnosis),
    /// The code generator rejected the function.
    Lowering(Diagnosis),
}

impl CompileError {
    /// Returns the message with its position.
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
