//! What the nodes are told at their first boot arrives, stays the same, and shows nowhere else.

use std::fs;
use std::path::Path;

use k3scope::config::{AgentToken, Config};
use k3scope::render::user_data;
use secrecy::ExposeSecret;

use super::session::Session;
use crate::render::unpacked;

/// Every file below `folder`, as text.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(texts(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            all.push((
                path.display().to_string(),
                String::from_utf8_lossy(&bytes).into_owned(),
            ));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_gets_its_own_and_nothing_else_holds_the_token() {
    let session = Session::start().await;
    let applied = session
        .run(&["apply", "--yes", "--allow-paid", "--json", "-vv"])
        .await
        .expect(0);

    let state = session.config().with_file_name(".k3scope");
    let token = AgentToken::of_workspace(&state).unwrap();
    let loaded = Config::load(&session.config()).unwrap();
    let rendered = user_data(&loaded.config, &token, None).unwrap();
    for (name, data) in &rendered {
        let instance = session.resource("instances", &format!("node-{name}"));
        let sent = instance["metadata"]["user_data"].as_str().unwrap();
        assert_eq!(sent, data.expose_base64());
        assert!(unpacked(sent).contains(&format!("NODE={name}\n")));
    }

    let secret = token.secret().expose_secret();
    let packed: Vec<&str> = rendered
        .values()
        .map(|data| data.expose_base64().get(..60).unwrap())
        .collect();
    let said = [applied.out, applied.err].map(|text| ("what was said".to_owned(), text));
    for (place, text) in texts(&state).into_iter().chain(said) {
        if !place.ends_with("secrets/agent-token") {
            assert!(!text.contains(secret), "{place} holds the token");
        }
        assert!(
            packed.iter().all(|data| !text.contains(data)),
            "{place} holds user data"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_others_can_read_is_refused_before_anything_is_made() {
    use std::os::unix::fs::PermissionsExt;

    let session = Session::start().await;
    session.run(&["destroy", "--yes"]).await.expect(0);
    let state = session.config().with_file_name(".k3scope");
    fs::create_dir_all(state.join("secrets")).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(state.join("secrets/agent-token"), "0").unwrap();
    let refused = session
        .run(&["apply", "--yes", "--allow-paid"])
        .await
        .expect(2);
    assert!(refused.err.contains("mode 0600"), "{}", refused.err);
    assert!(session.world().is_empty());
}
