//! The real program, killed at each call that changes the world, at three points of it, and run
//! again: at the end the world is as after an undisturbed run.

use k3scope::lab::oci::{Hold, Matcher, Point, Record};
use rstest::rstest;

use super::process::signal;
use super::session::Session;
use super::world::{assert_whole, journals, told};

const APPLY: [&str; 3] = ["apply", "--yes", "--allow-paid"];
const DESTROY: [&str; 2] = ["destroy", "--yes"];

/// A call that changes the world: how, what, and the how-manieth of its like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    method: String,
    path: String,
    number: usize,
}

impl Call {
    fn matcher(&self) -> Matcher {
        Matcher::new(&self.method, &self.path)
    }
}

/// The calls that changed the world, without the OCIDs in their paths.
fn calls(requests: &[Record]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let questions = ["/actions/", "CapacityReports"];
    let changing = requests.iter().filter(|it| it.method != "GET");
    for request in changing.filter(|it| !questions.iter().any(|q| it.path.contains(q))) {
        let collection = request.path.split(['?', '/']).nth(2).unwrap();
        let alike =
            |call: &&Call| call.method == request.method && call.path == format!("/{collection}");
        let number = calls.iter().filter(alike).count();
        calls.push(Call {
            method: request.method.clone(),
            path: format!("/{collection}"),
            number,
        });
    }
    calls
}

/// Holds the call at `point`; those of its like before it are let go.
async fn held(session: &Session, call: &Call, point: Point) -> Hold {
    let oci = session.lab.oci();
    let hold = |point| oci.hold_next(call.matcher(), point);
    let before: Vec<Hold> = (0..call.number).map(|_| hold(Point::BeforeDoing)).collect();
    let mut last = hold(point);
    for mut earlier in before {
        earlier.reached().await.unwrap();
        earlier.let_go();
    }
    last.reached().await.unwrap();
    last
}

/// Runs `command`, kills it while the lab holds the call, and lets the lab cut the connection.
async fn killed(session: &Session, command: &[&str], call: &Call, point: Point) {
    let mut program = session.spawn(command);
    let hold = held(session, call, point).await;
    signal(&program, "KILL");
    program.wait().await.unwrap();
    hold.cut();
}

/// Runs `command` and kills it after the call was answered, before a word of the answer was written
/// down. That the answer came cannot be seen from outside, so the journal is cut back to just before
/// its line, which leaves the same on disk; nothing else happens meanwhile, because every further
/// call is held and then cut.
async fn killed_unwritten(session: &Session, command: &[&str], call: &Call) {
    let mut program = session.spawn(command);
    let hold = held(session, call, Point::BeforeAnswering).await;
    let further = ["POST", "PUT", "DELETE"];
    let further: Vec<Hold> = further
        .iter()
        .flat_map(|method| (0..8).map(move |_| Matcher::new(method, "")))
        .map(|matcher| session.lab.oci().hold_next(matcher, Point::BeforeDoing))
        .collect();
    let written = lines(session).len();
    hold.let_go();
    let answer = wait_for_answer(session, written).await;
    signal(&program, "KILL");
    program.wait().await.unwrap();
    drop(further);
    let path = journals(session).pop().unwrap();
    let kept: String = lines(session)
        .into_iter()
        .take(answer)
        .map(|line| line + "\n")
        .collect();
    std::fs::write(path, kept).unwrap();
    session.lab.oci().forgive();
}

/// The number of the first line since `written` that tells an answer.
async fn wait_for_answer(session: &Session, written: usize) -> usize {
    let answers = [
        r#""entry":"created""#,
        r#""entry":"changed""#,
        r#""entry":"deleted""#,
    ];
    let clock = k3scope::clock::Clock::default();
    for _ in 0..20_000 {
        let found = lines(session)
            .iter()
            .skip(written)
            .position(|line| answers.iter().any(|answer| line.contains(answer)));
        if let Some(found) = found {
            return written + found;
        }
        clock.sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("the answer should have been written down");
}

/// The whole lines of the newest journal.
fn lines(session: &Session) -> Vec<String> {
    let Some(path) = journals(session).pop() else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(path).unwrap();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(str::to_owned).collect()
}

/// What an undisturbed run leaves, and the calls that it makes.
async fn undisturbed() -> (Vec<String>, Vec<Call>) {
    let session = Session::start().await;
    session.run(&APPLY).await.expect(0);
    assert_whole(&session);
    (told(&session), calls(&session.lab.oci().requests()))
}

#[derive(Clone, Copy, Debug)]
enum At {
    Unsent,
    Unanswered,
    Unwritten,
}

#[rstest]
#[case(At::Unsent)]
#[case(At::Unanswered)]
#[case(At::Unwritten)]
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_call_the_next_run_makes_each_resource_once(#[case] at: At) {
    let (world, calls) = undisturbed().await;
    assert!(calls.len() >= 14, "{calls:?}");
    for call in calls {
        let session = Session::start().await;
        match at {
            At::Unsent => killed(&session, &APPLY, &call, Point::BeforeDoing).await,
            At::Unanswered => killed(&session, &APPLY, &call, Point::BeforeAnswering).await,
            At::Unwritten => killed_unwritten(&session, &APPLY, &call).await,
        }
        session.run(&APPLY).await.expect(0);
        assert_whole(&session);
        assert_eq!(told(&session), world, "killed at {call:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_a_destroy_the_next_one_ends_it() {
    let destroyed = ["/instances", "/subnets", "/vcns"].map(|path| Call {
        method: "DELETE".to_owned(),
        path: path.to_owned(),
        number: 0,
    });
    for (call, point) in destroyed.iter().zip([
        Point::BeforeDoing,
        Point::BeforeAnswering,
        Point::BeforeAnswering,
    ]) {
        let session = Session::start().await;
        session.run(&APPLY).await.expect(0);
        killed(&session, &DESTROY, call, point).await;
        session.run(&DESTROY).await.expect(0);
        let everything = session.lab.oci().everything();
        let left = everything
            .iter()
            .filter(|it| it.tags.contains_key("k3scope-cluster"));
        assert_eq!(left.count(), 0, "killed at {call:?}");
        session.run(&APPLY).await.expect(0);
        assert_whole(&session);
    }
}

/// A replacement of the private subnet, and with it of the two nodes in it.
const REPLACE: [&str; 9] = [
    "apply",
    "--yes",
    "--allow-paid",
    "--replace",
    "private-subnet",
    "--replace",
    "k3s-server",
    "--replace",
    "k3s-worker",
];

/// A whole cluster whose configuration names another private subnet.
async fn moved() -> Session {
    let session = Session::start().await;
    session.run(&APPLY).await.expect(0);
    let text = std::fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[network]\nprivate_subnet = \"10.0.3.0/24\"\n");
    std::fs::write(session.config(), text).unwrap();
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_a_replacement_the_next_run_ends_it() {
    let session = moved().await;
    session.run(&REPLACE).await.expect(0);
    let world = told(&session);
    let call = |method: &str, path: &str| Call {
        method: method.to_owned(),
        path: path.to_owned(),
        number: 0,
    };
    for (call, point) in [
        (call("DELETE", "/instances"), Point::BeforeAnswering),
        (call("DELETE", "/subnets"), Point::BeforeAnswering),
        (call("POST", "/subnets"), Point::BeforeDoing),
        (call("POST", "/instances"), Point::BeforeAnswering),
    ] {
        let session = moved().await;
        killed(&session, &REPLACE, &call, point).await;
        session.run(&REPLACE).await.expect(0);
        assert_whole(&session);
        assert_eq!(told(&session), world, "killed at {call:?}");
    }
}
