//! Cloudflare's API as a client meets it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::{lab, text};

struct Account {
    base: String,
    token: String,
    client: Client,
}

impl Account {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.1
    }
}

fn account(lab: &k3scope::lab::Lab) -> Account {
    Account {
        base: text(lab, "/cloudflare/endpoint"),
        token: text(lab, "/cloudflare/token"),
        client: Client::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_made_found_changed_and_deleted() {
    let lab = lab("empty", 1.0).await;
    let account = account(&lab);
    assert_eq!(
        account.get("/user/tokens/verify").await["result"]["status"],
        "active"
    );
    let zones = account.get("/zones?name=example.com").await;
    let zone = zones["result"][0]["id"].as_str().unwrap().to_owned();
    let records = format!("/zones/{zone}/dns_records");
    let wanted =
        json!({"type": "A", "name": "k3s", "content": "203.0.113.10", "ttl": 1, "proxied": false});
    let (status, made) = account
        .call(Method::POST, &records, Some(wanted.clone()))
        .await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert_eq!(made["result"]["name"], "k3s.example.com");
    let (status, twin) = account.call(Method::POST, &records, Some(wanted)).await;
    assert_eq!(
        (status.as_u16(), &twin["errors"][0]["code"]),
        (400, &json!(81058))
    );
    let alias = json!({"type": "CNAME", "name": "k3s.example.com", "content": "x.example.com"});
    let (_, clash) = account.call(Method::POST, &records, Some(alias)).await;
    assert_eq!(clash["errors"][0]["code"], 81053);
    let one = format!("{records}/{}", made["result"]["id"].as_str().unwrap());
    let (_, changed) = account
        .call(Method::PATCH, &one, Some(json!({"proxied": true})))
        .await;
    assert_eq!(changed["result"]["proxied"], true);
    assert_eq!(changed["result"]["content"], "203.0.113.10");
    let found = account
        .get(&format!("{records}?type=A&content=203.0.113.10"))
        .await;
    assert_eq!(found["result_info"]["total_count"], 1);
    let (_, gone) = account.call(Method::DELETE, &one, None).await;
    assert_eq!(gone["result"]["id"], made["result"]["id"]);
    let (status, missing) = account.call(Method::DELETE, &one, None).await;
    assert_eq!(
        (status.as_u16(), &missing["errors"][0]["code"]),
        (404, &json!(81044))
    );
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages() {
    let lab = lab("empty", 1.0).await;
    let account = account(&lab);
    let zones = account.get("/zones").await;
    let records = format!(
        "/zones/{}/dns_records",
        zones["result"][0]["id"].as_str().unwrap()
    );
    for index in 0..5 {
        let body = json!({"type": "TXT", "name": format!("t{index}"), "content": "x"});
        account.call(Method::POST, &records, Some(body)).await;
    }
    let second = account.get(&format!("{records}?per_page=2&page=2")).await;
    assert_eq!(second["result"][0]["name"], "t2.example.com");
    let info = json!({"page": 2, "per_page": 2, "count": 2, "total_count": 5, "total_pages": 3});
    assert_eq!(second["result_info"], info);
    let beyond = account.get(&format!("{records}?per_page=2&page=4")).await;
    assert_eq!(beyond["result"], json!([]));
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_told_with_cloudflares_codes() {
    let lab = lab("empty", 1.0).await;
    let mut account = account(&lab);
    let (status, unknown) = account
        .call(Method::GET, "/zones/none/dns_records", None)
        .await;
    assert_eq!(
        (status.as_u16(), &unknown["errors"][0]["code"]),
        (404, &json!(7003))
    );
    account.token = "not-one-of-the-tokens".to_owned();
    let (status, refused) = account.call(Method::GET, "/user/tokens/verify", None).await;
    assert_eq!(
        (status.as_u16(), &refused["errors"][0]["code"]),
        (401, &json!(1000))
    );
    account.token = "two words".to_owned();
    let (status, malformed) = account.call(Method::GET, "/zones", None).await;
    assert_eq!(status.as_u16(), 400);
    assert_eq!(malformed["errors"][0]["error_chain"][0]["code"], 6111);
    lab.stop().await.unwrap();
}

/// Cloudflare's own SDK for Python, where it is installed.
#[tokio::test(flavor = "multi_thread")]
async fn cloudflares_python_client_works() {
    const PROGRAM: &str = "
import cloudflare
c = cloudflare.Cloudflare()
zone = next(iter(c.zones.list(name='example.com')))
made = c.dns.records.create(zone_id=zone.id, type='A', name='py.example.com', content='203.0.113.7', ttl=1)
names = [r.name for r in c.dns.records.list(zone_id=zone.id)]
c.dns.records.delete(made.id, zone_id=zone.id)
print(c.user.tokens.verify().status, names, len(list(c.dns.records.list(zone_id=zone.id))))
";
    let has = std::process::Command::new("python3")
        .args(["-c", "import cloudflare"])
        .output();
    if !has.is_ok_and(|output| output.status.success()) {
        assert!(
            std::env::var_os("K3SCOPE_REQUIRE_REAL").is_none(),
            "PyPI cloudflare is missing"
        );
        println!("skipped: PyPI cloudflare is not installed");
        return;
    }
    let lab = lab("empty", 1.0).await;
    let output = tokio::process::Command::new("python3")
        .args(["-c", PROGRAM])
        .env("CLOUDFLARE_BASE_URL", text(&lab, "/cloudflare/endpoint"))
        .env("CLOUDFLARE_API_TOKEN", text(&lab, "/cloudflare/token"))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.trim(), "active ['py.example.com'] 0", "{wrong}");
    lab.stop().await.unwrap();
}
