//! The program itself: what it prints, where, and its exit status.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use tempfile::TempDir;

fn k3scope(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_k3scope"));
    command
        .current_dir(folder)
        .env("HOME", folder.join("home"))
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("K3SCOPE_CONFIG");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    k3scope(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn recorded_cases() {
    trycmd::TestCases::new()
        .env("HOME", "/home/operator")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .case("tests/cmd/*.toml");
}

#[rstest]
#[case::well(&["init"], 0)]
#[case::version(&["--version"], 0)]
#[case::help(&["config", "--help"], 0)]
#[case::no_such_command(&["frobnicate"], 2)]
#[case::no_such_flag(&["config", "check", "--frobnicate"], 2)]
#[case::no_file(&["config", "check"], 2)]
#[case::no_file_to_show(&["config", "show"], 2)]
#[case::no_such_page(&["man", "frobnicate"], 2)]
#[case::no_shell(&["completions", "cmd.exe"], 2)]
#[case::schema(&["config", "schema", "--of", "config-show"], 0)]
fn exit_statuses(#[case] arguments: &[&str], #[case] status: i32) {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), arguments);
    assert_eq!(
        output.status.code(),
        Some(status),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(
        output.stdout.is_empty(),
        status != 0 || arguments == ["init"]
    );
}

#[test]
fn init_replaces_nothing_silently() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cluster.toml");
    fs::write(&file, "[cluster]\nname = 'mine'\n").unwrap();
    let refused = run(folder.path(), &["init"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("--force"));
    assert!(fs::read_to_string(&file).unwrap().contains("mine"));
    assert!(
        run(folder.path(), &["init", "--force", "--layout", "compact"])
            .status
            .success()
    );
    let checked = run(folder.path(), &["config", "check"]);
    assert_eq!(
        text(&checked.stdout),
        "k3s: layout compact, 2 nodes, 2 OCPU, 12 GB\n"
    );
}

#[test]
fn problems_as_json_are_one_array_on_standard_output() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("cluster.toml"),
        "[oci]\nprofle = 1\nregion = 2\n",
    )
    .unwrap();
    let output = run(folder.path(), &["config", "check", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let problems: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(problems.as_array().map(Vec::len), Some(2));
    assert_eq!(
        problems[0],
        serde_json::json!({
            "line": 2, "column": 1, "key": "oci.profle",
            "message": "unknown key (did you mean `profile`?)", "found": "profle",
            "expected": "`availability_domain`, `compartment`, `config_file`, `profile` or `region`",
        })
    );
}

#[test]
fn trust_is_given_shown_and_taken_back() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    fs::write(root.join("cluster.toml"), "notify_command = ['true']\n").unwrap();
    let warned = |expected: bool| {
        let said = text(&run(root, &["config", "check"]).stderr);
        assert_eq!(
            said.contains("1:18: notify_command: does not take effect"),
            expected,
            "{said}"
        );
    };
    warned(true);
    let shown = run(root, &["trust", "--show"]);
    assert_eq!(text(&shown.stdout), "notify_command = [\"true\"]\n");
    assert!(text(&shown.stderr).contains("do not take effect"));
    warned(true);
    assert!(run(root, &["trust"]).status.success());
    warned(false);
    let printed: serde_json::Value =
        serde_json::from_slice(&run(root, &["trust", "--show", "--json"]).stdout).unwrap();
    let key = serde_json::json!({ "key": "notify_command", "value": ["true"] });
    assert_eq!(
        printed,
        serde_json::json!({ "trusted": true, "keys": [key] })
    );
    assert!(text(&run(root, &["trust", "--show"]).stderr).contains("they take effect"));
    assert!(run(root, &["trust", "--revoke"]).status.success());
    warned(true);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = TempDir::new().unwrap();
    let mut child = k3scope(folder.path())
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn the_schema_names_every_table_and_allows_nothing_else() {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), &["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    let tables: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(
        tables,
        [
            "allowance",
            "bootstrap",
            "certificates",
            "cluster",
            "dial",
            "dns",
            "endpoints",
            "gitops",
            "image",
            "k3s",
            "network",
            "node",
            "notify_command",
            "oci",
            "provision",
            "read_only",
            "registry",
            "ssh"
        ]
    );
    let undocumented: Vec<&String> = schema["$defs"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|table| table["properties"].as_object())
        .flatten()
        .filter(|(_, key)| key["description"].as_str().is_none_or(str::is_empty))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(undocumented, [""; 0]);
}

#[test]
fn whatever_is_told_on_the_way_is_one_format() {
    let folder = TempDir::new().unwrap();
    let schema = |of: &str| text(&run(folder.path(), &["config", "schema", "--of", of]).stdout);
    let events = schema("bootstrap");
    assert_eq!(schema("apply"), events);
    assert_eq!(schema("preflight"), events);
    let described: serde_json::Value = serde_json::from_str(&events).unwrap();
    assert!(described["properties"]["at"].is_object(), "{described}");
}

#[test]
fn keys_of_ones_own_stand_over_those_built_in_and_mistakes_name_their_line() {
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("home/.config/k3scope");
    fs::create_dir_all(&own).unwrap();
    let file = own.join("keymap.toml");
    fs::write(&file, "[global]\nhelp = [\"ctrl-g\"]\n").unwrap();
    let output = run(folder.path(), &["keys", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let of = |command: &str| {
        let named = format!("\"command\":\"{command}\"");
        let global = |line: &&str| line.contains(&named) && line.contains("\"global\"");
        shown.lines().find(global).unwrap().to_owned()
    };
    assert!(of("help").contains("[\"ctrl-g\"]"), "{}", of("help"));
    assert!(of("quit").contains("\"q\""), "{}", of("quit"));

    fs::write(&file, "[global]\nhelp = [\"q\"]\nhlep = [\"x\"]\n").unwrap();
    let output = run(folder.path(), &["keys"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = text(&output.stderr);
    for words in [
        "keymap.toml:2:9: in [global], `q` (quit) and `q` (help) begin alike",
        "keymap.toml:3:1: there is no command `hlep`",
        "mend these lines",
    ] {
        assert!(told.contains(words), "{told}");
    }
}
