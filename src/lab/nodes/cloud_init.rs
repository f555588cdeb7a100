//! How far cloud-init is, and what `cloud-init status --format json` says of it.
//!
//! The form is that of cloud-init 24.2 and later: times are seconds of uptime.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The stages in their order.
pub(super) const STAGES: [&str; 4] = ["init-local", "init", "modules-config", "modules-final"];
/// The stages that know their data source.
const INFORMED: usize = 2;

/// What cloud-init has noted of this boot.
#[derive(Clone, Debug, Default)]
pub(super) struct CloudInit {
    spans: [Span; 4],
    failure: Option<String>,
    warnings: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: Option<f64>,
    finished: Option<f64>,
}

impl CloudInit {
    /// A stage begins at this uptime; the one before has ended by then.
    pub(super) fn begin(&mut self, stage: &str, at: Duration) {
        if let Some(span) = self.span(stage) {
            span.start = Some(rounded(at));
        }
    }

    /// A stage has ended at this uptime.
    pub(super) fn finish(&mut self, stage: &str, at: Duration) {
        if let Some(span) = self.span(stage) {
            span.finished = Some(rounded(at));
        }
    }

    /// A command of `runcmd` failed: an error of the last stage.
    pub(super) fn fail(&mut self, error: &str) {
        self.failure = Some(error.to_owned());
    }

    /// Something is wrong that does not stop it, such as user data that cannot be read.
    pub(super) fn warn(&mut self, warning: &str) {
        self.warnings.push(warning.to_owned());
    }

    fn span(&mut self, stage: &str) -> Option<&mut Span> {
        let place = STAGES.iter().position(|known| *known == stage)?;
        self.spans.get_mut(place)
    }

    /// What the command prints, and its exit status.
    pub(super) fn status(&self) -> (Value, u8) {
        let begun = self
            .spans
            .iter()
            .filter(|span| span.start.is_some())
            .count();
        if begun == 0 {
            return (not_started(), 0);
        }
        let open = self
            .spans
            .iter()
            .zip(STAGES)
            .find(|(span, _)| span.start.is_some() && span.finished.is_none());
        let done = self.spans.iter().all(|span| span.finished.is_some());
        let base = if done { "done" } else { "running" };
        let recoverable = self.recoverable();
        let extended = match (&self.failure, self.warnings.is_empty()) {
            (Some(_), _) => format!("error - {base}"),
            (None, false) => format!("degraded {base}"),
            (None, true) => base.to_owned(),
        };
        let informed = begun > INFORMED;
        let stage = open.map(|(_, name)| name);
        let mut all = Map::new();
        let errors: Vec<&String> = self.failure.iter().collect();
        all.insert("boot_status_code".into(), "enabled-by-generator".into());
        all.insert("datasource".into(), json!(informed.then_some("oracle")));
        let detail = match stage {
            Some(stage) if !informed => format!("Running in stage: {stage}"),
            _ => "DataSourceOracle".to_owned(),
        };
        all.insert("detail".into(), detail.into());
        all.insert("errors".into(), json!(errors));
        all.insert("extended_status".into(), extended.into());
        all.insert("last_update".into(), self.last_update().into());
        all.insert("recoverable_errors".into(), recoverable.clone());
        all.insert("stage".into(), json!(stage));
        let status = if self.failure.is_some() {
            "error"
        } else {
            base
        };
        all.insert("status".into(), status.into());
        for (span, name) in self.spans.iter().zip(STAGES) {
            let last = name == "modules-final";
            let own = if last { json!(errors) } else { json!([]) };
            let recovered = if name == "init" {
                recoverable.clone()
            } else {
                json!({})
            };
            all.insert(
                name.to_owned(),
                json!({"errors": own, "finished": span.finished, "recoverable_errors": recovered,
                    "start": span.start}),
            );
        }
        let exit = match (&self.failure, self.warnings.is_empty()) {
            (Some(_), _) => 1,
            (None, false) => 2,
            (None, true) => 0,
        };
        (Value::Object(all), exit)
    }

    fn recoverable(&self) -> Value {
        if self.warnings.is_empty() {
            json!({})
        } else {
            json!({"WARNING": self.warnings})
        }
    }

    /// cloud-init takes the uptime for a date, and so does this.
    fn last_update(&self) -> String {
        let times = self
            .spans
            .iter()
            .flat_map(|span| [span.start, span.finished]);
        let latest = times.flatten().fold(0.0, f64::max);
        let at = Timestamp::UNIX_EPOCH.checked_add(Duration::from_secs_f64(latest.floor()));
        at.map_or_else(
            |_| String::new(),
            |at| at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        )
    }
}

fn not_started() -> Value {
    json!({
        "boot_status_code": "unknown", "datasource": "",
        "detail": "Systemd generator may not have run yet.", "errors": [],
        "extended_status": "not started", "last_update": "", "recoverable_errors": {},
        "status": "not started",
    })
}

fn rounded(at: Duration) -> f64 {
    (at.as_secs_f64() * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
