//! What goes wrong with Argo CD's applications, in its own sentences.

use k3scope::domain::application::{
    AppCondition, AppResource, AppSource, Application, Health, Operation, Phase, Sync, SyncResult,
};
use k3scope::domain::argo_settings::ArgoSettings;
use k3scope::domain::event::{Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::effect::Place;

use super::{Told, ago, applied, case, told, world};

pub(super) const NEW: &str = "a41f0c9d2b7e5863f1c4a9d07e3b6258c0f1d2e3";

pub(super) fn app(name: &str) -> Application {
    Application {
        id: ObjectRef::new("argocd", name),
        sync: Sync::OutOfSync,
        health: Health::Healthy,
        sources: vec![AppSource {
            repo: "https://github.com/example/homelab.git".into(),
            ..AppSource::default()
        }],
        revisions: vec![NEW.into()],
        ..Application::default()
    }
}

pub(super) fn resource(group: &str, kind: &str, id: ObjectRef, wave: i32) -> AppResource {
    AppResource {
        group: group.into(),
        kind: kind.into(),
        id,
        wave,
        ..AppResource::default()
    }
}

pub(super) fn child(name: &str, wave: i32) -> AppResource {
    let id = ObjectRef::new("argocd", name);
    resource("argoproj.io", "Application", id, wave)
}

fn definition(name: &str) -> AppResource {
    let group = "apiextensions.k8s.io";
    resource(
        group,
        "CustomResourceDefinition",
        ObjectRef::cluster(name),
        0,
    )
}

fn condemned(kind: &str, message: &str) -> Application {
    let mut app = app("docs-app");
    app.conditions = vec![AppCondition {
        kind: kind.into(),
        message: message.into(),
        since: ago(5),
    }];
    app
}

pub(super) fn operation(phase: Phase, message: &str) -> Operation {
    Operation {
        phase,
        message: message.into(),
        revision: NEW.into(),
        started: ago(20),
        finished: ago(10),
        ..Operation::default()
    }
}

pub(super) fn put(app: Application) -> Event {
    applied(app, What::Application)
}

pub(super) fn here(app: Application, says: &'static [&'static str]) -> Told {
    beside(app, Vec::new(), says)
}

pub(super) fn beside(
    app: Application,
    mut events: Vec<Event>,
    says: &'static [&'static str],
) -> Told {
    let at = (Place::Apps, app.id.clone());
    events.push(put(app));
    case(events, at, says)
}

#[test]
fn what_argo_cd_says_is_explained() {
    let helm = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = \
        Unknown desc = `kustomize build <path to cached source>/argocd/apps/docs` failed exit status 1: Error: \
        trouble configuring builtin HelmChartInflationGenerator with config: … : must specify --enable-helm";
    let large = "one or more objects failed to apply, reason: CustomResourceDefinition.apiextensions.k8s.io \
        \"httproutes.gateway.networking.k8s.io\" is invalid: metadata.annotations: Too long: must have at most \
        262144 bytes";
    let version = "one or more synchronization tasks are not valid: The Kubernetes API could not find version \
        \"v1beta1\" of external-secrets.io/ExternalSecret for requested resource docs/registry. Version \"v1\" of \
        external-secrets.io/ExternalSecret is installed on the destination cluster.";
    let denied = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = \
        Unknown desc = failed to list refs: authentication required: Repository not found.";
    let mut too_large = app("docs-app");
    too_large.operation = Some(operation(Phase::Failed, large));
    let mut of_old_version = app("docs-app");
    of_old_version.operation = Some(operation(Phase::Failed, version));
    let settings = |renders_helm| {
        let settings = ArgoSettings {
            renders_helm,
            ..ArgoSettings::default()
        };
        vec![world::told(What::ArgoSettings(settings))]
    };
    told(vec![
        (
            "helm inside kustomize",
            here(
                condemned("ComparisonError", helm),
                &[
                    "`kustomize.buildOptions` is missing in argocd-cm",
                    "restart argocd-repo-server",
                ],
            ),
        ),
        (
            "helm inside kustomize, set and not restarted",
            beside(
                condemned("ComparisonError", helm),
                settings(true),
                &["argocd-cm has it now: restart argocd-repo-server"],
            ),
        ),
        (
            "large annotation",
            here(too_large, &["add ServerSideApply=true to its sync options"]),
        ),
        (
            "version that is not served",
            here(
                of_old_version,
                &["change apiVersion of that ExternalSecret from v1beta1 to v1"],
            ),
        ),
        (
            "repository denied",
            here(
                condemned("ComparisonError", denied),
                &["renew the token", "https://github.com/example/homelab.git"],
            ),
        ),
        (
            "sync window",
            here(
                condemned("SyncError", "Sync operation blocked by sync window"),
                &["wait until it opens"],
            ),
        ),
    ]);
}

#[test]
fn what_other_applications_have_to_do_with_it_is_named() {
    let missing = "The Kubernetes API could not find cert-manager.io/ClusterIssuer for requested resource \
        /letsencrypt. Make sure the \"ClusterIssuer\" CRD is installed on the destination cluster.";
    // Before 3.5 the sentence does not say which; the results do.
    let mut vague = app("docs-app");
    vague.operation = Some(operation(
        Phase::Failed,
        "one or more synchronization tasks are not valid",
    ));
    if let Some(operation) = &mut vague.operation {
        operation.results = vec![SyncResult {
            kind: "ClusterIssuer".into(),
            status: "SyncFailed".into(),
            message: missing.into(),
            ..SyncResult::default()
        }];
    }
    let mut brings = app("cert-manager");
    brings.resources = vec![definition("clusterissuers.cert-manager.io")];
    let mut standard = app("gateway-api-crds");
    standard.resources = vec![definition("httproutes.gateway.networking.k8s.io")];
    let mut bundled = app("envoy-gateway");
    bundled.operation = Some(operation(
        Phase::Failed,
        "one or more objects failed to apply, reason: ValidatingAdmissionPolicy \
         'safe-upgrades.gateway.networking.k8s.io' denied request: Installing experimental CRDs on top of \
         standard channel CRDs is prohibited by default.",
    ));
    let mut second = app("envoy-gateway");
    second.resources = vec![definition("httproutes.gateway.networking.k8s.io")];
    let warned = "CustomResourceDefinition/httproutes.gateway.networking.k8s.io is part of applications \
        argocd/envoy-gateway and gateway-api-crds";
    told(vec![
        (
            "missing definition",
            beside(
                vague,
                vec![put(brings)],
                &["ClusterIssuer is brought by cert-manager: sync that first"],
            ),
        ),
        (
            "experimental on top of standard",
            beside(
                bundled,
                vec![put(standard.clone())],
                &[
                    "gateway-api-crds owns the standard set: leave the bundled CRDs and their policy out of envoy-gateway",
                ],
            ),
        ),
        (
            "two owners of a definition",
            beside(
                second,
                vec![put(standard)],
                &[
                    "both bring httproutes.gateway.networking.k8s.io: each undoes what the other applies",
                ],
            ),
        ),
        (
            "shared, as Argo CD warns",
            here(
                condemned("SharedResourceWarning", warned),
                &[
                    "two applications want the same object",
                    "leave it in one of them",
                ],
            ),
        ),
    ]);
}
