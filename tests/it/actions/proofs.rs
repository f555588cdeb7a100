//! The way to a challenge's proof, gone in a lab whose names, ports, routes and pods are in the way.

use k3scope::domain::certificate::Certificate;
use k3scope::domain::issuance::{AcmeState, Challenge};
use k3scope::domain::proof::{Hop, Seen, Way};
use k3scope::effect::Effect;
use k3scope::store::{Store, proof};
use serde_json::{Value, json};

use super::desk::Desk;

const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";
const GATEWAY: (&str, &str) = ("envoy-gateway-system", "public-gateway");
const RECORD: &str = "docs.example.com";

fn pending(store: &Store) -> Option<&Challenge> {
    let mut all = store.challenges.iter();
    all.find(|it| it.dns_name == RECORD && it.state == AcmeState::Pending && it.presented)
}

/// The whole way, as the screen judges it, once it was gone.
fn way(store: &Store) -> Way {
    let (of, seen) = store.open.proof.as_ref().unwrap();
    let challenge = store.challenges.get(of).unwrap();
    Way::of(seen, &proof::inside(store, challenge))
}

/// A certificate that waits for the proof of a proxied name, whose solver stands ready.
async fn stuck() -> Desk {
    let mut desk = Desk::open().await;
    desk.until("the certificates are issued", |store| {
        store.certificates.len() == 2 && store.certificates.iter().all(Certificate::is_ready)
    })
    .await;
    desk.hold("envoy-gateway", true);
    desk.lab.break_it("proxied-record").await.unwrap();
    desk.until("its solver is ready", |store| {
        pending(store).is_some_and(|challenge| {
            let way = Way::of(&Seen::default(), &proof::inside(store, challenge));
            way.broken.is_none()
        })
    })
    .await;
    desk
}

async fn walk(desk: &mut Desk) -> Way {
    let challenge = pending(&desk.store).unwrap().id.clone();
    desk.ask(Effect::Prove(challenge.clone())).await;
    desk.until("the way begins", |store| {
        let proof = store.open.proof.as_ref();
        proof.is_some_and(|(of, seen)| *of == challenge && !seen.ended)
    })
    .await;
    desk.until("the way was gone", |store| {
        let proof = store.open.proof.as_ref();
        proof.is_some_and(|(_, seen)| seen.ended)
    })
    .await;
    way(&desk.store)
}

fn blamed(way: &Way) -> Option<Hop> {
    way.broken.map(|place| way.stations[place].hop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_swallows_the_challenge_is_named() {
    let mut desk = stuck().await;
    let way = walk(&mut desk).await;
    assert!(way.proven, "what hands on brings the proof: {way:#?}");
    // The listener takes routes of the documentation only: the solver's is turned away.
    desk.edit(GATEWAYS, GATEWAY, |gateway| {
        let listeners = gateway["spec"]["listeners"].as_array_mut().unwrap();
        let http = listeners
            .iter_mut()
            .find(|it| it["name"] == "http")
            .unwrap();
        http["allowedRoutes"] = json!({"namespaces": {
            "from": "Selector",
            "selector": {"matchLabels": {"kubernetes.io/metadata.name": "docs"}},
        }});
    });
    desk.until("the solver's route is turned away", |store| {
        let challenge = pending(store).unwrap();
        blamed(&Way::of(&Seen::default(), &proof::inside(store, challenge))) == Some(Hop::Route)
    })
    .await;
    let way = walk(&mut desk).await;
    assert_eq!(blamed(&way), Some(Hop::Route), "{way:#?}");
    let said: Vec<&str> = way.stations.iter().map(|it| it.said.as_str()).collect();
    let redirected = said.iter().find(|it| it.contains("301")).unwrap();
    assert!(
        redirected.contains("HTTPRoute docs/docs-redirect redirects"),
        "{said:#?}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_of_a_certificate_goes_the_way_and_shows_it() {
    let mut desk = stuck().await;
    // Nothing is quoted of the proof, and no key of the challenge comes to the screen.
    let challenge = pending(&desk.store).unwrap().clone();
    let resource = "challenges.acme.cert-manager.io";
    let of = (challenge.id.namespace.as_str(), challenge.id.name.as_str());
    let key = desk.object(resource, of).unwrap()["spec"]["key"].clone();
    let Value::String(key) = key else {
        panic!("the challenge has no key");
    };
    desk.press("3 / d o c s enter a").await;
    assert!(
        desk.shown().contains("fetch the challenge"),
        "{}",
        desk.shown()
    );
    let effects = desk.press("f").await;
    assert_eq!(effects, [Effect::Prove(challenge.id.clone())]);
    desk.until("the way was gone", |store| {
        let proof = store.open.proof.as_ref();
        proof.is_some_and(|(_, seen)| seen.ended)
    })
    .await;
    desk.until("the solver's endpoint is known", |store| {
        let mut stations = way(store).stations.into_iter();
        stations.any(|it| it.said.contains("1 of 1 endpoints"))
    })
    .await;
    let shown = desk.shown();
    for part in [
        "the proof is there",
        "leads to",
        "is accepted",
        "1 of 1 endpoints",
    ] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
    let thumbprint = key.rsplit('.').next().unwrap();
    assert!(!shown.contains(thumbprint));
    desk.press("esc").await;
    assert!(!desk.shown().contains("Way to the proof"));
    let effects = desk.press("a u").await;
    let [Effect::Copy { text, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(
        *text,
        format!(
            "http://{RECORD}/.well-known/acme-challenge/{}",
            challenge.token
        )
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_an_address_is_where_the_way_ends() {
    let mut desk = stuck().await;
    desk.lab.break_it("delete-record").await.unwrap();
    let way = walk(&mut desk).await;
    assert_eq!(blamed(&way), Some(Hop::Name), "{way:#?}");
    assert!(way.next.unwrap().contains("DNS"));
    desk.close().await;
}
