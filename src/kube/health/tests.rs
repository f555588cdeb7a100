//! Objects as they are read, beside the health that Argo CD gives them.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::domain::comparison::ResourceRef;

fn health_of(group: &str, kind: &str, object: Value) -> Judged {
    let seen: Seen = serde_json::from_value(object).unwrap();
    judge(ruled(group, kind).unwrap(), &seen)
}

/// An object of generation 2 that its controller has seen.
fn seen(spec: Value, mut status: Value) -> Value {
    status["observedGeneration"] = json!(2);
    let mut object = json!({"metadata": {"name": "docs", "generation": 2}});
    object["spec"] = spec;
    object["status"] = status;
    object
}

fn conditions(all: &[(&str, &str, &str)]) -> Value {
    let one = |(kind, status, reason): &(&str, &str, &str)| json!({"type": kind, "status": status, "reason": reason, "message": "in words"});
    json!({"conditions": all.iter().map(one).collect::<Vec<_>>()})
}

#[rstest]
#[case::done(json!({"replicas": 2}), json!({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}), Health::Healthy, "")]
#[case::paused(json!({"replicas": 2, "paused": true}), json!({}), Health::Suspended, "its rollout is paused")]
#[case::begins(json!({"replicas": 2}), json!({"replicas": 2}), Health::Progressing, "0 of 2 pods are of the new template")]
#[case::old(json!({"replicas": 2}), json!({"replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}), Health::Progressing, "1 old pods have to end")]
#[case::starting(json!({"replicas": 2}), json!({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 1}), Health::Progressing, "1 of 2 pods are available")]
#[case::stuck(json!({"replicas": 2}), json!({"updatedReplicas": 1, "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "has timed out"}]}), Health::Degraded, "has timed out")]
#[case::none_wanted(json!({"replicas": 0}), json!({}), Health::Healthy, "")]
fn deployments(
    #[case] spec: Value,
    #[case] status: Value,
    #[case] health: Health,
    #[case] why: &str,
) {
    let found = health_of("apps", "Deployment", seen(spec, status));
    assert_eq!(found, (health, why.to_owned()));
}

#[rstest]
#[case::ready("StatefulSet", json!({"replicas": 1, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}), json!({"readyReplicas": 1, "updatedReplicas": 1}), Health::Healthy)]
#[case::not_ready("StatefulSet", json!({"replicas": 2}), json!({"readyReplicas": 1}), Health::Progressing)]
#[case::partition("StatefulSet", json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}}), json!({"readyReplicas": 3, "updatedReplicas": 1}), Health::Progressing)]
#[case::by_hand("StatefulSet", json!({"replicas": 1, "updateStrategy": {"type": "OnDelete"}}), json!({"readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"}), Health::Healthy)]
#[case::rolls("StatefulSet", json!({"replicas": 1}), json!({"readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"}), Health::Progressing)]
#[case::on_all("DaemonSet", json!({}), json!({"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}), Health::Healthy)]
#[case::on_one("DaemonSet", json!({}), json!({"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}), Health::Progressing)]
#[case::old_ones("DaemonSet", json!({}), json!({"desiredNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2}), Health::Progressing)]
#[case::set("ReplicaSet", json!({"replicas": 1}), json!({"availableReplicas": 1}), Health::Healthy)]
#[case::set_fails("ReplicaSet", json!({"replicas": 1}), conditions(&[("ReplicaFailure", "True", "FailedCreate")]), Health::Degraded)]
fn sets(#[case] kind: &str, #[case] spec: Value, #[case] status: Value, #[case] health: Health) {
    assert_eq!(health_of("apps", kind, seen(spec, status)).0, health);
}

#[test]
fn what_its_controller_has_not_seen_and_what_is_being_deleted_is_on_its_way() {
    let mut object = seen(json!({"replicas": 0}), json!({}));
    object["metadata"]["generation"] = json!(3);
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"] {
        let found = health_of("apps", kind, object.clone());
        assert!(found.1.contains("has not seen"), "{kind}: {found:?}");
    }
    let mut leaving = seen(json!({}), json!({"phase": "Bound"}));
    leaving["metadata"]["deletionTimestamp"] = json!("2026-11-22T14:00:00Z");
    let found = health_of("", "PersistentVolumeClaim", leaving);
    assert_eq!(
        found,
        (Health::Progressing, "it is being deleted".to_owned())
    );
}

#[rstest]
#[case::ready("Running", "Always", json!({"conditions": [{"type": "Ready", "status": "True"}]}), Health::Healthy, "")]
#[case::pulls("Pending", "Always", json!({"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}), Health::Degraded, "ImagePullBackOff: no such image")]
#[case::pulls_for_a_hook("Pending", "Never", json!({"containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]}), Health::Progressing, "")]
#[case::restarted("Running", "Always", json!({"containerStatuses": [{"lastState": {"terminated": {"reason": "Error"}}}]}), Health::Degraded, "a container was started again and is not ready")]
#[case::starts("Running", "Always", json!({}), Health::Progressing, "")]
#[case::runs_once("Running", "OnFailure", json!({}), Health::Progressing, "")]
#[case::done("Succeeded", "Never", json!({}), Health::Healthy, "")]
#[case::failed("Failed", "Never", json!({"containerStatuses": [{"name": "c", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]}), Health::Degraded, "container c ended with exit status 3")]
#[case::evicted("Failed", "Always", json!({"message": "the node was low on memory"}), Health::Degraded, "the node was low on memory")]
fn pods(
    #[case] phase: &str,
    #[case] restarts: &str,
    #[case] mut status: Value,
    #[case] health: Health,
    #[case] why: &str,
) {
    status["phase"] = json!(phase);
    let found = health_of("", "Pod", seen(json!({"restartPolicy": restarts}), status));
    assert_eq!(found, (health, why.to_owned()));
}

#[rstest]
#[case::bound(("", "PersistentVolumeClaim"), json!({}), json!({"phase": "Bound"}), Health::Healthy)]
#[case::unbound(("", "PersistentVolumeClaim"), json!({}), json!({"phase": "Pending"}), Health::Progressing)]
#[case::lost(("", "PersistentVolumeClaim"), json!({}), json!({"phase": "Lost"}), Health::Degraded)]
#[case::inside(("", "Service"), json!({"type": "ClusterIP"}), json!({}), Health::Healthy)]
#[case::outside(("", "Service"), json!({"type": "LoadBalancer"}), json!({"loadBalancer": {}}), Health::Progressing)]
#[case::addressed(("", "Service"), json!({"type": "LoadBalancer"}), json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}), Health::Healthy)]
#[case::no_address(("networking.k8s.io", "Ingress"), json!({}), json!({}), Health::Progressing)]
#[case::job_runs(("batch", "Job"), json!({}), json!({"active": 1}), Health::Progressing)]
#[case::job_done(("batch", "Job"), json!({}), conditions(&[("Complete", "True", "")]), Health::Healthy)]
#[case::job_failed(("batch", "Job"), json!({}), conditions(&[("Failed", "True", "BackoffLimitExceeded")]), Health::Degraded)]
#[case::job_waits(("batch", "Job"), json!({}), conditions(&[("Suspended", "True", "")]), Health::Suspended)]
#[case::cron_off(("batch", "CronJob"), json!({"suspend": true}), json!({}), Health::Suspended)]
#[case::cron_new(("batch", "CronJob"), json!({}), json!({}), Health::Healthy)]
#[case::cron_failed(("batch", "CronJob"), json!({}), json!({"lastScheduleTime": "2026-11-22T14:00:00Z", "lastSuccessfulTime": "2026-11-21T14:00:09Z"}), Health::Degraded)]
#[case::cron_runs(("batch", "CronJob"), json!({}), json!({"active": [{}], "lastScheduleTime": "2026-11-22T14:00:00Z", "lastSuccessfulTime": "2026-11-21T14:00:09Z"}), Health::Healthy)]
#[case::scales(("autoscaling", "HorizontalPodAutoscaler"), json!({}), conditions(&[("AbleToScale", "True", "ReadyForNewScale"), ("ScalingLimited", "False", "DesiredWithinRange")]), Health::Healthy)]
#[case::no_metrics(("autoscaling", "HorizontalPodAutoscaler"), json!({}), conditions(&[("ScalingActive", "False", "FailedGetResourceMetric")]), Health::Degraded)]
#[case::api(("apiregistration.k8s.io", "APIService"), json!({}), conditions(&[("Available", "False", "")]), Health::Progressing)]
#[case::defined(("apiextensions.k8s.io", "CustomResourceDefinition"), json!({}), conditions(&[("NamesAccepted", "True", ""), ("Established", "True", "")]), Health::Healthy)]
#[case::names(("apiextensions.k8s.io", "CustomResourceDefinition"), json!({}), conditions(&[("NamesAccepted", "False", ""), ("Established", "True", "")]), Health::Degraded)]
#[case::issuer(("cert-manager.io", "ClusterIssuer"), json!({}), conditions(&[("Ready", "False", "")]), Health::Degraded)]
#[case::secret(("external-secrets.io", "ExternalSecret"), json!({}), conditions(&[("Ready", "True", "")]), Health::Healthy)]
#[case::pushed(("external-secrets.io", "PushSecret"), json!({}), json!({}), Health::Progressing)]
#[case::listener(("gateway.networking.k8s.io", "Gateway"), json!({}), json!({"conditions": [{"type": "Programmed", "status": "True"}], "listeners": [{"conditions": [{"type": "ResolvedRefs", "status": "False", "message": "no secret"}]}]}), Health::Degraded)]
#[case::route(("gateway.networking.k8s.io", "HTTPRoute"), json!({}), json!({"parents": [{"conditions": [{"type": "Accepted", "status": "True"}]}, {"conditions": [{"type": "Accepted", "status": "False"}]}]}), Health::Degraded)]
#[case::unanswered(("gateway.networking.k8s.io", "HTTPRoute"), json!({}), json!({}), Health::Progressing)]
#[case::app(("argoproj.io", "Application"), json!({}), json!({"health": {"status": "Missing"}}), Health::Missing)]
fn everything_else(
    #[case] (group, kind): (&str, &str),
    #[case] spec: Value,
    #[case] status: Value,
    #[case] health: Health,
) {
    assert_eq!(health_of(group, kind, seen(spec, status)).0, health);
}

#[test]
fn an_external_secret_that_follows_changes_counts_only_what_was_said_since() {
    let secret = |said: &str| {
        let status = json!({
            "refreshTime": "2026-11-22T14:00:00Z",
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": said}],
        });
        let object = seen(json!({"refreshPolicy": "OnChange"}), status);
        health_of("external-secrets.io", "ExternalSecret", object).0
    };
    assert_eq!(secret("2026-11-22T13:59:00Z"), Health::Progressing);
    assert_eq!(secret("2026-11-22T14:00:00Z"), Health::Healthy);
}

#[test]
fn one_request_is_made_for_each_kind_and_namespace_and_none_for_what_has_no_rule() {
    let of = |group: &str, kind: &str, id: (&str, &str)| ResourceRef {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        id: ObjectRef::new(id.0, id.1),
    };
    let batches = Batch::all(&[
        of("apps", "Deployment", ("docs", "a")),
        of("", "Secret", ("docs", "a")),
        of("apps", "Deployment", ("docs", "b")),
        of("apps", "Deployment", ("tools", "a")),
        of("cert-manager.io", "ClusterIssuer", ("argocd", "le")),
    ]);
    let rights: Vec<String> = batches.iter().map(|it| it.right().to_string()).collect();
    assert_eq!(
        rights,
        [
            "list deployments (apps) in namespace docs",
            "get deployments (apps) in namespace tools",
            "get clusterissuers (cert-manager.io) in the cluster",
        ]
    );
}
