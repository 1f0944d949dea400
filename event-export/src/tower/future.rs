//! The future of a response, which runs inside the scope of the request.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::HttpBody;
use super::scope::RequestScope;

pin_project! {
    /// The future of [`HttpServer`](super::HttpServer) and [`HttpClient`](super::HttpClient).
    ///
    /// Dropping it before the response cancels the request.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct HttpFuture<F> {
        #[pin]
        future: F,
        // None once the response has the scope. The field is after `future`, so that the future is
        // dropped first.
        scope: Option<RequestScope>,
        // Whether the request was HEAD, whose response has no body.
        is_head: bool,
    }
}

impl<F> HttpFuture<F> {
    pub(super) fn new(future: F, scope: RequestScope, is_head: bool) -> Self {
        Self {
            future,
            scope: Some(scope),
            is_head,
        }
    }
}

impl<F, B, E> Future for HttpFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display,
{
    type Output = Result<Response<HttpBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = match this.scope {
            Some(scope) => scope.run(|| this.future.poll(context)),
            None => this.future.poll(context),
        };
        let response = ready!(polled);
        let mut scope = this.scope.take();
        Poll::Ready(match response {
            Ok(response) => {
                let (head, body) = response.into_parts();
                if let Some(scope) = &mut scope {
                    scope.respond(head.status, &head.headers);
                    if *this.is_head || has_no_body(head.status) {
                        scope.end();
                    }
                }
                let length = head.headers.get(CONTENT_LENGTH);
                let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
                let body = HttpBody::new(body, scope.filter(RequestScope::is_open), length);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                if let Some(scope) = &mut scope {
                    scope.fail(&error);
                }
                Err(error)
            }
        })
    }
}

/// Returns whether a server drops the body of such a response without reading it.
fn has_no_body(status: StatusCode) -> bool {
    status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}
