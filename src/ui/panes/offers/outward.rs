//! What can be done with any object outside of the cockpit: the command that shows it, its page in a
//! browser. Any pane's menu can have these rows.

use crate::domain::object::ObjectRef;
use crate::effect::{Effect, Offer};

/// Copies the command that shows an object of `kind` (as kubectl takes it, with its group).
pub(super) fn copy_command(kind: &str, of: &ObjectRef) -> Offer {
    let name = shell_words::quote(&of.name);
    let command = if of.namespace.is_empty() {
        format!("kubectl get {kind} {name} -o yaml")
    } else {
        let namespace = shell_words::quote(&of.namespace);
        format!("kubectl -n {namespace} get {kind} {name} -o yaml")
    };
    let copy = Effect::Copy {
        what: "command".to_owned(),
        text: command.clone(),
    };
    Offer::plain(('k', "copy the kubectl command"), &command, copy)
}

/// Opens a page of `host` in the browser.
pub(super) fn open(host: &str) -> Offer {
    let url = format!("https://{host}/");
    let about = format!("{url}, in this machine's browser; copied where there is none");
    Offer::plain(('b', "open in a browser"), &about, Effect::Open(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(offer: &Offer) -> &str {
        match offer.then.as_slice() {
            [Effect::Copy { text, .. }] => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_name_from_outside_stays_one_word_of_the_command() {
        let kind = "certificate.cert-manager.io";
        let offer = copy_command(kind, &ObjectRef::new("docs", "docs-tls"));
        let plain = "kubectl -n docs get certificate.cert-manager.io docs-tls -o yaml";
        assert_eq!(copied(&offer), plain);
        let offer = copy_command("node", &ObjectRef::cluster("x; reboot"));
        assert_eq!(copied(&offer), "kubectl get node 'x; reboot' -o yaml");
    }
}
