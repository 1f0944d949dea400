//! The body of a response, whose end ends the scope.

use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::scope::RequestScope;

pin_project! {
    /// The body of a response. The request's END is broadcast at its end.
    ///
    /// A body that is dropped before its end cancels the request.
    #[derive(Debug)]
    pub struct HttpBody<B> {
        #[pin]
        body: B,
        // None once the request has ended. After `body`, so that the body is dropped first.
        scope: Option<RequestScope>,
        // The bytes that are to come, if their number is known.
        rest: Option<u64>,
    }
}

impl<B: Body> HttpBody<B> {
    /// Returns the body of a response, whose head may contain the number of bytes.
    pub(super) fn new(body: B, scope: Option<RequestScope>, length: Option<u64>) -> Self {
        let rest = length.or_else(|| body.size_hint().exact());
        let mut new = Self { body, scope, rest };
        if new.body.is_end_stream() || new.rest == Some(0) {
            end(&mut new.scope);
        }
        new
    }
}

impl<B> HttpBody<B> {
    /// Returns the body of the service. If it is not at its end, the request is cancelled.
    pub fn into_inner(self) -> B {
        self.body
    }
}

fn end(scope: &mut Option<RequestScope>) {
    if let Some(mut scope) = scope.take() {
        scope.end();
    }
}

impl<B: Body> Body for HttpBody<B>
where
    B::Error: Display,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(scope) = this.scope else {
            return this.body.poll_frame(context);
        };
        let polled = scope.run(|| this.body.as_mut().poll_frame(context));
        match &polled {
            Poll::Pending => return polled,
            Poll::Ready(None) => {}
            Poll::Ready(Some(Err(error))) => {
                scope.fail(error);
                *this.scope = None;
                return polled;
            }
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    scope.note_grpc_status(trailers);
                }
                if let (Some(rest), Some(data)) = (this.rest.as_mut(), frame.data_ref()) {
                    let length = u64::try_from(data.remaining()).unwrap_or(u64::MAX);
                    *rest = rest.saturating_sub(length);
                }
                // A server may drop a body after its last byte, without another poll.
                if !frame.is_trailers() && *this.rest != Some(0) && !this.body.is_end_stream() {
                    return polled;
                }
            }
        }
        end(this.scope);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
