//! The lab's world from outside: Cloudflare over HTTP, DNS over UDP and TCP, controllers through a
//! running lab.

mod cloudflare;
mod living;
mod resolver;

use k3scope::lab::{Lab, Options};

/// A lab, with the crypto provider that its servers need.
async fn lab(scenario: &str, speed: f64) -> Lab {
    // Another test of this binary may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options {
        scenario: scenario.to_owned(),
        speed,
        state_dir: None,
    };
    Lab::start(options).await.unwrap()
}

fn text(lab: &Lab, pointer: &str) -> String {
    let ready = lab.ready();
    ready
        .pointer(pointer)
        .and_then(|it| it.as_str())
        .unwrap()
        .to_owned()
}
