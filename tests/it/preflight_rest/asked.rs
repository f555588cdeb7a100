//! All checks, as the wizard asks for them.

use k3scope::app::setup::{Executor, Ground};
use k3scope::clock::Clock;
use k3scope::config::Config;
use k3scope::domain::event::{Event, What};
use k3scope::domain::preflight::Verdict;
use k3scope::domain::setup::{Answer, Ask, Hidden, Topic};
use k3scope::store::{Store, fold};
use tokio::sync::mpsc;

use super::World;

/// Who answers, and all that was told.
struct Asked {
    executor: Executor,
    events: mpsc::Receiver<Event>,
    store: Store,
}

impl Asked {
    fn at(world: &World) -> Self {
        let base = Config::load(&world.lab.cluster_toml()).unwrap();
        let ground = Ground {
            config: base.path.clone(),
            base: Some(base),
            passphrase: None,
            ssh_passphrase: None,
            read_only: false,
            clock: Clock::paced(200.0),
        };
        let (sender, events) = mpsc::channel(64);
        Self {
            executor: Executor::new(ground, sender),
            events,
            store: Store::default(),
        }
    }

    /// Asks, and folds what is told until there is an answer.
    async fn ask(&mut self, ask: Ask) {
        let topic = ask.topic();
        let before = self.answers(topic);
        self.executor.ask(ask);
        while self.answers(topic) == before {
            self.next().await;
        }
    }

    fn answers(&self, topic: Topic) -> u64 {
        self.store.setup.answers.get(&topic).copied().unwrap_or(0)
    }

    async fn next(&mut self) -> What {
        let event = self.events.recv().await.unwrap();
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.contains("lab-cloudflare-token"), "{line}");
        let what = event.what.clone();
        fold(&mut self.store, event);
        what
    }

    fn verdict(&self, name: &str) -> Verdict {
        let checks = &self.store.preflight.as_ref().unwrap().checks;
        let found = checks.iter().find(|(listed, _)| listed.name == name);
        found.unwrap().1.as_ref().unwrap().verdict
    }
}

fn preflight(text: &str) -> Ask {
    Ask::Preflight {
        text: text.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_is_told_and_then_their_sum() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let mut asked = Asked::at(&world);
    asked
        .ask(preflight(&world.with(&[(
            "cluster",
            "layout",
            "'compact'",
        )])))
        .await;
    let told = asked.store.preflight.as_ref().unwrap();
    assert!(told.finished && told.outstanding() == 0);
    let counts = (told.count(Verdict::Blocks), told.count(Verdict::Warns));
    assert_eq!(asked.store.setup.preflight, Answer::Known(counts));
    assert_eq!(counts.0, 0, "{told:#?}");
    for name in ["profile", "tenancy", "ssh-key", "zone", "repository"] {
        assert_eq!(asked.verdict(name), Verdict::Passed, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_replaces_what_was_asked_before() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let mut asked = Asked::at(&world);
    let none = [(
        "gitops",
        "repository",
        "'https://github.com/example/none.git'",
    )];
    asked.executor.ask(preflight(&world.text));
    asked.ask(preflight(&world.with(&none))).await;
    while asked.verdict("repository") != Verdict::Blocks {
        asked.next().await;
    }
    assert!(matches!(
        asked.store.setup.preflight,
        Answer::Known((1.., _))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_configuration_or_not_trusted_is_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let mut asked = Asked::at(&world);
    for (text, part) in [
        ("[cluster]\nname = 'No'".to_owned(), "would not be valid"),
        (
            world.with(&[("endpoints", "oci", "'https://oci.example.net'")]),
            "redirects or executes",
        ),
    ] {
        asked.ask(preflight(&text)).await;
        let Answer::Failed(problem) = &asked.store.setup.preflight else {
            panic!("it was tried: {:?}", asked.store.setup.preflight);
        };
        assert!(problem.title.contains(part), "{problem:?}");
    }
    assert_eq!(asked.store.preflight, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_token_counts_before_it_stands_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let mut asked = Asked::at(&world);
    let kept = "{ file = '.k3scope/secrets/cloudflare-token' }";
    let text = world.with(&[("dns", "token", kept)]);
    asked.ask(preflight(&text)).await;
    assert_eq!(asked.verdict("cloudflare-token"), Verdict::Blocks);
    let ready = world.lab.ready();
    let token = ready
        .pointer("/cloudflare/token")
        .unwrap()
        .as_str()
        .unwrap();
    asked
        .ask(Ask::Zone {
            zone: "example.com".to_owned(),
            token: Some(Hidden::new(token.to_owned())),
        })
        .await;
    asked.ask(preflight(&text)).await;
    assert_eq!(asked.verdict("cloudflare-token"), Verdict::Passed);
    assert_eq!(asked.verdict("records"), Verdict::Passed);
}
