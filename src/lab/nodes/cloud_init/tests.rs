//! Against what the real command printed.

use super::*;

fn seconds(at: f64) -> Duration {
    Duration::from_secs_f64(at)
}

fn sample(name: &str) -> Value {
    let text = match name {
        "not-started" => include_str!("../../../../tests/data/cloud-init/not-started.json"),
        "running-init" => include_str!("../../../../tests/data/cloud-init/running-init.json"),
        "running-config" => include_str!("../../../../tests/data/cloud-init/running-config.json"),
        _ => include_str!("../../../../tests/data/cloud-init/done.json"),
    };
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_status_is_what_cloud_init_says() {
    let mut noted = CloudInit::default();
    assert_eq!(noted.status(), (sample("not-started"), 0));
    noted.begin("init-local", seconds(11.42));
    noted.finish("init-local", seconds(12.96));
    noted.begin("init", seconds(15.03));
    assert_eq!(noted.status(), (sample("running-init"), 0));
    noted.finish("init", seconds(19.71));
    noted.begin("modules-config", seconds(22.84));
    assert_eq!(noted.status(), (sample("running-config"), 0));
    noted.finish("modules-config", seconds(27.35));
    noted.begin("modules-final", seconds(29.01));
    noted.finish("modules-final", seconds(164.88));
    assert_eq!(noted.status(), (sample("done"), 0));
}

#[test]
fn an_error_and_a_warning_have_their_exit_status() {
    let mut noted = CloudInit::default();
    noted.begin("init-local", seconds(11.0));
    noted.warn("cloud-config failed schema validation!");
    let (status, exit) = noted.status();
    assert_eq!(
        (status["extended_status"].as_str(), exit),
        (Some("degraded running"), 2)
    );
    noted.fail("('scripts_user', RuntimeError('Runparts: 1 failures'))");
    let (status, exit) = noted.status();
    assert_eq!((status["status"].as_str(), exit), (Some("error"), 1));
}
