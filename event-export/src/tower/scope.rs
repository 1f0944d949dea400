//! The scope of one request, from the request to the end of the response's body.

use std::fmt::Display;
use std::thread;

use event_core::__private::Callsite;
use event_core::{Cause, Data, EventData, EventHandle, ExcDetails, Field, OpenEvent, Value};
use http::StatusCode;

use super::grpc;
use super::side::Side;
use crate::context::TraceContext;
use crate::profile::truncate::LimitedText;

/// The most bytes of an error's text.
const MAX_ERROR: usize = 4096;

/// A request that is being answered. Dropping it cancels the request.
#[derive(Debug)]
pub(super) struct RequestScope {
    side: Side,
    /// None once the END is broadcast.
    open: Option<OpenEvent>,
    place: Place,
    /// The context of the request's sender. Its scope is known while this exists.
    _sender: Option<TraceContext>,
    status: Option<StatusCode>,
    grpc_status: Option<i32>,
}

/// The scope that is current while a thread works on the request.
#[derive(Clone, Debug)]
enum Place {
    Trace(TraceContext),
    Scope(EventHandle),
}

impl Place {
    fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        match self {
            Self::Trace(context) => context.run(body),
            Self::Scope(handle) => handle.run(body),
        }
    }
}

impl RequestScope {
    /// Starts the scope in the context of the request's sender, if there is one.
    pub(super) fn start(
        side: Side,
        callsite: &'static Callsite,
        sender: Option<TraceContext>,
        data: impl EventData,
    ) -> Self {
        let start = || {
            let open = callsite.open(data);
            let handle = open.handle();
            let context = handle.run(TraceContext::current);
            let place = context.map_or(Place::Scope(handle), Place::Trace);
            (open, place)
        };
        let (open, place) = match &sender {
            Some(sender) => sender.run(start),
            None => start(),
        };
        Self {
            side,
            open: Some(open),
            place,
            _sender: sender,
            status: None,
            grpc_status: None,
        }
    }

    /// Returns the context for the headers of a request that a client sends.
    pub(super) fn context(&self) -> Option<&TraceContext> {
        match &self.place {
            Place::Trace(context) => Some(context),
            Place::Scope(_) => None,
        }
    }

    /// Returns whether a listener has received the START and will receive the END.
    fn is_enabled(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.id().is_some())
    }

    /// Returns whether the END is to come.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Calls `body` inside the scope. If it panics, the END is a failure because of the panic.
    pub(super) fn run<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let place = self.place.clone();
        let ends_by_panic = EndsByPanic(&mut self.open);
        place.run(|| match ends_by_panic.0 {
            Some(open) => open.poll(body),
            None => body(),
        })
    }

    /// Notes the status of the response.
    pub(super) fn respond(&mut self, status: StatusCode, headers: &http::HeaderMap) {
        self.status = Some(status);
        self.note_grpc_status(headers);
    }

    /// Notes the status of gRPC, which is in the headers or in the trailers.
    pub(super) fn note_grpc_status(&mut self, fields: &http::HeaderMap) {
        self.grpc_status = grpc::status(fields).or(self.grpc_status);
    }

    /// Broadcasts the END of a request whose response is complete.
    pub(super) fn end(&mut self) {
        if !self.is_enabled() {
            self.open = None;
            return;
        }
        let status = self.status.filter(|status| self.side.is_failure(*status));
        let grpc_status = self
            .grpc_status
            .filter(|status| grpc::is_failure(*status, self.side));
        let (message, error_type) = match (status, grpc_status) {
            (Some(status), _) => (status.to_string(), status.as_str().to_owned()),
            (None, Some(status)) => {
                let name = grpc::name(status);
                (format!("gRPC status {status} {name}"), status.to_string())
            }
            (None, None) => return self.finish(None, None),
        };
        let exc = ExcDetails::from_message(Cause::Error, "http::StatusCode", message);
        self.finish(Some(&error_type), Some(exc));
    }

    /// Broadcasts the END of a request that failed by an error.
    pub(super) fn fail<E: Display>(&mut self, error: &E) {
        if self.is_enabled() {
            let mut message = LimitedText::new(MAX_ERROR);
            message.print(format_args!("{error}"));
            let error_type = std::any::type_name::<E>();
            let exc = ExcDetails::from_message(Cause::Error, error_type, message.into_string());
            self.finish(Some(error_type), Some(exc));
        }
        self.open = None;
    }

    fn finish(&mut self, error_type: Option<&str>, exc: Option<ExcDetails<'_>>) {
        let Some(open) = self.open.take() else {
            return;
        };
        let status = self.status.map(|status| i64::from(status.as_u16()));
        let fields = [
            status.map(|status| Field::new("http.response.status_code", Value::from(status))),
            self.grpc_status
                .map(|status| Field::new("rpc.grpc.status_code", Value::from(status))),
            error_type.map(|error| Field::new("error.type", Value::from(error))),
        ];
        let fields: Vec<Field<'_>> = fields.into_iter().flatten().collect();
        open.end_with(Data::new(&fields), exc);
    }

    /// Broadcasts the END of a request that was dropped.
    fn cancel(&mut self) {
        let message = if self.status.is_some() {
            "the response was dropped before its end"
        } else {
            "the request was dropped before its response"
        };
        let exc = ExcDetails::from_message(Cause::Cancelled, "Cancelled", message);
        self.finish(None, Some(exc));
    }
}

impl Drop for RequestScope {
    fn drop(&mut self) {
        if thread::panicking() {
            self.open = None; // the END names the panic
        } else if self.is_enabled() {
            self.cancel();
        }
    }
}

/// Ends the event if it is dropped by a panic.
struct EndsByPanic<'s>(&'s mut Option<OpenEvent>);

impl Drop for EndsByPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            *self.0 = None;
        }
    }
}
