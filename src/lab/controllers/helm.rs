//! K3s' Helm controller: a `HelmChart` becomes an install Job, and when that is done, its objects.

use serde_json::{Value, json};

use super::argocd::{How, apply};
use super::k3s::ensure_namespace;
use super::object::{Condition, conclude, flag, holds, name, namespace, owner, set, text};
use super::world::Pass;

const RESOURCE: &str = "helmcharts.helm.cattle.io";

pub(super) fn reconcile(pass: &Pass<'_>) {
    for chart in pass.list(RESOURCE) {
        let job_name = format!("helm-install-{}", name(&chart));
        match pass.get("jobs.batch", namespace(&chart), &job_name) {
            None => begin(pass, &chart, &job_name),
            Some(job) if holds(&job, "Complete") => install(pass, &chart),
            Some(_) => {}
        }
    }
}

fn begin(pass: &Pass<'_>, chart: &Value, job: &str) {
    let labels = json!({"helmcharts.helm.cattle.io/chart": name(chart)});
    pass.put(
        "jobs.batch",
        json!({
            "metadata": {
                "name": job, "namespace": namespace(chart), "labels": labels,
                "ownerReferences": owner(chart),
            },
            "spec": {
                "backoffLimit": 1000, "completions": 1, "parallelism": 1,
                "template": {
                    "metadata": {"labels": {
                        "helmcharts.helm.cattle.io/chart": name(chart),
                        "batch.kubernetes.io/job-name": job,
                    }},
                    "spec": {
                        "restartPolicy": "OnFailure", "hostNetwork": flag(chart, "/spec/bootstrap"),
                        "containers": [{
                            "name": "helm", "image": "rancher/klipper-helm:v0.9.14-build20260309",
                            "args": ["install"],
                        }],
                    },
                },
            },
        }),
    );
    pass.change(RESOURCE, chart, |next| {
        set(next, "/status/jobName", json!(job));
        let made = Condition {
            kind: "JobCreated",
            met: true,
            reason: "Job created",
            message: "Applying HelmChart using Job",
        };
        conclude(next, made, None, pass.now);
    });
    let message = format!("Applying HelmChart using Job {}/{job}", namespace(chart));
    pass.event(chart, "helm-controller", ("Normal", "ApplyJob", &message));
}

/// The objects of a chart go in once: afterwards they have other owners.
fn install(pass: &Pass<'_>, chart: &Value) {
    let installed = "/metadata/annotations/helmcharts.helm.cattle.io~1configHash";
    if !text(chart, installed).is_empty() {
        return;
    }
    let space = match text(chart, "/spec/targetNamespace") {
        "" => namespace(chart),
        target => target,
    };
    ensure_namespace(pass, space);
    let source = json!({
        "repoURL": text(chart, "/spec/repo"), "chart": text(chart, "/spec/chart"),
        "targetRevision": text(chart, "/spec/version"),
    });
    if let Ok(rendered) = pass.world.sources.render(&source) {
        for manifest in rendered.manifests {
            if let Err(reason) = apply(pass, &manifest, (space, None), How::default()) {
                tracing::debug!(%reason, "a chart's object was not taken");
            }
        }
    }
    pass.change(RESOURCE, chart, |next| {
        let hash = super::object::hex(&source.to_string(), 64).to_uppercase();
        set(next, installed, json!(format!("SHA256={hash}")));
    });
}
