//! A stream to a port of a pod: port-forward inside this process, without a listener on this machine.
//!
//! It takes whatever way the connection takes. What is spoken over it is for who asked for it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::Portforwarder;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use super::connection::Connection;
use super::fault::Fault;
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
    /// 403: the rights do not reach it.
    #[error(
        "may not forward ports of pods in namespace {namespace}: ask for a role with create on pods/portforward (and get, before Kubernetes 1.35)"
    )]
    Forbidden {
        /// Where the pod is.
        namespace: Line,
    },
    /// 404.
    #[error("pod {0} is gone")]
    Gone(ObjectRef),
    /// It does not run, or its kubelet does not let anybody in.
    #[error("pod {pod} takes no connection: {why}")]
    NotRunning {
        /// The pod.
        pod: ObjectRef,
        /// The server's words.
        why: Line,
    },
    /// It took too long.
    #[error("no connection to pod {0} within 10 seconds")]
    Slow(ObjectRef),
    /// Anything else.
    #[error(transparent)]
    Fault(Fault),
}

/// A stream to a port of a pod. The forwarding ends when it is dropped.
pub struct Forwarded {
    stream: DuplexStream,
    forwarder: Portforwarder,
    /// What the other side says of the port; nothing any more once it can say no more.
    refusal: Option<BoxFuture<'static, Option<String>>>,
}

impl std::fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forwarded").finish_non_exhaustive()
    }
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        self.forwarder.abort();
    }
}

impl Forwarded {
    /// What the other side says of the port, once.
    fn refused(&mut self, cx: &mut Context<'_>) -> Option<std::io::Error> {
        let refusal = self.refusal.as_mut()?;
        let Poll::Ready(said) = refusal.as_mut().poll(cx) else {
            return None;
        };
        self.refusal = None;
        let why = Line::new(said?.trim());
        Some(std::io::Error::other(why.to_string()))
    }
}

/// Opens one.
pub async fn open(
    connection: &Connection,
    pod: &ObjectRef,
    port: u16,
    clock: Clock,
) -> Result<Forwarded, ForwardError> {
    let pods: Api<Pod> = Api::namespaced(connection.client().clone(), &pod.namespace);
    let ports = [port];
    let opening = pods.portforward(&pod.name, &ports);
    let opened = clock.timeout(PATIENCE, opening).await;
    let opened = opened.map_err(|_| ForwardError::Slow(pod.clone()))?;
    let mut forwarder = opened.map_err(|error| refused(pod, error.into()))?;
    let (Some(stream), Some(error)) = (forwarder.take_stream(port), forwarder.take_error(port))
    else {
        let why = Fault::Answer("the port-forward has no stream".into());
        return Err(ForwardError::Fault(why));
    };
    Ok(Forwarded {
        stream,
        forwarder,
        refusal: Some(error.boxed()),
    })
}

fn refused(pod: &ObjectRef, fault: Fault) -> ForwardError {
    match fault {
        Fault::Forbidden(_) => ForwardError::Forbidden {
            namespace: pod.namespace.clone(),
        },
        Fault::NotFound(_) => ForwardError::Gone(pod.clone()),
        Fault::Refused {
            code: 400 | 500,
            message,
        } => ForwardError::NotRunning {
            pod: pod.clone(),
            why: message,
        },
        other @ (Fault::Unauthorized
        | Fault::Gone
        | Fault::TooManyRequests { .. }
        | Fault::Refused { .. }
        | Fault::Unreachable(_)
        | Fault::Answer(_)
        | Fault::Credentials(_)) => ForwardError::Fault(other),
    }
}

impl AsyncRead for Forwarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        if let Some(why) = self.refused(cx) {
            return Poll::Ready(Err(why));
        }
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let is_over = matches!(read, Poll::Ready(Ok(()))) && buf.filled().len() == before;
        // The end comes after the reason for it, which may have come meanwhile.
        if is_over && let Some(why) = self.refused(cx) {
            return Poll::Ready(Err(why));
        }
        read
    }
}

impl AsyncWrite for Forwarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Fault::Forbidden("no".into()), "create on pods/portforward")]
    #[case(Fault::NotFound("no".into()), "pod edge/envoy is gone")]
    #[case(
        Fault::Refused { code: 400, message: "it is not running".into() },
        "pod edge/envoy takes no connection: it is not running"
    )]
    #[case(Fault::Unreachable("cut".into()), "cannot reach the API server: cut")]
    fn refusals_are_told_in_plain_words(#[case] fault: Fault, #[case] said: &str) {
        let error = refused(&ObjectRef::new("edge", "envoy"), fault).to_string();
        assert!(error.contains(said), "{error}");
    }
}
