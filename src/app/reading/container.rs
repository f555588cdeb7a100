//! The log of one container: opened, taken up again where the connection was lost or the container was
//! started anew, and ended where nothing will come any more.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;

use super::reader::Desk;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::reading::{LogSince, LogState, LogWish, PodLine, Reading};
use crate::kube::kind::POD;
use crate::kube::logs::{self, LogAsk, LogLine};
use crate::kube::look::{self, text};
use crate::kube::{Connection, Fault};
use crate::store::reading::LINES;

/// Lines that a log begins with where nothing else was asked for.
const TAIL: i64 = 500;
/// The first and the longest pause before it is asked for again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// One container of one pod.
pub(super) struct Container<'a> {
    desk: &'a Desk,
    number: u32,
    wish: &'a LogWish,
    name: &'a Line,
    /// When the last line was written.
    last: Option<Timestamp>,
    said: Option<LogState>,
}

impl<'a> Container<'a> {
    pub(super) fn new(desk: &'a Desk, number: u32, (wish, name): (&'a LogWish, &'a Line)) -> Self {
        Self {
            desk,
            number,
            wish,
            name,
            last: None,
            said: None,
        }
    }

    /// Reads it until nothing will come any more.
    pub(super) async fn read(mut self, lines: mpsc::Sender<Vec<PodLine>>) {
        let mut pause = PAUSES.0;
        loop {
            let state = match self.desk.connection() {
                Some(connection) => self.once(&connection, &lines).await,
                None => LogState::Lost {
                    why: "there is no way to the API now".into(),
                },
            };
            let ends = matches!(state, LogState::Over { .. } | LogState::Refused(_));
            // One that was read before is not asked for ever more seldom.
            if self.said == Some(LogState::Follows) {
                pause = PAUSES.0;
            }
            self.say(state).await;
            if ends {
                return;
            }
            self.desk.clock.sleep(self.desk.clock.jitter(pause)).await;
            pause = pause.saturating_mul(2).min(PAUSES.1);
        }
    }

    /// Reads it from where it was, and says how it stands when the stream has ended.
    async fn once(
        &mut self,
        connection: &Connection,
        lines: &mpsc::Sender<Vec<PodLine>>,
    ) -> LogState {
        let since = match self.wish.since {
            LogSince::FiveMinutes => Some(Duration::from_mins(5)),
            LogSince::Hour => Some(Duration::from_hours(1)),
            LogSince::Tail | LogSince::All => None,
        };
        let tail = match self.wish.since {
            LogSince::Tail => TAIL,
            LogSince::FiveMinutes | LogSince::Hour | LogSince::All => {
                i64::try_from(LINES).unwrap_or(TAIL)
            }
        };
        let ask = LogAsk {
            pod: &self.wish.pod,
            container: self.name,
            previous: self.wish.previous,
            since,
            from: self.last,
            tail: Some(tail),
        };
        let mut stream = match logs::open(connection, ask).await {
            Ok(stream) => stream,
            Err(fault) => return self.unread(&fault),
        };
        self.say(LogState::Follows).await;
        loop {
            match stream.next().await {
                Ok(Some(next)) => {
                    let next = self.fresh(next);
                    if !next.is_empty() && lines.send(next).await.is_err() {
                        return over("nobody reads it any more");
                    }
                }
                Ok(None) if self.wish.previous => return over("this is all that it wrote"),
                Ok(None) => return self.standing(connection).await,
                Err(fault) => {
                    return LogState::Lost {
                        why: fault.to_string().into(),
                    };
                }
            }
        }
    }

    /// Those that were not read before: the API takes no fractions of a second.
    fn fresh(&mut self, lines: Vec<LogLine>) -> Vec<PodLine> {
        let known = self.last;
        let is_new = |line: &LogLine| known.is_none_or(|known| line.at.is_none_or(|at| at > known));
        let mut new = Vec::with_capacity(lines.len());
        for line in lines.into_iter().filter(is_new) {
            new.push(PodLine {
                at: line.at,
                container: self.name.clone(),
                text: Line::new(&self.desk.mask.apply(&line.text)),
            });
        }
        self.last = self.last.max(new.iter().filter_map(|line| line.at).max());
        new
    }

    /// The stream has ended by itself: whether the container has.
    async fn standing(&self, connection: &Connection) -> LogState {
        match look::object(connection, &POD, &self.wish.pod).await {
            Ok(Some(pod)) => standing(&pod, self.name),
            Ok(None) => over("the pod is gone"),
            Err(fault) => LogState::Lost {
                why: fault.to_string().into(),
            },
        }
    }

    /// Why a log was not opened, and whether it may be later.
    fn unread(&self, fault: &Fault) -> LogState {
        let namespace = &self.wish.pod.namespace;
        match fault {
            Fault::NotFound(_) => over("the pod is gone"),
            Fault::Forbidden(_) => LogState::Refused(Problem {
                title: "not permitted".to_owned(),
                detail: format!("get pods/log in namespace {namespace}"),
                next: "ask for that right".to_owned(),
                request_id: None,
            }),
            Fault::Refused { code: 400, message } if message.contains("waiting to start") => {
                LogState::Waits {
                    why: message.clone(),
                }
            }
            Fault::Refused { code: 400, .. } if self.wish.previous => LogState::Refused(Problem {
                title: format!("no container {} ran before this one", self.name),
                detail: "it was not started again on this node, or its log was cleaned up"
                    .to_owned(),
                next: "read the one that runs now".to_owned(),
                request_id: None,
            }),
            Fault::Refused { code: 400, message } => LogState::Refused(Problem {
                title: "the server refused".to_owned(),
                detail: message.to_string(),
                next: "see its words".to_owned(),
                request_id: None,
            }),
            Fault::Unauthorized
            | Fault::Gone
            | Fault::TooManyRequests { .. }
            | Fault::Refused { .. }
            | Fault::Unreachable(_)
            | Fault::Answer(_)
            | Fault::Credentials(_) => LogState::Lost {
                why: fault.to_string().into(),
            },
        }
    }

    /// Says how it is, where that is new.
    async fn say(&mut self, state: LogState) {
        if self.said.as_ref() == Some(&state) {
            return;
        }
        self.said = Some(state.clone());
        let told = Reading::LogState {
            number: self.number,
            container: self.name.clone(),
            state,
        };
        self.desk.tell(told).await;
    }
}

fn over(why: &str) -> LogState {
    LogState::Over { why: why.into() }
}

/// Whether a container whose log has ended will write again.
fn standing(pod: &Value, name: &str) -> LogState {
    let again = LogState::Lost {
        why: "the stream was cut".into(),
    };
    if matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
        return over("the pod has ended");
    }
    let lists = ["/status/containerStatuses", "/status/initContainerStatuses"];
    let mut statuses = lists
        .iter()
        .filter_map(|place| pod.pointer(place)?.as_array())
        .flatten();
    let Some(status) = statuses.find(|status| text(status, "/name") == name) else {
        return again;
    };
    let code = status.pointer("/state/terminated/exitCode");
    let waits = text(status, "/state/waiting/reason");
    match (code.and_then(Value::as_i64), waits) {
        (Some(0), _) if text(pod, "/spec/restartPolicy") != "Always" => over("it has ended well"),
        (Some(code), _) => LogState::Waits {
            why: format!("it ended with exit status {code}").into(),
        },
        (None, "") => again,
        (None, reason) => LogState::Waits { why: reason.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn pod(restarts: &str, state: &Value) -> Value {
        json!({
            "spec": {"restartPolicy": restarts},
            "status": {"phase": "Running", "containerStatuses": [{"name": "c", "state": state}]},
        })
    }

    #[rstest]
    #[case::runs("Always", json!({"running": {}}), "lost")]
    #[case::crashed("Always", json!({"terminated": {"exitCode": 1}}), "waits")]
    #[case::backs_off("Always", json!({"waiting": {"reason": "CrashLoopBackOff"}}), "waits")]
    #[case::done("OnFailure", json!({"terminated": {"exitCode": 0}}), "over")]
    fn what_comes_after_the_end(
        #[case] restarts: &str,
        #[case] state: Value,
        #[case] expected: &str,
    ) {
        let stands = serde_json::to_value(standing(&pod(restarts, &state), "c")).unwrap();
        assert_eq!(stands["state"], expected);
    }
}
