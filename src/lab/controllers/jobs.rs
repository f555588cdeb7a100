//! Jobs: one pod that runs to its end.

use serde_json::{Value, json};

use super::object::{Condition, conclude, date, dated, holds, name, set, suffix, text};
use super::replicas::{create, pods_of};
use super::world::Pass;

const RESOURCE: &str = "jobs.batch";

pub(super) fn reconcile(pass: &Pass<'_>) {
    for job in pass.list(RESOURCE) {
        if !holds(&job, "Complete") {
            advance(pass, &job);
        }
    }
}

fn advance(pass: &Pass<'_>, job: &Value) {
    let pods = pods_of(pass, job);
    let Some(pod) = pods.first() else {
        let pod = format!("{}-{}", name(job), suffix(text(job, "/metadata/uid"), 5));
        create(pass, job, &pod, None);
        let message = format!("Created pod: {pod}");
        pass.event(
            job,
            "job-controller",
            ("Normal", "SuccessfulCreate", &message),
        );
        pass.change(RESOURCE, job, |next| {
            set(next, "/status/startTime", json!(date(pass.now)));
            set(next, "/status/active", json!(1));
        });
        return;
    };
    if text(pod, "/status/phase") != "Succeeded" {
        return;
    }
    pass.event(
        job,
        "job-controller",
        ("Normal", "Completed", "Job completed"),
    );
    pass.change(RESOURCE, job, |next| {
        let began = dated(job, "/status/startTime").unwrap_or(pass.now);
        set(
            next,
            "/status",
            json!({
                "startTime": date(began), "completionTime": date(pass.now), "succeeded": 1,
                "ready": 0, "terminating": 0, "uncountedTerminatedPods": {},
            }),
        );
        for kind in ["SuccessCriteriaMet", "Complete"] {
            let written = Condition {
                kind,
                met: true,
                reason: "CompletionsReached",
                message: "Reached expected number of succeeded pods",
            };
            conclude(next, written, None, pass.now);
        }
    });
}
