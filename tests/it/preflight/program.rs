//! The command: what it prints, what it writes, how it ends.

use std::path::Path;
use std::process::{Output, Stdio};

use k3scope::preflight::checks::CHECKS;
use serde_json::Value;
use tokio::process::Command;

use super::stage::Stage;
use crate::nobody::Nobody;

async fn preflight(config: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .arg("-c")
        .arg(config)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn it_streams_a_line_a_check_and_pins_the_image() {
    let stage = Stage::empty().await;
    let config = stage.config();
    let before = std::fs::read_to_string(&config).unwrap();
    let (code, out, err) = preflight(&config, &["--read-only", "preflight"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(
        out.contains("✔ profile") && out.contains("▲ allowance"),
        "{out}"
    );
    assert!(out.contains("▸ the layout `compact` fits"), "{out}");
    let warned = out.lines().filter(|line| line.starts_with("▲ ")).count() - 1;
    let summary = format!(
        "▲ {warned} to think about, nothing blocks ({} checks)
",
        CHECKS.len()
    );
    assert!(out.ends_with(&summary), "{out}");
    preflight(&config, &["preflight", "--no-pin"]).await;
    assert_eq!(std::fs::read_to_string(&config).unwrap(), before);

    let (code, _, err) = preflight(&config, &["preflight"]).await;
    assert_eq!(code, Some(0));
    assert!(err.contains("pinned ocid1.image."), "{err}");
    let after = std::fs::read_to_string(&config).unwrap();
    let added: Vec<&str> = after
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    let [header, pin] = added.as_slice() else {
        panic!("only a table with the pin is new: {added:?}");
    };
    assert_eq!(*header, "[image]");
    assert!(pin.starts_with("ocid = \"ocid1.image."), "{pin}");
    let (_, out, err) = preflight(&config, &["preflight"]).await;
    assert!(out.contains("pinned in cluster.toml"), "{out}");
    assert!(!err.contains("pinned ocid1"), "{err}");
    assert!(
        !config.with_file_name(".k3scope").exists(),
        "nothing else is written"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_lines_of_json_and_can_be_recorded() {
    let stage = Stage::empty().await;
    let record = stage.folder.path().join("events.jsonl");
    let record_at = record.to_str().unwrap();
    let args = ["preflight", "--json", "--no-pin", "--record", record_at];
    let (code, out, err) = preflight(&stage.config(), &args).await;
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.first().unwrap()["preflight"], "started");
    let last = lines.last().unwrap();
    assert_eq!(last["preflight"], "finished");
    let warned = lines
        .iter()
        .filter(|line| line["verdict"] == "warns")
        .count();
    assert_eq!(
        (&last["blocks"], &last["warns"]),
        (&Value::from(0), &Value::from(warned))
    );
    let checks = lines.first().unwrap()["checks"].as_array().unwrap().len();
    assert_eq!(lines.len(), checks + 2);
    let image = lines.iter().find(|line| line["name"] == "image").unwrap();
    assert_eq!(
        (&image["topic"], &image["verdict"]),
        (&"preflight".into(), &"passed".into())
    );
    assert_eq!(std::fs::read_to_string(record).unwrap(), out);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_status_tells_a_refusal_from_silence_and_from_a_mistake() {
    let stage = Stage::empty().await;
    let config = stage.config();
    let text = std::fs::read_to_string(&config).unwrap();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        std::fs::write(&config, text.replace(from, to)).unwrap();
    };
    with("layout = ", "layuot = ");
    let (code, out, err) = preflight(&config, &["preflight"]).await;
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");

    with("[oci]", "[image]\nversion = \"18.04\"\n\n[oci]");
    let (code, out, _) = preflight(&config, &["preflight"]).await;
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains("✖ image") && out.contains("1 in the way"),
        "{out}"
    );

    let nobody = Nobody::listens();
    with(&stage.lab.oci().endpoint(), &nobody.url());
    let (code, out, _) = preflight(&config, &["preflight"]).await;
    assert_eq!(code, Some(3), "{out}");
    assert!(
        out.contains("✖ tenancy") && out.contains("◌ image"),
        "{out}"
    );
}
