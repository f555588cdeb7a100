//! What a person can break on purpose: each is one change of an object or a record, and the
//! controllers write what follows from it.

mod platform;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lab::controllers::World;
use crate::lab::controllers::object::{put_condition, set, text};

/// Where proxies run, and the label that a proxy's pod has.
const PROXIES: &str = "envoy-gateway-system";

/// Something to break.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    PartialEq,
    Eq,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Breakage {
    /// The docs record is turned to proxied by hand and its certificate renewed.
    ProxiedRecord,
    /// The A record of the docs host is deleted at Cloudflare.
    DeleteRecord,
    /// A workload gets an image that exits.
    CrashPod,
    /// Someone edits the docs Deployment past Git.
    OutOfSync,
    /// The vault no longer gives the registry's token.
    VaultDenied,
    /// A route is added whose Service does not exist.
    LostBackend,
    /// The worker is cordoned.
    CordonNode,
    /// The certificate's Secret of the docs host is deleted.
    DeleteSecret,
    /// The docs pods are restarted; nothing is wrong afterwards.
    RestartDocs,
    /// The proxy takes no update any more, and the docs certificate is renewed.
    StaleProxy,
    /// Envoy takes in no configuration any more, until its pod is another.
    StaleEnvoy,
    /// A route is added whose host name no listener has.
    StrangeHost,
    /// A route is added to a Service of another namespace that no grant lets it refer to.
    MissingGrant,
    /// A route is added that plain HTTP serves beside HTTPS.
    PlainHttp,
    /// The ACME server gives no more certificates for a day, and the docs certificate is renewed.
    RateLimit,
    /// The ingress node loses the label by which the proxy finds it, and the proxy is restarted.
    LostLabel,
    /// A Gateway is added that wants the same ports of the node, and a certificate of another namespace.
    SecondGateway,
    /// An `ExternalSecret` is added that names a secret by its OCID.
    SecretByOcid,
    /// The vault's store can no longer log in.
    StoreRefused,
    /// `argocd-cm` no longer gives Applications a health.
    DecorativeWaves,
    /// `argocd-server` ends TLS itself.
    ArgoTls,
}

impl Breakage {
    /// Its name, as a scenario and `break_it` take it.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// One line for a list to choose from.
    pub fn description(self) -> &'static str {
        match self {
            Self::ProxiedRecord => {
                "turn the docs record to proxied by hand, and renew its certificate"
            }
            Self::DeleteRecord => "delete the docs A record at Cloudflare",
            Self::CrashPod => "deploy a version of reports that exits at once",
            Self::OutOfSync => "edit the docs Deployment past Git",
            Self::VaultDenied => "take the registry token out of the vault",
            Self::LostBackend => "add a route to a Service that does not exist",
            Self::CordonNode => "cordon the worker node",
            Self::DeleteSecret => "delete the Secret of the docs certificate",
            Self::RestartDocs => "restart the docs pods",
            Self::StaleProxy => "let the proxy keep the docs certificate that it has, and renew it",
            Self::StaleEnvoy => "keep Envoy at the configuration that it has",
            Self::StrangeHost => "add a route with a host name that no listener has",
            Self::MissingGrant => "add a route to another namespace, without a grant",
            Self::PlainHttp => "add a route that plain HTTP serves as well",
            Self::RateLimit => "reach the limit of the ACME server, and renew the docs certificate",
            Self::LostLabel => "take role=ingress from the ingress node, and restart the proxy",
            Self::SecondGateway => "add a Gateway that wants the ports of the first",
            Self::SecretByOcid => "add an ExternalSecret that names an OCID",
            Self::StoreRefused => "let the vault's store no longer log in",
            Self::DecorativeWaves => "take the Applications' health out of argocd-cm",
            Self::ArgoTls => "let argocd-server end TLS itself, behind Envoy",
        }
    }

    /// Breaks it.
    pub(crate) fn apply(self, world: &World, now: Timestamp) {
        match self {
            Self::ProxiedRecord => proxied_record(world, now),
            Self::DeleteRecord => delete_record(world),
            Self::CrashPod => image(world, ("tools", "reports"), "ghcr.io/example/reports:1.9.0"),
            Self::OutOfSync => image(world, ("docs", "docs"), "ghcr.io/example/docs:2.4.0-rc1"),
            Self::VaultDenied => vault_denied(world),
            Self::LostBackend => lost_backend(world, now),
            Self::CordonNode => edit(world, "nodes", None, "k3s-worker", |node| {
                set(node, "/spec/unschedulable", json!(true));
            }),
            Self::DeleteSecret => {
                let space = Some("envoy-gateway-system");
                world.objects.remove("secrets", space, "docs-tls");
            }
            Self::RestartDocs => restart(world, ("docs", "docs"), now),
            Self::StaleProxy => stale_proxy(world, now),
            Self::StaleEnvoy => world.data_plane.freeze(&world.objects, now),
            Self::StrangeHost => strange_route(world, ("strange", "https-docs"), now),
            Self::MissingGrant => strange_route(world, ("borrowed", "https-docs"), now),
            Self::PlainHttp => strange_route(world, ("open", ""), now),
            Self::RateLimit => {
                world.authority.limit(now);
                renew_docs(world, now);
            }
            Self::LostLabel => platform::lost_label(world),
            Self::SecondGateway => platform::second_gateway(world, now),
            Self::SecretByOcid => platform::secret_by_ocid(world, now),
            Self::StoreRefused => platform::store_refused(world, now),
            Self::DecorativeWaves => platform::argo_setting(
                world,
                "argocd-cm",
                ("resource.customizations.health.argoproj.io_Application", ""),
            ),
            Self::ArgoTls => {
                platform::argo_setting(world, "argocd-cmd-params-cm", ("server.insecure", "false"));
            }
        }
    }
}

fn edit(
    world: &World,
    resource: &str,
    space: Option<&str>,
    name: &str,
    change: impl FnOnce(&mut Value),
) {
    if world
        .objects
        .change(resource, space, name, change)
        .is_none()
    {
        tracing::debug!(resource, name, "there is nothing to break");
    }
}

fn docs_host(world: &World) -> Option<String> {
    let certificate = world.objects.get(
        "certificates.cert-manager.io",
        Some("envoy-gateway-system"),
        "docs-tls",
    )?;
    Some(text(&certificate, "/spec/dnsNames/0").to_owned())
}

fn proxied_record(world: &World, now: Timestamp) {
    let Some(host) = docs_host(world) else { return };
    for record in world.zone.named(&format!("a-{host}")) {
        // Whoever edits by hand takes the record from external-dns.
        if let Err(refusal) = world.zone.delete(&record.id) {
            tracing::debug!(reason = refusal.message(), "the owner's mark stays");
        }
    }
    for mut record in world.zone.named(&host) {
        record.proxied = true;
        record.ttl = 1;
        if let Err(refusal) = world.zone.update(record, now) {
            tracing::debug!(reason = refusal.message(), "the record stays as it was");
        }
    }
    renew_docs(world, now);
}

/// A restart of its pods mends it: a new one takes in everything.
fn stale_proxy(world: &World, now: Timestamp) {
    world.data_plane.freeze(&world.objects, now);
    renew_docs(world, now);
}

fn renew_docs(world: &World, now: Timestamp) {
    let resource = "certificates.cert-manager.io";
    edit(world, resource, Some(PROXIES), "docs-tls", |certificate| {
        let message = "Certificate re-issuance manually triggered";
        put_condition(
            certificate,
            ("Issuing", true),
            ("ManuallyTriggered", message),
            now,
        );
    });
}

fn delete_record(world: &World) {
    let Some(host) = docs_host(world) else { return };
    for record in world.zone.named(&host) {
        if let Err(refusal) = world.zone.delete(&record.id) {
            tracing::debug!(reason = refusal.message(), "the record stays");
        }
    }
}

fn image(world: &World, (space, name): (&str, &str), image: &str) {
    edit(world, "deployments.apps", Some(space), name, |deployment| {
        let place = "/spec/template/spec/containers/0/image";
        if let Some(value) = deployment.pointer_mut(place) {
            *value = json!(image);
        }
    });
}

fn vault_denied(world: &World) {
    world.vault.remove("registry-token");
    let resource = "externalsecrets.external-secrets.io";
    edit(world, resource, Some("docs"), "registry", |wanted| {
        let place = "/metadata/annotations/force-sync";
        set(wanted, place, json!("1"));
    });
}

fn lost_backend(world: &World, now: Timestamp) {
    let Some(host) = docs_host(world) else { return };
    world.objects.put(
        "httproutes.gateway.networking.k8s.io",
        json!({
            "metadata": {
                "name": "feedback", "namespace": "docs",
                "creationTimestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            },
            "spec": {
                "parentRefs": [{
                    "group": "gateway.networking.k8s.io", "kind": "Gateway",
                    "name": "public-gateway", "namespace": "envoy-gateway-system",
                    "sectionName": "https-docs",
                }],
                "hostnames": [host],
                "rules": [{
                    "matches": [{"path": {"type": "PathPrefix", "value": "/feedback"}}],
                    "backendRefs": [{
                        "group": "", "kind": "Service", "name": "feedback", "port": 8080,
                        "weight": 1,
                    }],
                }],
            },
        }),
    );
}

/// A route to a Service that is there, with something else that is not as it should be.
fn strange_route(world: &World, (name, section): (&str, &str), now: Timestamp) {
    let Some(host) = docs_host(world) else { return };
    let host = match name {
        "strange" => format!("strange.{host}"),
        _ => host,
    };
    let mut parent = json!({
        "group": "gateway.networking.k8s.io", "kind": "Gateway",
        "name": "public-gateway", "namespace": "envoy-gateway-system",
    });
    if !section.is_empty() {
        set(&mut parent, "/sectionName", json!(section));
    }
    let backend = match name {
        "borrowed" => json!({
            "group": "", "kind": "Service", "name": "argocd-server", "namespace": "argocd",
            "port": 80, "weight": 1,
        }),
        _ => json!({"group": "", "kind": "Service", "name": "docs", "port": 80, "weight": 1}),
    };
    world.objects.put(
        "httproutes.gateway.networking.k8s.io",
        json!({
            "metadata": {
                "name": name, "namespace": "docs",
                "creationTimestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            },
            "spec": {
                "parentRefs": [parent],
                "hostnames": [host],
                "rules": [{
                    "matches": [{"path": {"type": "PathPrefix", "value": format!("/{name}")}}],
                    "backendRefs": [backend],
                }],
            },
        }),
    );
}

fn restart(world: &World, (space, name): (&str, &str), now: Timestamp) {
    edit(world, "deployments.apps", Some(space), name, |deployment| {
        let place = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
        let at = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        set(deployment, place, json!(at));
    });
}
