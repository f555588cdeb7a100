//! What can be done with a secret that is kept from outside.

use super::outward;
use crate::domain::action::Action;
use crate::domain::external_secret::ExternalSecret;
use crate::effect::Offer;

/// The menu of an `ExternalSecret`.
pub(in crate::ui::panes) fn offers(secret: &ExternalSecret) -> Vec<Offer> {
    let refresh = Action::RefreshSecret {
        secret: secret.id.clone(),
    };
    let about = "reads it from its store again, without waiting for the interval";
    vec![
        Offer::act(('r', "read it again now"), about, refresh, &[]),
        outward::copy_command("externalsecret.external-secrets.io", &secret.id),
    ]
}
