//! How long an apply takes against the time that its resources take by themselves: the longest chain
//! of steps that need each other, each with the time that the lab gives its kind.
//!
//! The lab goes fast enough not to bore, and slow enough that what the machine itself takes for a
//! request stays small beside it. All times are the lab's.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use k3scope::app::begin::Begun;
use k3scope::app::cloud::Cloud;
use k3scope::clock::Clock;
use k3scope::config::Config;
use k3scope::domain::plan::{Action, Operation, Plan, ResourceKey, ResourceKind};
use k3scope::domain::provision::Outcome;
use k3scope::lab::{Lab, Options};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const SPEED: f64 = 4.0;
const RUNS: usize = 2;
/// What an apply may take beyond its critical path.
const MOST_OVERHEAD: f64 = 0.10;

/// One run, in the lab's time.
struct Measured {
    critical: Duration,
    planned: Duration,
    applied: Duration,
    planned_again: Duration,
    requests: usize,
    requests_again: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut screen = std::io::stdout().lock();
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let run = runtime.block_on(Box::pin(measure()))?;
        let overhead = run.applied.as_secs_f64() / run.critical.as_secs_f64() - 1.0;
        least = least.min(overhead);
        writeln!(
            screen,
            "plan {:.2} s · apply {:.2} s, critical path {:.2} s: {:+.1} % · {} requests · \
             plan again {:.2} s, {} requests",
            run.planned.as_secs_f64(),
            run.applied.as_secs_f64(),
            run.critical.as_secs_f64(),
            overhead * 100.0,
            run.requests,
            run.planned_again.as_secs_f64(),
            run.requests_again,
        )?;
    }
    if least > MOST_OVERHEAD {
        return Err(format!("no run came within {:.0} %", MOST_OVERHEAD * 100.0).into());
    }
    Ok(())
}

async fn measure() -> Result<Measured, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let options = Options {
        speed: SPEED,
        state_dir: Some(folder.path().join("lab")),
        ..Options::default()
    };
    let lab = Lab::start(options).await?;
    let loaded = Config::load(&lab.cluster_toml())?;
    let cloud = Cloud::open(&loaded, None, None)?;
    let clock = Clock::default();
    let in_lab = |began: std::time::Instant| began.elapsed().mul_f64(SPEED);

    let began = clock.instant();
    let look = Box::pin(cloud.plan(Operation::Apply, None))
        .await
        .map_err(|error| error.problem.title)?;
    let planned = in_lab(began);
    let critical = critical_path(&look.plan, &lab);

    let before = lab.oci().requests().len();
    let began = clock.instant();
    let Begun {
        engine,
        journal,
        lock: _lock,
    } = cloud.opening(&look.plan)?.begin(None).await?;
    let (sender, mut events) = mpsc::channel(64);
    let listening = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let work = engine.execute(look, journal, sender, CancellationToken::new());
    let outcome = Box::pin(work).await;
    let applied = in_lab(began);
    listening.await?;
    if outcome != Outcome::Done {
        return Err("the apply did not end well".into());
    }
    let requests = lab.oci().requests().len() - before;

    let before = lab.oci().requests().len();
    let began = clock.instant();
    let again = Box::pin(cloud.plan(Operation::Apply, None))
        .await
        .map_err(|error| error.problem.title)?;
    let planned_again = in_lab(began);
    if !again.plan.is_empty() {
        return Err("the apply left something to do".into());
    }
    let requests_again = lab.oci().requests().len() - before;
    lab.stop().await?;
    Ok(Measured {
        critical,
        planned,
        applied,
        planned_again,
        requests,
        requests_again,
    })
}

/// The time of the longest chain of steps; each stands after those that it needs.
fn critical_path(plan: &Plan, lab: &Lab) -> Duration {
    let mut ends: BTreeMap<&ResourceKey, Duration> = BTreeMap::new();
    for step in &plan.steps {
        let own = match (step.action, collection(step.kind)) {
            (Action::Create, Some(collection)) => lab.oci().time_to_make(collection),
            _ => Duration::ZERO,
        };
        let begins = step.needs.iter().filter_map(|key| ends.get(key)).max();
        let end = begins.copied().unwrap_or_default() + own;
        ends.insert(&step.key, end);
    }
    ends.into_values().max().unwrap_or_default()
}

/// The lab's collection; what is a setting of another resource takes no time of its own.
fn collection(kind: ResourceKind) -> Option<&'static str> {
    match kind {
        ResourceKind::Vcn => Some("vcns"),
        ResourceKind::InternetGateway => Some("internetGateways"),
        ResourceKind::RouteTable => Some("routeTables"),
        ResourceKind::SecurityList => Some("securityLists"),
        ResourceKind::Subnet => Some("subnets"),
        ResourceKind::Instance => Some("instances"),
        ResourceKind::PublicIp => Some("publicIps"),
        ResourceKind::Quota => Some("quotas"),
        ResourceKind::PublicIpAssignment | ResourceKind::DefaultRoute | ResourceKind::Other => None,
    }
}
