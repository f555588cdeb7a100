//! What a person has done about nodes while they are followed: mended, saved, believed, refused.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use k3scope::domain::bootstrap::{NodeAct, Outcome, Progress, Remedy, Stage};
use k3scope::domain::line::Line;
use k3scope::domain::problem::Problem;
use k3scope::effect::Effect;
use k3scope::lab::{Lab, Options};
use k3scope::ssh::HostKey;
use k3scope::store::Store;
use rstest::rstest;
use tokio::process::Command;

use super::desk::{SPEED, ground, lab, mode};
use super::leading::{apply, compact, start};
use super::led::Led;

const NODE: &str = "k3s-ingress";

fn node() -> Line {
    NODE.into()
}

/// Runs the program against a lab, as a person beside the session would.
pub(super) async fn run(lab: &Lab, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .arg("-c")
        .arg(lab.cluster_toml())
        .args(arguments)
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Has root run `command` on the node.
async fn on_node(lab: &Lab, command: &str) {
    let command = format!("sudo sh -c '{command}'");
    run(lab, &["ssh", NODE, "--", &command]).await;
}

fn stage(store: &Store, stage: Stage) -> Progress {
    stage_of(store, NODE, stage)
}

pub(super) fn stage_of(store: &Store, node: &str, stage: Stage) -> Progress {
    let run = store.bootstrap.as_ref().and_then(|run| run.node(node));
    let run = run.and_then(|node| node.stage(stage));
    run.map_or(Progress::Waiting, |run| run.progress.clone())
}

fn outcome<'a>(store: &'a Store, act: &NodeAct) -> Option<&'a Outcome> {
    let acted = &store.bootstrap.as_ref()?.acted;
    acted
        .iter()
        .find(|each| each.act == *act)
        .map(|each| &each.outcome)
}

/// How `act` ended, once it has begun and ended.
pub(super) async fn ended(led: &mut Led, act: &NodeAct) -> Result<String, Problem> {
    led.ask(Effect::Node(act.clone())).await;
    led.until("it begins", |it| outcome(it, act) == Some(&Outcome::Begun))
        .await;
    led.until("it ends", |it| outcome(it, act) != Some(&Outcome::Begun))
        .await;
    match outcome(&led.store, act) {
        Some(Outcome::Done { said }) => Ok(said.to_string()),
        Some(Outcome::Failed { problem }) => Err(problem.clone()),
        other => panic!("{other:?}"),
    }
}

/// A small cluster that is followed, up to where the node's script has ended.
async fn followed(lab: &Lab) -> Led {
    fs::write(lab.cluster_toml(), compact(lab)).unwrap();
    let mut led = Led::start(start(ground(lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(false)).await;
    led.until("the script's end", |it| {
        stage(it, Stage::K3s) == Progress::Done && stage(it, Stage::Login) == Progress::Done
    })
    .await;
    led
}

/// As [`ended`], for as long as another run is under way meanwhile.
async fn ended_alone(led: &mut Led, act: &NodeAct) -> Result<String, Problem> {
    loop {
        match ended(led, act).await {
            Err(problem) if problem.title.contains("another run") => {}
            came => return came,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_failed_is_mended_by_running_it_again() {
    const WORKER: &str = "k3s-worker";
    const UNIT: &str = "/etc/systemd/system/k3scope-bootstrap.service";
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::start(Options {
        scenario: "silent-bootstrap-failure".to_owned(),
        speed: SPEED,
        state_dir: Some(folder.path().join("lab")),
    })
    .await
    .unwrap();
    let download = |store: &Store| stage_of(store, WORKER, Stage::Download);
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    led.until("the failure", |it| {
        let logged_in = stage_of(it, WORKER, Stage::Login) == Progress::Done;
        logged_in && matches!(download(it), Progress::Failed { .. })
    })
    .await;

    // Nobody else begins it anew.
    let command = format!("sudo sh -c 'echo [Service] > {UNIT}'");
    run(&lab, &["ssh", WORKER, "--", &command]).await;
    let again = NodeAct::RunAgain {
        node: WORKER.into(),
        from: Some(Stage::Download),
    };
    let problem = ended_alone(&mut led, &again).await.unwrap_err();
    assert!(problem.title.contains("failed again"), "{problem:?}");
    led.until("the stage", |it| {
        matches!(download(it), Progress::Failed { .. })
    })
    .await;

    lab.break_it("download-mended").await.unwrap();
    let said = ended_alone(&mut led, &again).await.unwrap();
    assert!(said.contains("to its end"), "{said}");
    led.until("the stage", |it| download(it) == Progress::Done)
        .await;
    led.stop().await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn k3s_that_does_not_run_any_more_is_started_again_by_what_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    let mut led = followed(&lab).await;
    led.until("the node", |it| stage(it, Stage::Ready) == Progress::Done)
        .await;
    on_node(&lab, "systemctl stop k3s-agent").await;
    led.until("the failure", |it| {
        matches!(stage(it, Stage::K3s), Progress::Failed { .. })
    })
    .await;
    let Progress::Failed { problem } = stage(&led.store, Stage::K3s) else {
        unreachable!("it failed");
    };
    assert!(
        problem.detail.contains("Stopped k3s-agent.service"),
        "{problem:?}"
    );
    let again = NodeAct::RunAgain {
        node: node(),
        from: Some(Stage::K3s),
    };
    let said = ended_alone(&mut led, &again).await.unwrap();
    assert!(said.contains("to its end"), "{said}");
    for well in [Stage::K3s, Stage::Ready] {
        led.until("it is well", |it| stage(it, well) == Progress::Done)
            .await;
    }
    led.stop().await;
    lab.stop().await.unwrap();
}

/// The ingress node waits for the server's API, the server for its way out through the ingress node.
#[rstest]
#[case::nothing_masquerades("nat-no-masquerade")]
#[case::a_rule_above_ours("nat-forward-rejected")]
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_wait_for_each_other_are_mended_by_what_is_proposed(#[case] trouble: &str) {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    lab.break_it(trouble).await.unwrap();
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    let proposed = |store: &Store| {
        let server = store.bootstrap.as_ref()?.node("k3s-server")?;
        let found = server.stage(Stage::Route)?.diagnosis.as_ref()?;
        match &found.remedy {
            Remedy::Act(act) => Some(act.clone()),
            Remedy::Apply | Remedy::Person => None,
        }
    };
    led.until("a diagnosis", |it| proposed(it).is_some()).await;
    let act = proposed(&led.store).unwrap();
    assert_eq!(act.node(), "k3s-ingress");
    led.ask(Effect::Node(act)).await;
    led.until("K3s on the server", |it| {
        stage_of(it, "k3s-server", Stage::K3s) == Progress::Done
    })
    .await;
    led.stop().await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_under_way_is_told_and_not_disturbed() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    let mut led = followed(&lab).await;
    let settings = "/etc/k3scope/bootstrap.env";
    // A download that is tried again and again keeps the script busy for a while.
    on_node(&lab, &format!("echo K3S_VERSION=v0.0.0 >> {settings}")).await;
    let first = NodeAct::RunAgain {
        node: node(),
        from: Some(Stage::Download),
    };
    let second = NodeAct::RunAgain {
        node: node(),
        from: None,
    };
    // Both at once: the second finds the first under way, however fast that ends.
    led.ask(Effect::Node(first.clone())).await;
    led.ask(Effect::Node(second.clone())).await;
    led.until("it begins", |it| {
        outcome(it, &first) == Some(&Outcome::Begun)
    })
    .await;
    led.until("a refusal", |it| outcome(it, &second).is_some())
        .await;
    let Some(Outcome::Failed { problem }) = outcome(&led.store, &second) else {
        panic!("{:?}", outcome(&led.store, &second));
    };
    assert!(problem.title.contains("something else"), "{problem:?}");
    led.until("the first one's end", |it| {
        matches!(outcome(it, &first), Some(Outcome::Failed { .. }))
    })
    .await;
    led.stop().await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_saved_whole_without_its_secrets_and_from_the_console_where_ssh_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    let mut led = followed(&lab).await;
    let state = lab.cluster_toml().with_file_name(".k3scope");
    let token = fs::read_to_string(state.join("secrets/agent-token")).unwrap();
    let log = "/var/log/k3scope-bootstrap.log";
    on_node(&lab, &format!("cat /etc/k3scope/agent-token >> {log}")).await;
    on_node(&lab, &format!("echo the end >> {log}")).await;

    let save = NodeAct::SaveLog { node: node() };
    let said = ended(&mut led, &save).await.unwrap();
    let path = Path::new(said.strip_prefix("saved to ").unwrap());
    assert_eq!(path.parent(), Some(state.join("logs").as_path()));
    assert_eq!((mode(path), mode(&state.join("logs"))), (0o600, 0o700));
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("\"stage\":\"firewall\""), "{text}");
    assert!(text.contains("***\nthe end\n"), "{text}");
    assert!(!text.contains(token.trim()));

    lab.break_it("ssh-refused").await.unwrap();
    lab.break_it("ssh-cut").await.unwrap();
    led.until("a refusal", |it| stage(it, Stage::Login) != Progress::Done)
        .await;
    // The first one's name has its second; this one's may be the same.
    fs::remove_file(path).unwrap();
    let said = ended(&mut led, &save).await.unwrap();
    let text = fs::read_to_string(said.strip_prefix("saved to ").unwrap()).unwrap();
    assert!(text.starts_with("==> the serial console <=="), "{text}");
    assert!(text.contains("\"stage\":\"firewall\""), "{text}");

    let again = NodeAct::RunAgain {
        node: node(),
        from: None,
    };
    let problem = ended(&mut led, &again).await.unwrap_err();
    assert!(problem.title.contains("logged in"), "{problem:?}");
    led.stop().await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_key_is_believed_only_by_its_fingerprint() {
    const WRONG: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+Wjn4+4Fcvl2JlKpggT+wCRxpSvtqqpVrQrKN1/A22";
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    fs::write(lab.cluster_toml(), compact(&lab)).unwrap();
    run(&lab, &["apply", "--yes"]).await;
    let instances = lab.oci().resources("instances");
    let named = instances.iter().find(|it| it["displayName"] == NODE);
    let instance = named.unwrap()["id"].as_str().unwrap();
    let pins = lab
        .cluster_toml()
        .with_file_name(".k3scope")
        .join("known_hosts");
    fs::write(&pins, format!("{NODE},{instance} {WRONG}\n")).unwrap();

    let mut led = Led::start(start(ground(&lab)));
    led.until("the refusal", |it| {
        matches!(stage(it, Stage::Login), Progress::Failed { .. })
    })
    .await;
    let Progress::Failed { problem } = stage(&led.store, Stage::Login) else {
        unreachable!("it failed");
    };
    let pinned = HostKey::parse(WRONG).unwrap().fingerprint();
    assert!(problem.detail.contains(&pinned), "{problem:?}");
    let mut words = problem.detail.split_whitespace();
    let offered = words
        .find(|word| word.starts_with("SHA256:") && !word.starts_with(&pinned))
        .unwrap()
        .trim_end_matches([',', ';', '.', ')']);

    let trust = |offered: &str| NodeAct::Trust {
        node: node(),
        offered: offered.into(),
    };
    let refused = ended(&mut led, &trust("SHA256:another")).await.unwrap_err();
    assert!(refused.detail.contains(offered), "{refused:?}");
    assert!(fs::read_to_string(&pins).unwrap().contains(WRONG));
    ended(&mut led, &trust(offered)).await.unwrap();
    led.until("the login", |it| stage(it, Stage::Login) == Progress::Done)
        .await;
    assert!(!fs::read_to_string(&pins).unwrap().contains(WRONG));
    led.stop().await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_or_not_possible_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    let mut barred = ground(&lab);
    barred.read_only = true;
    for (ground, words) in [(barred, "--read-only"), (ground(&lab), "not followed")] {
        let mut led = Led::start(start(ground));
        led.until("a plan", |it| it.plan.is_some()).await;
        led.ask(Effect::Node(NodeAct::Rejoin { node: node() }))
            .await;
        let problem = led.refused().await;
        assert!(problem.title.contains(words), "{problem:?}");
        led.ask(Effect::Node(NodeAct::Shell { node: node() })).await;
        let problem = led.refused().await;
        assert!(problem.title.contains("no terminal"), "{problem:?}");
        led.stop().await;
    }
    lab.stop().await.unwrap();
}
