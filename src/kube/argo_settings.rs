//! Argo CD's settings, from its two `ConfigMaps`. What may not be read is not known, which is no failure.

use serde_json::Value;

use super::connection::Connection;
use super::fault::Fault;
use super::kind::CONFIG_MAP;
use super::look;
use crate::domain::argo_settings::ArgoSettings;
use crate::domain::object::ObjectRef;

/// Where Argo CD stands, by its own manifests and by its chart.
const SPACE: &str = "argocd";

/// The settings; nothing where Argo CD is not there, or not in its usual namespace.
pub async fn argo_settings(connection: &Connection) -> Result<Option<ArgoSettings>, Fault> {
    let named = |name: &str| ObjectRef::new(SPACE, name);
    let Some(main) = look::object(connection, &CONFIG_MAP, &named("argocd-cm")).await? else {
        return Ok(None);
    };
    let parameters = named("argocd-cmd-params-cm");
    let parameters = look::object(connection, &CONFIG_MAP, &parameters).await?;
    Ok(Some(told(&main, parameters.as_ref())))
}

fn told(main: &Value, parameters: Option<&Value>) -> ArgoSettings {
    const HEALTH: &str = "resource.customizations.health.argoproj.io_Application";
    let of = |map: &Value, key: &str| {
        let value = map.get("data").and_then(|data| data.get(key));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let in_one_piece = of(main, "resource.customizations");
    ArgoSettings {
        plain_http: parameters.is_some_and(|map| of(map, "server.insecure") == "true"),
        renders_helm: of(main, "kustomize.buildOptions").contains("--enable-helm"),
        children_have_health: !of(main, HEALTH).is_empty()
            || in_one_piece.contains("argoproj.io/Application"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_maps_are_read() {
        let main =
            json!({"data": {"kustomize.buildOptions": "--enable-helm --load-restrictor None"}});
        let found = told(&main, Some(&json!({"data": {"server.insecure": "true"}})));
        assert!(found.renders_helm && found.plain_http && !found.children_have_health);
        let key = "resource.customizations.health.argoproj.io_Application";
        let found = told(&json!({"data": {key: "hs = {}"}}), None);
        assert!(found.children_have_health && !found.plain_http && !found.renders_helm);
    }
}
