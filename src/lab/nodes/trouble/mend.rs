//! How the troubles of an area are put right, and what of them is kept for that.

use serde_json::{Value, json};
use strum::IntoEnumIterator as _;

use super::apply::BALLAST;
use super::kind::{Mending, Trouble};
use super::registry::Troubles;
use super::rules;
use crate::lab::nodes::cloud;
use crate::lab::nodes::machine::Machine;

impl Troubles {
    /// Mends everything of an area, for every machine.
    pub(in crate::lab) fn mend(&self, area: Mending) {
        for what in Trouble::iter() {
            if what.mending() == Some(area) {
                self.conditions.end(what);
            }
        }
        self.forget(area);
        for machine in self.machines.all() {
            self.mend_machine(&machine, area);
        }
        for (target, body) in self.kept(area) {
            self.somebody("PUT", &target, Some(&body));
        }
        self.machines.touch();
    }

    fn mend_machine(&self, machine: &Machine, area: Mending) {
        let role = machine.role();
        match area {
            Mending::Nat if role.as_deref() == Some("ingress") => {
                rules::mend(machine, area);
                self.source_check(machine, false);
            }
            Mending::Vxlan => rules::mend(machine, area),
            Mending::Download => {
                machine.disk().remove(BALLAST);
            }
            Mending::Unit => machine.let_unit_start(),
            Mending::Token => self.lay_token(machine),
            Mending::Ssh => machine.start_sshd_again(),
            Mending::Nat | Mending::Network => {}
        }
    }

    /// The token that the server has, where a machine shows another.
    fn lay_token(&self, machine: &Machine) {
        let all = self.machines.all();
        let server = all
            .iter()
            .find(|one| one.vcn() == machine.vcn() && one.role().as_deref() == Some("server"));
        let token = server.and_then(|server| {
            let path = server.settings().get("TOKEN_FILE")?.to_owned();
            server.disk().text(&path)
        });
        let settings = machine.settings();
        if let (Some(token), Some(path)) = (token, settings.get("TOKEN_FILE")) {
            machine.disk().write(path, token.as_bytes(), 0o600);
        }
    }

    /// Takes the routes that lead to a machine away.
    pub(super) fn take_route(&self, router: &Machine) {
        let oci = self.cloud.oci();
        let Some(vnic) = self.cloud.vnic(router.id()) else {
            return;
        };
        let is_own = |one: &Value| cloud::text(one, "vnicId") == cloud::text(&vnic, "id");
        let addresses = oci.resources("privateIps");
        let own = addresses.iter().find(|one| is_own(one));
        let own = own.map_or("", |one| cloud::text(one, "id"));
        for table in oci.resources("routeTables") {
            let rules = table.get("routeRules").and_then(Value::as_array);
            let leads = |rule: &Value| cloud::text(rule, "networkEntityId") == own;
            if rules.is_some_and(|rules| rules.iter().any(leads)) {
                self.replace(
                    Mending::Nat,
                    ("routeTables", &table),
                    ("routeRules", &json!([])),
                );
            }
        }
    }

    /// Lets the security lists of a machine's subnet take TCP and ICMP only.
    pub(super) fn narrow(&self, machine: &Machine) {
        for list in self.cloud.security_lists(machine.id()) {
            let rules = list.get("ingressSecurityRules").and_then(Value::as_array);
            let narrowed: Vec<Value> = rules
                .into_iter()
                .flatten()
                .flat_map(|rule| match cloud::text(rule, "protocol") {
                    "all" => ["6", "1"].map(|one| with_protocol(rule, one)).to_vec(),
                    "17" => Vec::new(),
                    _ => vec![rule.clone()],
                })
                .collect();
            let narrowed = json!(narrowed);
            let field = ("ingressSecurityRules", &narrowed);
            self.replace(Mending::Vxlan, ("securityLists", &list), field);
        }
    }

    /// Changes a field of a resource, and keeps what it was.
    fn replace(
        &self,
        area: Mending,
        (collection, resource): (&str, &Value),
        (field, value): (&str, &Value),
    ) {
        let target = format!("/20160918/{collection}/{}", cloud::text(resource, "id"));
        let body = |value: &Value| json!({field: value});
        let before = resource.get(field).cloned().unwrap_or_default();
        self.keep(area, &target, body(&before));
        self.somebody("PUT", &target, Some(&body(value)));
    }
}

fn with_protocol(rule: &Value, protocol: &str) -> Value {
    let mut rule = rule.clone();
    if let Some(rule) = rule.as_object_mut() {
        rule.insert("protocol".to_owned(), json!(protocol));
    }
    rule
}
