//! What the account says, and what is said when it does not answer.

use std::fs;

use k3scope::domain::setup::{
    AccountFound, ApiKeyMade, Ask, Hidden, LimitsFound, ProfileFound, Told, Topic,
};
use k3scope::lab::Lab;
use k3scope::oci::Profile;
use serde_json::Value;

use super::desk::{Desk, mode};

const ENCRYPTED: &str = include_str!("../../data/oci/keys/pkcs1-aes-128.pem");

fn profiles_of(lab: &Lab) -> Ask {
    Ask::Profiles {
        config_file: lab.oci_config(),
    }
}

fn account_of(lab: &Lab) -> Ask {
    Ask::Account {
        config_file: lab.oci_config(),
        profile: "LAB".to_owned(),
        passphrase: None,
    }
}

fn place(lab: &Lab, key: &str) -> String {
    let ready: Value = lab.ready();
    ready["oci"][key].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_account_its_limits_and_its_zone_are_found() {
    let (mut desk, lab) = Desk::in_lab().await;
    let Told::Profiles { profiles } = desk.ask(profiles_of(&lab)).await else {
        panic!("no profiles");
    };
    let expected = ProfileFound {
        name: "LAB".into(),
        region: "us-ashburn-1".into(),
        tenancy: place(&lab, "tenancy").into(),
        needs_passphrase: false,
        problem: None,
    };
    assert_eq!(profiles, [expected]);

    let early = desk
        .refused(Ask::Limits {
            region: "us-ashburn-1".to_owned(),
            compartment: place(&lab, "tenancy"),
        })
        .await;
    assert!(early.next.contains("profile"), "{early:?}");

    let Told::Account { account } = desk.ask(account_of(&lab)).await else {
        panic!("no account");
    };
    let AccountFound {
        tenancy,
        regions,
        compartments,
        availability_domains,
        ..
    } = account;
    assert_eq!(tenancy, "k3scopelab");
    assert!(regions.len() == 1 && regions[0].home && regions[0].name == "us-ashburn-1");
    let names: Vec<&str> = compartments.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["k3scopelab", "k3s"]);
    assert_eq!(availability_domains.len(), 3);

    let Told::Limits { limits } = desk
        .ask(Ask::Limits {
            region: "us-ashburn-1".to_owned(),
            compartment: place(&lab, "compartment"),
        })
        .await
    else {
        panic!("no limits");
    };
    let expected = LimitsFound {
        region: "us-ashburn-1".into(),
        ocpus: (0, Some(16)),
        memory_gb: (0, Some(96)),
        volume_gb: (0, Some(15_000)),
    };
    assert_eq!(limits, expected);

    let Told::Zone { name, id } = desk
        .ask(Ask::Zone {
            zone: "example.com".to_owned(),
            token: None,
        })
        .await
    else {
        panic!("no zone");
    };
    assert_eq!(name, "example.com");
    assert_eq!(id.len(), 32);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_token_and_a_zone_that_it_does_not_see_are_told() {
    let (mut desk, lab) = Desk::in_lab().await;
    let wrong = "s3cr3t-token-that-nobody-gave-0123456789";
    let refused = desk
        .refused(Ask::Zone {
            zone: "example.com".to_owned(),
            token: Some(Hidden::new(wrong.to_owned())),
        })
        .await;
    assert!(refused.detail.contains("does not accept"), "{refused:?}");
    assert!(refused.next.contains("API tokens"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("s3cr3t"));
    let unseen = desk
        .refused(Ask::Zone {
            zone: "elsewhere.example".to_owned(),
            token: None,
        })
        .await;
    assert!(unseen.detail.contains("example.com"), "{unseen:?}");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn without_a_file_there_are_no_profiles() {
    let mut desk = Desk::alone(false);
    let config_file = desk.path("no/config");
    let told = desk.ask(Ask::Profiles { config_file }).await;
    assert_eq!(told, Told::Profiles { profiles: vec![] });

    let broken = desk.path("config");
    fs::write(&broken, "user=nobody\n").unwrap();
    let problem = desk
        .refused(Ask::Profiles {
            config_file: broken,
        })
        .await;
    assert!(problem.detail.contains("config:1:"), "{problem:?}");
}

#[tokio::test]
async fn a_locked_key_asks_for_its_passphrase_and_says_when_it_is_wrong() {
    let mut desk = Desk::alone(false);
    let config_file = desk.path("config");
    fs::write(desk.path("key.pem"), ENCRYPTED).unwrap();
    let profile = "[LOCKED]\nuser=ocid1.user.oc1..aa\nfingerprint=00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\ntenancy=ocid1.tenancy.oc1..aa\nregion=eu-frankfurt-1\nkey_file=key.pem\n[HALF]\nuser=ocid1.user.oc1..aa\n";
    fs::write(&config_file, profile).unwrap();
    let ask = Ask::Profiles {
        config_file: config_file.clone(),
    };
    let Told::Profiles { profiles } = desk.ask(ask).await else {
        panic!("no profiles");
    };
    let locked = &profiles[0];
    assert!(locked.needs_passphrase && locked.problem.is_none());
    assert_eq!(locked.region, "eu-frankfurt-1");
    let half = &profiles[1];
    let why = half.problem.as_ref().unwrap();
    assert!(why.contains("tenancy") && !half.needs_passphrase, "{why}");

    let refused = desk
        .refused(Ask::Account {
            config_file,
            profile: "LOCKED".to_owned(),
            passphrase: Some(Hidden::new("not-the-s3cr3t".to_owned())),
        })
        .await;
    assert!(
        refused.detail.contains("passphrase is wrong"),
        "{refused:?}"
    );
    assert!(!format!("{refused:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn a_key_that_oci_does_not_know_and_an_oci_that_is_gone_are_told() {
    let (mut desk, lab) = Desk::in_lab().await;
    let config_file = desk.path("oci/config");
    let made = desk
        .ask(Ask::MakeApiKey {
            config_file: config_file.clone(),
            profile: "NEW".to_owned(),
            user: "ocid1.user.oc1..aaaaaaaanobody".to_owned(),
            tenancy: place(&lab, "tenancy"),
            region: "us-ashburn-1".to_owned(),
        })
        .await;
    assert!(matches!(made, Told::ApiKey { .. }), "{made:?}");
    let account = Ask::Account {
        config_file,
        profile: "NEW".to_owned(),
        passphrase: None,
    };
    let refused = desk.refused(account.clone()).await;
    assert!(refused.detail.contains("401"), "{refused:?}");
    assert!(refused.next.contains("API keys"), "{refused:?}");
    lab.stop().await.unwrap();
    let gone = desk.refused(account).await;
    assert!(gone.next.contains("network"), "{gone:?}");
}

#[tokio::test]
async fn an_api_key_is_made_beside_the_file_and_only_added_to_it() {
    let mut desk = Desk::alone(false);
    let config_file = desk.path("oci/config");
    let ask = |profile: &str| Ask::MakeApiKey {
        config_file: config_file.clone(),
        profile: profile.to_owned(),
        user: "ocid1.user.oc1..aaaa".to_owned(),
        tenancy: "ocid1.tenancy.oc1..bbbb".to_owned(),
        region: "eu-frankfurt-1".to_owned(),
    };
    let Told::ApiKey { key } = desk.ask(ask("FIRST")).await else {
        panic!("no key");
    };
    let ApiKeyMade {
        public,
        fingerprint,
        file,
        ..
    } = key;
    assert_eq!(public[0], "-----BEGIN PUBLIC KEY-----");
    assert_eq!(mode(&config_file), 0o600);
    assert_eq!(mode(config_file.parent().unwrap()), 0o700);
    assert_eq!(mode(file.as_str().as_ref()), 0o600);
    let pem = fs::read_to_string(file.as_str()).unwrap();
    assert!(pem.ends_with("-----END PRIVATE KEY-----\nOCI_API_KEY\n"));
    let profile = Profile::load(&config_file, "FIRST", None).unwrap();
    assert!(profile.fingerprint_matches());
    assert_eq!(profile.fingerprint(), fingerprint.as_str());
    assert_eq!(profile.region(), Some("eu-frankfurt-1"));

    let before = fs::read_to_string(&config_file).unwrap();
    let twice = desk.refused(ask("FIRST")).await;
    assert!(twice.title.contains("there already"), "{twice:?}");
    assert_eq!(fs::read_to_string(&config_file).unwrap(), before);

    fs::write(&config_file, before.trim_end()).unwrap();
    desk.ask(ask("SECOND")).await;
    let after = fs::read_to_string(&config_file).unwrap();
    assert!(after.starts_with(before.trim_end()), "{after}");
    let names = Profile::names(&config_file).unwrap();
    assert_eq!(names, ["FIRST", "SECOND"]);
}

#[tokio::test]
async fn nothing_hostile_gets_into_the_configuration_file() {
    let mut desk = Desk::alone(false);
    let (target, link) = (desk.path("authorized_keys"), desk.path("link"));
    fs::write(&target, "[A]\n").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let good = (
        "NEW",
        "ocid1.user.oc1..aaaa",
        "ocid1.tenancy.oc1..bbbb",
        "eu-frankfurt-1",
    );
    let (plain, folder) = (desk.path("config"), desk.folder.path().to_owned());
    let cases = [
        (&plain, ("A]\n[B", good.1, good.2, good.3)),
        (&plain, ("../up", good.1, good.2, good.3)),
        (&plain, ("", good.1, good.2, good.3)),
        (
            &plain,
            (
                good.0,
                "ocid1.user.oc1..a\nkey_file=/etc/passwd",
                good.2,
                good.3,
            ),
        ),
        (&plain, (good.0, good.1, "ocid1.user.oc1..bbbb", good.3)),
        (&plain, (good.0, good.1, good.2, "eu-frankfurt-1\nuser=x")),
        (&link, good),
        (&folder, good),
    ];
    for (config_file, (profile, user, tenancy, region)) in cases {
        let problem = desk
            .refused(Ask::MakeApiKey {
                config_file: config_file.clone(),
                profile: profile.to_owned(),
                user: user.to_owned(),
                tenancy: tenancy.to_owned(),
                region: region.to_owned(),
            })
            .await;
        assert!(!problem.next.is_empty(), "{problem:?}");
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "[A]\n");
    assert!(!plain.exists());
    let pems = fs::read_dir(&folder).unwrap().flatten();
    let left = pems.filter(|it| it.file_name().to_string_lossy().ends_with(".pem"));
    assert_eq!(left.count(), 0, "no key stays behind");
}

#[tokio::test]
async fn asking_again_replaces_what_was_asked() {
    let (mut desk, lab) = Desk::in_lab().await;
    for _ in 0..20 {
        desk.executor.ask(account_of(&lab));
    }
    desk.executor.ask(Ask::Account {
        config_file: lab.oci_config(),
        profile: "NONE".to_owned(),
        passphrase: None,
    });
    let last = loop {
        if let Told::Failed { topic, problem } = desk.told().await {
            break (topic, problem);
        }
    };
    assert_eq!(last.0, Topic::Account);
    assert!(last.1.detail.contains("LAB"), "{:?}", last.1);
    desk.executor.stop().await;
    assert!(
        desk.events.recv().await.is_none(),
        "nothing is told after the last"
    );
    lab.stop().await.unwrap();
}
