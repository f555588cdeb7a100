//! What goes wrong: no host with room, a busy API, an interrupt in the middle of an apply.

use k3scope::lab::Capacity;
use k3scope::lab::oci::{Fault, Matcher, Point};
use rstest::rstest;

use super::folder::{Folder, Ran, is_installed};
use super::life::MAIN;
use crate::lab_oci::client::Client;
use crate::lab_oci::launches::room;

const APPLY: &str = "apply -input=false -json -auto-approve";

#[rstest]
#[case::full(
    vec![room(1, None, 0.5)],
    "500-InternalError, Out of host capacity.",
    "The service for this resource encountered an error. Please contact support for help with \
     service: Core Instance"
)]
#[case::not_offered(
    Vec::new(),
    "404-NotAuthorizedOrNotFound, shape VM.Standard.A1.Flex not found",
    "Either the resource has been deleted or service Core Instance need policy to access this \
     resource. Policy reference: \
     https://docs.oracle.com/en-us/iaas/Content/Identity/Reference/policyreference.htm"
)]
#[tokio::test]
async fn a_refusal_is_told_in_the_real_providers_words_and_the_rest_is_kept(
    #[case] capacity: Vec<Capacity>,
    #[case] title: &str,
    #[case] suggestion: &str,
) {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let oci = client.lab.oci();
    let folder = Folder::new(&client.lab, &[("main.tf", MAIN)]);
    oci.set_capacity(capacity);
    let ran = folder.run(APPLY).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let errors = ran.errors();
    let lines: Vec<&str> = errors[0].lines().collect();
    let documentation = "https://registry.terraform.io/providers/oracle/oci/latest/docs";
    let reference = "https://docs.oracle.com/iaas/api/#/en/iaas/20160918/Instance/LaunchInstance";
    let endpoint = oci.endpoint();
    let expected = [
        title,
        &format!("Suggestion: {suggestion}"),
        &format!("Documentation: {documentation}/resources/core_instance "),
        &format!("API Reference: {reference} "),
        &format!("Request Target: POST {endpoint}/20160918/instances "),
    ];
    assert_eq!(lines[..5], expected);
    assert_eq!(
        lines[6..8],
        ["Service: Core Instance ", "Operation Name: LaunchInstance "]
    );
    assert!(lines[8].starts_with("OPC request ID: "), "{lines:?}");
    let launches = oci.requests();
    let launches = launches.iter().filter(|request| request.launch.is_some());
    assert_eq!(launches.count(), 1, "it is not tried again");
    assert!(!folder.state("oci_core_subnet.public").await.is_null());
    assert!(folder.state("oci_core_instance.ingress").await.is_null());
}

#[tokio::test]
async fn a_busy_cloud_is_asked_again_with_the_same_token() {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let oci = client.lab.oci();
    let folder = Folder::new(&client.lab, &[("main.tf", MAIN)]);
    for _ in 0..2 {
        let busy = Fault::Status(429, "TooManyRequests".into(), "Too many".into());
        oci.fail_next(Matcher::new("POST", "/vcns"), busy);
    }
    folder
        .ok("apply -input=false -auto-approve -target=oci_core_vcn.k3s")
        .await;
    let tokens: Vec<_> = oci
        .requests()
        .into_iter()
        .filter(|request| request.method == "POST")
        .map(|request| request.retry_token.expect("a token"))
        .collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(oci.resources("vcns").len(), 1);
}

#[tokio::test]
async fn an_interrupt_lets_what_is_under_way_come_to_its_end() {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let oci = client.lab.oci();
    let folder = Folder::new(&client.lab, &[("main.tf", MAIN)]);
    let mut hold = oci.hold_next(Matcher::new("POST", "/instances"), Point::BeforeAnswering);
    let child = folder
        .command(APPLY)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().expect("it runs").to_string();
    hold.reached().await.expect("a launch");
    let kill = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(kill.unwrap().success());
    hold.let_go();
    let ran = Ran::of(child.wait_with_output()).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let ingress = folder.state("oci_core_instance.ingress").await;
    assert_eq!(ingress["values"]["state"], "RUNNING", "{ran:#?}");
    assert!(ingress["tainted"].is_null());
    folder.ok(APPLY).await;
    assert_eq!(oci.resources("instances").len(), 3, "none was made twice");
}
