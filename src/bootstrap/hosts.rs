//! Asks for each host as a visitor would: by name, over verified TLS, at the ingress node.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Certificate, Client, StatusCode, redirect};

use super::machines::Machine;
use super::shared::{Shared, Unheard};
use crate::dns;
use crate::domain::bootstrap::{BootstrapEvent, Progress, Stage, Subject};
use crate::domain::line::Line;
use crate::domain::topology::Role;

/// The pace of questions while something is not well, and once all is.
const ASK: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_mins(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const REDIRECTS: usize = 3;
/// What is told of an error page, in characters.
const QUOTED: usize = 120;

/// What a host answered: nothing wrong, or what is.
type Answer = Result<Line, Line>;

/// Asks until nobody listens. Without hosts there is nothing to ask.
pub(super) async fn run(shared: &Shared) -> Unheard {
    if shared.target.hosts.is_empty() {
        return std::future::pending().await;
    }
    let mut machines = shared.machines.subscribe();
    let mut told: Vec<Option<Answer>> = vec![None; shared.target.hosts.len()];
    let mut records: Option<Progress> = None;
    loop {
        let ingress = machines.borrow_and_update().iter().find_map(address);
        let Some(ingress) = ingress else {
            if machines.changed().await.is_err() {
                return Unheard;
            }
            continue;
        };
        match round(shared, &ingress, &mut told, &mut records).await {
            Ok(true) => shared.clock.sleep(ASK_AGAIN).await,
            Ok(false) => shared.clock.sleep(ASK).await,
            Err(unheard) => return unheard,
        }
    }
}

fn address(machine: &Machine) -> Option<String> {
    let is_ingress = machine.role == Role::Ingress && machine.is_running();
    machine.public_ip.clone().filter(|_| is_ingress)
}

/// Asks for each host once; tells what is new; says whether all is well.
async fn round(
    shared: &Shared,
    ingress: &str,
    told: &mut [Option<Answer>],
    records: &mut Option<Progress>,
) -> Result<bool, Unheard> {
    let now = resolved(shared, ingress).await;
    if records.as_ref() != Some(&now) {
        *records = Some(now.clone());
        shared
            .tell_stage(Subject::Cluster, Stage::Records, now)
            .await?;
    }
    let hosts = &shared.target.hosts;
    let asking = hosts.iter().map(|host| ask(shared, host, ingress));
    let answers = futures::future::join_all(asking).await;
    let all_well = answers.iter().all(Result::is_ok);
    for ((host, answer), told) in hosts.iter().zip(answers).zip(told) {
        if told.as_ref() == Some(&answer) {
            continue;
        }
        *told = Some(answer.clone());
        let well = answer.is_ok();
        let (Ok(answer) | Err(answer)) = answer;
        let host = Line::new(host);
        shared
            .tell(BootstrapEvent::Host { host, well, answer })
            .await?;
    }
    Ok(all_well)
}

/// Whether every host's name leads to the ingress node.
async fn resolved(shared: &Shared, ingress: &str) -> Progress {
    let resolvers = match shared.target.resolver {
        Some(resolver) => vec![resolver],
        None => dns::system_resolvers().await,
    };
    let mut astray = Vec::new();
    for host in &shared.target.hosts {
        let found = dns::addresses(host, &resolvers, shared.clock).await;
        match found {
            Ok(addresses) if addresses.iter().any(|it| it.to_string() == ingress) => {}
            Ok(addresses) => match addresses.first() {
                Some(other) => astray.push(format!("{host}: {other}, not {ingress}")),
                None => astray.push(format!("{host}: no address yet")),
            },
            Err(error) => astray.push(format!("{host}: {error}")),
        }
    }
    if astray.is_empty() {
        return Progress::Done;
    }
    Progress::Running {
        waits_for: Line::new(&astray.join(", ")),
    }
}

async fn ask(shared: &Shared, host: &str, ingress: &str) -> Answer {
    let client = client(shared, host, ingress)?;
    let response = client
        .get(format!("https://{host}/"))
        .send()
        .await
        .map_err(|error| told(&error))?;
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(Line::new("200 over verified TLS"));
    }
    // An error page is short; one that is not is not worth waiting for.
    let page = shared.clock.timeout(ANSWER_WITHIN, response.text()).await;
    let page = page.ok().and_then(Result::ok).unwrap_or_default();
    let words: String = page.trim().chars().take(QUOTED).collect();
    let is_plain = !words.is_empty() && !words.starts_with('<');
    Err(Line::new(&if is_plain {
        format!("{status}: {words}")
    } else {
        status.to_string()
    }))
}

/// A client that takes `host` for the ingress node, whatever the name resolves to.
fn client(shared: &Shared, host: &str, ingress: &str) -> Result<Client, Line> {
    let called = format!("{ingress}:443");
    let target = &shared.target;
    let dialled = match target.dial.get(&called) {
        Some(instead) => *instead,
        None if !target.dial.is_empty() => {
            return Err(Line::new(&format!("{called} is not in [dial]")));
        }
        None => called
            .parse::<SocketAddr>()
            .map_err(|error| Line::new(&error.to_string()))?,
    };
    // An error means that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("k3scope/", env!("CARGO_PKG_VERSION")))
        .resolve(host, dialled)
        .no_proxy()
        .https_only(true)
        .timeout(ANSWER_WITHIN)
        .pool_max_idle_per_host(0)
        .redirect(on_same_host(host));
    if let Some(authorities) = &target.authorities {
        let extra = std::fs::read(authorities)
            .map_err(|error| error.to_string())
            .and_then(|pem| Certificate::from_pem_bundle(&pem).map_err(|error| error.to_string()))
            .map_err(|why| Line::new(&format!("{}: {why}", authorities.display())))?;
        builder = builder.tls_certs_merge(extra);
    }
    builder.build().map_err(|error| told(&error))
}

/// A page may move on its own host; elsewhere is nothing that was asked about.
fn on_same_host(host: &str) -> redirect::Policy {
    let host = host.to_owned();
    redirect::Policy::custom(move |attempt| {
        let stays = attempt.url().host_str() == Some(host.as_str());
        if stays && attempt.previous().len() <= REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

/// The innermost reason: the outer ones only say that a request failed.
fn told(error: &reqwest::Error) -> Line {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    Line::new(&reason.to_string())
}
