//! What waits for something from outside: a volume, an address.

use crate::domain::application::Health;
use crate::domain::health_rule::{Judged, well};
use crate::kube::wire::vital::Seen;

/// A claim of a volume.
pub(super) fn volume_claim(seen: &Seen) -> Judged {
    match seen.text("/phase") {
        "Bound" => well(),
        "Lost" => (Health::Degraded, "its volume is lost".to_owned()),
        "Pending" => (Health::Progressing, "it has no volume yet".to_owned()),
        other => (Health::Unknown, other.to_owned()),
    }
}

/// A Service: only one that is to have an address from outside can lack it.
pub(super) fn service(seen: &Seen) -> Judged {
    if seen.spec.r#type == "LoadBalancer" {
        addressed(seen)
    } else {
        well()
    }
}

/// An Ingress.
pub(super) fn ingress(seen: &Seen) -> Judged {
    addressed(seen)
}

fn addressed(seen: &Seen) -> Judged {
    if seen.list("/loadBalancer/ingress").is_empty() {
        (Health::Progressing, "it has no address yet".to_owned())
    } else {
        well()
    }
}
