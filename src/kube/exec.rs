//! A shell in a container, over the API's own stream (WebSocket): what is typed goes in, what it prints
//! comes out, and the size of a terminal follows.
//!
//! It knows no terminal: whoever runs it hands it keys and sizes, and takes what is printed.

use std::time::Duration;

use futures::{FutureExt, SinkExt, future::BoxFuture};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess, TerminalSize};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, SimplexStream};
use tokio::sync::mpsc;

use super::fault::Fault;
use super::write::{Access, Writer};
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

const PATIENCE: Duration = Duration::from_secs(10);
/// How long the first word of a shell is waited for: one that was never run is told by then.
const BEGINS: Duration = Duration::from_secs(2);
/// Bytes that are on their way at most, in each direction.
const ON_THE_WAY: usize = 32 * 1024;
/// The best shell that is there. `command -v` is any shell's own; an `exec` that fails would end it.
const BEST_SHELL: &str = "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi";

/// Why there is no shell, or how it was lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// 403: the rights do not reach it.
    #[error(
        "may not open a shell in namespace {namespace}: ask for a role with create on pods/exec (and get, before Kubernetes 1.35)"
    )]
    Forbidden {
        /// Where the pod is.
        namespace: Line,
    },
    /// 404.
    #[error("pod {0} is gone")]
    Gone(ObjectRef),
    /// Its image has no shell.
    #[error("the image of container {container} has no shell")]
    NoShell {
        /// Which container.
        container: Line,
    },
    /// It does not run, or its kubelet does not let anybody in.
    #[error("pod {pod} opens no shell: {why}")]
    NotRunning {
        /// The pod.
        pod: ObjectRef,
        /// The server's words.
        why: Line,
    },
    /// It took too long.
    #[error("no shell in pod {0} within 10 seconds")]
    Slow(ObjectRef),
    /// The connection ended before the shell did.
    #[error("the connection to the shell was lost{}", because(.0))]
    Lost(Line),
    /// What runs the container did not run the shell, or broke it off.
    #[error("no shell: {0}")]
    Broken(Line),
    /// Whoever typed in it left it as it was.
    #[error("the shell was left; what runs in it may go on")]
    Left,
    /// Nothing may be changed here.
    #[error("--read-only changes nothing")]
    ReadOnly,
    /// Anything else.
    #[error(transparent)]
    Fault(Fault),
}

fn because(why: &Line) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(": {why}")
    }
}

/// The columns and rows of a terminal.
pub type Size = (u16, u16);

/// A shell that was opened. It is let go of when this is dropped.
pub struct Shell {
    process: AttachedProcess,
    stdout: ReadHalf<SimplexStream>,
    /// What it had printed when it was looked at first.
    begun: Vec<u8>,
    status: BoxFuture<'static, Option<Status>>,
    pod: ObjectRef,
    container: Line,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell")
            .field("pod", &self.pod)
            .field("container", &self.container)
            .finish_non_exhaustive()
    }
}

impl Shell {
    /// Opens the best shell that a container has. One that cannot be run is an error here already, as
    /// far as that is told in the first moment.
    pub async fn open(
        writer: &Writer,
        (pod, container): (&ObjectRef, &Line),
        clock: Clock,
    ) -> Result<Self, ExecError> {
        if writer.access() == Access::ReadOnly {
            return Err(ExecError::ReadOnly);
        }
        let client = writer.connection().client().clone();
        let pods: Api<Pod> = Api::namespaced(client, &pod.namespace);
        let how = AttachParams::interactive_tty()
            .container(container.as_str())
            .max_stdin_buf_size(ON_THE_WAY)
            .max_stdout_buf_size(ON_THE_WAY);
        let opening = pods.exec(&pod.name, ["sh", "-c", BEST_SHELL], &how);
        let opened = clock.timeout(PATIENCE, opening).await;
        let opened = opened.map_err(|_| ExecError::Slow(pod.clone()))?;
        let mut process = opened.map_err(|error| refused(pod, error.into()))?;
        let (Some(mut stdout), Some(status)) = (process.stdout(), process.take_status()) else {
            return Err(ExecError::Broken("it has no streams".into()));
        };
        let mut status = status.boxed();
        let mut begun = vec![0; ON_THE_WAY];
        let first = clock.timeout(BEGINS, async {
            tokio::select! {
                Ok(count @ 1..) = stdout.read(&mut begun) => Ok(count),
                status = &mut status => Err(status),
            }
        });
        match first.await {
            Ok(Ok(count)) => begun.truncate(count),
            Ok(Err(None)) => return Err(lost(process).await),
            Ok(Err(Some(told))) => {
                ended(container, &told)?;
                begun.clear();
                status = std::future::ready(Some(told)).boxed();
            }
            // It is slow to say anything.
            Err(_) => begun.clear(),
        }
        Ok(Self {
            process,
            stdout,
            begun,
            status,
            pod: pod.clone(),
            container: container.clone(),
        })
    }

    /// Runs it to its end and tells its exit status. Keys that end are the end of its input.
    pub async fn run(
        mut self,
        mut keys: mpsc::Receiver<Vec<u8>>,
        mut sizes: mpsc::Receiver<Size>,
        mut out: impl AsyncWrite + Unpin,
    ) -> Result<u8, ExecError> {
        let (Some(mut stdin), Some(mut size)) =
            (self.process.stdin(), self.process.terminal_size())
        else {
            return Err(ExecError::Broken("it has no streams".into()));
        };
        let typing = async {
            while let Some(typed) = keys.recv().await {
                if stdin.write_all(&typed).await.is_err() {
                    break;
                }
            }
            // Nobody can be told any more where it has ended.
            let _ = stdin.shutdown().await;
            std::future::pending::<()>().await;
        };
        let sizing = async {
            while let Some((width, height)) = sizes.recv().await {
                if size.send(TerminalSize { width, height }).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        let (stdout, begun) = (&mut self.stdout, &self.begun);
        let printing = async {
            out.write_all(begun).await?;
            out.flush().await?;
            let mut piece = vec![0; ON_THE_WAY];
            while let Ok(count @ 1..) = stdout.read(&mut piece).await {
                let printed = piece.get(..count).unwrap_or_default();
                out.write_all(printed).await?;
                out.flush().await?;
            }
            Ok::<(), std::io::Error>(())
        };
        tokio::pin!(printing, typing, sizing);
        let unwritten = |error: std::io::Error| ExecError::Broken(Line::new(&error.to_string()));
        // What it prints does not end where the connection was cut: only the status tells that.
        let mut printed = false;
        let told = loop {
            tokio::select! {
                told = &mut self.status => break told,
                done = &mut printing, if !printed => {
                    done.map_err(unwritten)?;
                    printed = true;
                }
                () = &mut typing => {}
                () = &mut sizing => {}
            }
        };
        match told {
            Some(status) => {
                if !printed {
                    printing.await.map_err(unwritten)?;
                }
                ended(&self.container, &status)
            }
            None => Err(lost(self.process).await),
        }
    }
}

/// Why there was no status.
async fn lost(process: AttachedProcess) -> ExecError {
    let why = match process.join().await {
        Ok(()) => Line::default(),
        Err(error) => Line::new(&error.to_string()),
    };
    ExecError::Lost(why)
}

/// The exit status that the kubelet tells, or why there was nothing to run.
fn ended(container: &Line, status: &Status) -> Result<u8, ExecError> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let message = status.message.as_deref().unwrap_or_default();
    let details = status.details.as_ref();
    let causes = details.and_then(|details| details.causes.as_ref());
    let code = causes.into_iter().flatten().find_map(|cause| {
        let is_code = cause.reason.as_deref() == Some("ExitCode");
        cause
            .message
            .as_deref()
            .filter(|_| is_code)?
            .parse::<i64>()
            .ok()
    });
    match code {
        Some(code) => Ok(u8::try_from(code).unwrap_or(u8::MAX)),
        None if is_no_shell(message) => Err(ExecError::NoShell {
            container: container.clone(),
        }),
        None => Err(ExecError::Broken(Line::new(message.trim()))),
    }
}

/// Whether a runtime says that there is no `sh` to begin with.
fn is_no_shell(message: &str) -> bool {
    let missing = ["executable file not found", "no such file or directory"];
    message.contains("exec") && missing.iter().any(|words| message.contains(words))
}

fn refused(pod: &ObjectRef, fault: Fault) -> ExecError {
    match fault {
        Fault::Forbidden(_) => ExecError::Forbidden {
            namespace: pod.namespace.clone(),
        },
        Fault::NotFound(_) => ExecError::Gone(pod.clone()),
        Fault::Refused {
            code: 400 | 500,
            message,
        } => ExecError::NotRunning {
            pod: pod.clone(),
            why: message,
        },
        other @ (Fault::Unauthorized
        | Fault::Gone
        | Fault::TooManyRequests { .. }
        | Fault::Refused { .. }
        | Fault::Unreachable(_)
        | Fault::Answer(_)
        | Fault::Credentials(_)) => ExecError::Fault(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn told(status: serde_json::Value) -> Result<u8, ExecError> {
        ended(&"main".into(), &serde_json::from_value(status).unwrap())
    }

    #[test]
    fn the_exit_status_is_read_from_the_causes() {
        assert_eq!(told(json!({"metadata": {}, "status": "Success"})), Ok(0));
        let failed = json!({
            "status": "Failure", "reason": "NonZeroExitCode",
            "message": "command terminated with non-zero exit code: exit status 3",
            "details": {"causes": [{"reason": "ExitCode", "message": "3"}]},
        });
        assert_eq!(told(failed), Ok(3));
    }

    #[rstest]
    #[case(
        "Internal error occurred: error executing command in container: failed to exec in container: \
         failed to start exec \"1a\": OCI runtime exec failed: exec failed: unable to start container \
         process: exec: \"sh\": executable file not found in $PATH: unknown",
        "the image of container main has no shell"
    )]
    #[case(
        "Internal error occurred: container not found (\"main\")",
        "no shell: Internal error occurred: container not found"
    )]
    fn what_never_ran_is_told_in_words(#[case] message: &str, #[case] said: &str) {
        let status = json!({"status": "Failure", "code": 500, "message": message});
        let error = told(status).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }

    #[test]
    fn a_right_that_lacks_is_named() {
        let error = refused(
            &ObjectRef::new("docs", "docs-1"),
            Fault::Forbidden("no".into()),
        );
        assert!(error.to_string().contains("create on pods/exec"), "{error}");
    }
}
