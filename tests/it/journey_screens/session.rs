//! Keys and what comes of them: which tabs there are, what is asked for, what is asked first.

use k3scope::domain::allowance::Allowance;
use k3scope::domain::event::{ClusterInfo, Event, What};
use k3scope::domain::journey::{Begin, Stage as Journey};
use k3scope::effect::Effect;
use k3scope::store::fold;
use k3scope::ui::Cockpit;
use k3scope::ui::frame::header::Badges;
use rstest::rstest;

use super::{nodes, steps};
use crate::cockpit::stage::{Stage, look, text};
use crate::cockpit::world::{self, told};

fn line(stage: &mut Stage, row: usize) -> String {
    let shown = text(&stage.draw(120, 30));
    shown.lines().nth(row).unwrap().to_owned()
}

fn tabs(stage: &mut Stage) -> String {
    line(stage, 1)
}

fn to(stage: &mut Stage, journey: Journey) {
    let what = What::Stage { stage: journey };
    fold(&mut stage.store, told(what));
}

fn answered() -> Event {
    told(What::Cluster(ClusterInfo {
        context: "k3s-frankfurt".into(),
        ..ClusterInfo::default()
    }))
}

const NINE: &str = " 1 Bridge  2 Apps  3 Certs  4 DNS  5 Routes  6 Nodes  7 Pods  8 Events  9 Log";

#[test]
fn tabs_come_with_the_stages_and_the_cluster() {
    let mut stage = Stage::new(Vec::new());
    assert_eq!(tabs(&mut stage), NINE);
    to(&mut stage, Journey::Provision);
    assert_eq!(tabs(&mut stage), " F3 Provision");
    to(&mut stage, Journey::Bootstrap);
    assert_eq!(tabs(&mut stage), " F3 Provision  F4 Bootstrap");
    fold(&mut stage.store, answered());
    assert_eq!(
        tabs(&mut stage),
        format!(" F3 Provision  F4 Bootstrap {NINE}")
    );
    to(&mut stage, Journey::OnDuty);
    assert_eq!(
        tabs(&mut stage),
        format!(" F3 Provision  F4 Bootstrap {NINE}")
    );
}

/// The tab that is shown is the one that stands out.
fn shown(stage: &mut Stage) -> String {
    let buffer = stage.draw(120, 30);
    let dark = k3scope::theme::builtin("dark").unwrap();
    let active = dark.style(k3scope::theme::Role::TabActive);
    let cells = (0..120).filter(|x| Some(buffer[(*x, 1)].bg) == active.bg);
    let symbols: String = cells.map(|x| buffer[(x, 1)].symbol()).collect();
    symbols.trim().to_owned()
}

#[test]
fn a_new_stage_shows_its_tab_by_itself() {
    let mut stage = Stage::new(steps::planned(steps::plan(0, Allowance::PAYG_2025)));
    assert_eq!(shown(&mut stage), "F3 Provision");
    to(&mut stage, Journey::Bootstrap);
    assert_eq!(shown(&mut stage), "F4 Bootstrap");
    stage.press("f3");
    assert_eq!(shown(&mut stage), "F3 Provision", "one may look back");
    to(&mut stage, Journey::OnDuty);
    assert_eq!(shown(&mut stage), "1 Bridge");
}

#[test]
fn nobody_is_torn_away_from_what_is_open() {
    let mut stage = Stage::new(nodes::waiting());
    stage.press("/ x");
    to(&mut stage, Journey::OnDuty);
    assert_eq!(shown(&mut stage), "F4 Bootstrap", "a filter is being typed");
    stage.press("esc");
    assert_eq!(shown(&mut stage), "1 Bridge");
    to(&mut stage, Journey::Bootstrap);
    stage.press("?");
    to(&mut stage, Journey::OnDuty);
    assert_eq!(shown(&mut stage), "F4 Bootstrap", "the help is open");
    stage.press("esc");
    assert_eq!(shown(&mut stage), "1 Bridge");
}

#[test]
fn what_is_no_tab_says_so_and_is_not_offered() {
    let mut stage = Stage::new(Vec::new());
    stage.press("f4");
    assert!(line(&mut stage, 29).contains("Bootstrap is not a part of this session now"));
    assert_eq!(shown(&mut stage), "1 Bridge");
    stage.press(": n o d e s space c o m e space u p");
    assert!(text(&stage.draw(100, 30)).contains("0 of "));
}

#[rstest]
#[case::nothing(steps::unplanned(), "a", Begin::Plan)]
#[case::again(steps::planned(steps::plan(0, Allowance::PAYG_2025)), "r", Begin::Plan)]
#[case::free(steps::planned(steps::plan(0, Allowance::PAYG_2025)), "a", Begin::Apply { allow_paid: false, replace: vec![] })]
#[case::there(
    steps::planned(steps::plan(11, Allowance::ALWAYS_FREE)),
    "a",
    Begin::Bootstrap
)]
#[case::paid(steps::planned(steps::plan(0, Allowance::ALWAYS_FREE)), "a k 3 s - f r a n k f u r t enter", Begin::Apply { allow_paid: true, replace: vec![] })]
#[case::stop(steps::running(), "x", Begin::Stop)]
#[case::retry(steps::failed(), "r", Begin::Apply { allow_paid: true, replace: vec![] })]
#[case::resume(steps::interrupted(), "r", Begin::Apply { allow_paid: true, replace: vec![] })]
#[case::follow(steps::done(), "a", Begin::Bootstrap)]
#[case::follow_now(vec![steps::stage(Journey::Bootstrap)], "a", Begin::Bootstrap)]
#[case::leave(nodes::waiting(), "x", Begin::Stop)]
#[case::watch(nodes::waiting(), "a", Begin::Watch)]
#[case::duty(nodes::healthy(), "a", Begin::Watch)]
#[case::boot_again(nodes::ended(), "r", Begin::Bootstrap)]
fn a_key_begins(#[case] events: Vec<Event>, #[case] keys: &str, #[case] begin: Begin) {
    let mut stage = Stage::new(events);
    assert_eq!(stage.pressed(keys), [Effect::Begin(begin)]);
}

#[rstest]
#[case::keys_that_are_in_the_fingers("a enter")]
#[case::space("a space")]
#[case::twice("a a")]
#[case::no("a n")]
#[case::yes("a y")]
#[case::part_of_the_name("a k 3 s - f r a n k enter")]
#[case::another_name("a k 3 s - p r o d enter")]
#[case::more_than_the_name("a k 3 s - f r a n k f u r t s enter")]
#[case::away("a k 3 s - f r a n k f u r t esc enter")]
fn money_is_not_spent_by_a_slip(#[case] keys: &str) {
    let plan = steps::plan(0, Allowance::ALWAYS_FREE);
    let mut stage = Stage::new(steps::planned(plan));
    let effects = stage.pressed(keys);
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Begin(_))),
        "{effects:?}"
    );
}

#[test]
fn the_question_names_the_price_and_the_way_back() {
    let plan = steps::plan(0, Allowance::ALWAYS_FREE);
    let mut stage = Stage::new(steps::planned(plan));
    stage.press("a");
    let shown = text(&stage.draw(80, 24));
    for said in [
        "$28.04/mo",
        "eu-frankfurt-1",
        "k3scope destroy",
        "4 OCPU where 2 are free",
        "`compact` fits",
        "Type k3s-frankfurt to agree",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
    assert!(!shown.contains("make it"), "there is no yes yet\n{shown}");
    stage.cockpit.paste("k3s-frankfurt\n");
    let shown = text(&stage.draw(80, 24));
    assert!(shown.contains("Enter make it, and pay for it"), "{shown}");
}

#[test]
fn beyond_the_limits_nothing_begins() {
    let mut plan = steps::plan(0, Allowance::ALWAYS_FREE);
    plan.allowance.available = Some(k3scope::domain::allowance::Usage::default());
    let mut stage = Stage::new(steps::planned(plan));
    assert_eq!(stage.pressed("a"), []);
    assert!(text(&stage.draw(80, 24)).contains("no room"));
}

#[rstest]
#[case::done(steps::done(), "x")]
#[case::running(steps::running(), "a")]
#[case::nothing_failed(nodes::waiting(), "r")]
#[case::over(nodes::healthy(), "x")]
fn a_key_that_means_nothing_there_does_nothing(#[case] events: Vec<Event>, #[case] keys: &str) {
    assert_eq!(Stage::new(events).pressed(keys), []);
}

fn lab() -> Stage {
    let mut stage = Stage::new(nodes::healthy());
    let mut look = look();
    look.badges = Badges {
        lab: true,
        ..Badges::default()
    };
    look.breakages = vec![
        (
            "delete-record".into(),
            "Takes the A record of docs away".into(),
        ),
        (
            "drop-nat".into(),
            "Takes the ingress node's masquerading away".into(),
        ),
    ];
    stage.cockpit = Cockpit::new(look);
    stage
}

#[test]
fn a_lab_wears_its_badge_and_can_be_broken() {
    let mut stage = lab();
    assert!(line(&mut stage, 0).contains(" LAB "));
    stage.press("z");
    assert!(line(&mut stage, 29).contains("break"));
    stage.press("b");
    insta::assert_snapshot!("over_breakages", text(&stage.draw(80, 24)));
    let broken = stage.pressed("down enter");
    assert_eq!(broken, [Effect::Break("drop-nat".into())]);
    assert!(line(&mut stage, 29).contains("breaking: drop-nat"));
}

#[test]
fn only_a_lab_can_be_broken() {
    let mut stage = Stage::new(nodes::healthy());
    stage.press("z");
    assert!(!line(&mut stage, 29).contains("break"));
    assert_eq!(stage.pressed("b"), []);
    assert!(line(&mut stage, 29).contains("only a lab can be broken"));
}

#[rstest]
#[case(140, &["k3s-frankfurt · eu-frankfurt-1", "A1 4 of 2 OCPU · 24 of 12 GB · $28.04/mo", "14:03"])]
#[case(80, &["k3s-frankfurt", "provision", "A1 4 of 2 OCPU · 24 of 12 GB"])]
#[case(60, &["k3s-frankfurt", "provision"])]
fn the_header_says_as_much_as_there_is_room_for(#[case] wide: u16, #[case] said: &[&str]) {
    let mut stage = Stage::new(steps::running());
    let shown = text(&stage.draw(wide, 24));
    let header = shown.lines().next().unwrap();
    for piece in said {
        assert!(header.contains(piece), "{piece}: {header}");
    }
}

#[test]
fn tabs_are_clicked() {
    use k3scope::ui::Pointer;
    use ratatui::layout::Position;
    let mut stage = Stage::new(nodes::waiting());
    stage.draw(100, 30);
    let at = Position::new(5, 1);
    stage
        .cockpit
        .pointer(Pointer::Click, at, &stage.store, world::now());
    assert_eq!(shown(&mut stage), "F3 Provision");
}

#[test]
fn a_log_is_copied_as_it_is_filtered() {
    let mut stage = Stage::new(nodes::waiting());
    let effects = stage.pressed("tab & 1 0 space s enter Y");
    let wanted = "route: connect to 1.1.1.1 port 443 failed: no route to host, again in 10 s";
    assert_eq!(
        effects,
        [Effect::Copy {
            what: "log".into(),
            text: wanted.into()
        }]
    );
}
