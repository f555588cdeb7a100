//! The routes of `/client/v4`, each a few lines over [`Zone`] and [`Tokens`].
//!
//! The base path is optional, because Cloudflare's SDKs take the whole base from their environment.

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header::AUTHORIZATION};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Refusal, one, page};
use super::fault::{CloudflareFault, Faults, broken};
use super::record::Record;
use super::token::{Admitted, Tokens, Wish};
use super::zone::Zone;
use crate::clock::Clock;

/// Where the lab's operator is on the internet.
const OPERATOR: &str = "198.51.100.7";

#[derive(Clone)]
struct Account {
    zone: Zone,
    tokens: Tokens,
    faults: Faults,
    clock: Clock,
}

/// The API over one zone.
pub(crate) fn router((zone, tokens): (Zone, Tokens), faults: Faults, clock: Clock) -> Router {
    let account = Account {
        zone,
        tokens,
        faults,
        clock,
    };
    let routes = Router::new()
        .route("/user/tokens/verify", get(verify))
        .route("/zones", get(zones))
        .route("/zones/{zone}", get(one_zone))
        .route("/zones/{zone}/dns_records", get(records).post(create))
        .route(
            "/zones/{zone}/dns_records/{id}",
            get(record).patch(patch).put(replace).delete(delete),
        )
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(account.clone(), admit))
        .with_state(account);
    Router::new()
        .route("/cdn-cgi/trace", get(trace))
        .nest("/client/v4", routes.clone())
        .merge(routes)
}

async fn admit(State(account): State<Account>, mut request: Request, next: Next) -> Response {
    let wish = wish(request.method(), request.uri().path());
    let authorization = authorization(request.headers());
    let admitted = match account
        .tokens
        .admit(authorization, wish, account.clock.now())
    {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.into_response(),
    };
    if account.faults.is_silent() {
        return broken();
    }
    let fault = (wish == Wish::EditRecords).then(|| account.faults.take());
    let fault = fault.flatten();
    if fault == Some(CloudflareFault::RequestLost) {
        return broken();
    }
    let mut response = if admitted.remaining < 0 {
        Refusal::too_many(admitted.resets_in)
    } else {
        request.extensions_mut().insert(admitted);
        next.run(request).await
    };
    if fault.is_some() {
        return broken();
    }
    let left = format!(
        "\"default\";r={};t={}",
        admitted.remaining.max(0),
        admitted.resets_in
    );
    let headers = response.headers_mut();
    if let Ok(left) = HeaderValue::from_str(&left) {
        headers.insert("ratelimit", left);
    }
    headers.insert(
        "ratelimit-policy",
        HeaderValue::from_static("\"default\";q=1200;w=300"),
    );
    response
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()
}

fn wish(method: &Method, path: &str) -> Wish {
    if path.ends_with("/tokens/verify") {
        Wish::Verify
    } else if !path.contains("/dns_records") {
        Wish::ReadZone
    } else if method == Method::GET {
        Wish::ReadRecords
    } else {
        Wish::EditRecords
    }
}

async fn nowhere(request: Request) -> Refusal {
    Refusal::no_route(request.uri().path())
}

/// How Cloudflare's edge sees whoever asks: a page that every host of its has, open to everybody.
async fn trace(headers: HeaderMap) -> String {
    let of = |name| {
        let value = headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    };
    format!(
        "fl=123f45\nh={}\nip={OPERATOR}\nvisit_scheme=https\nuag={}\ncolo=FRA\nsliver=none\n\
         http=http/1.1\nloc=DE\ntls=TLSv1.3\nsni=plaintext\nwarp=off\ngateway=off\nrbi=off\n\
         kex=X25519\n",
        of("host"),
        of("user-agent"),
    )
}

async fn verify() -> Json<Value> {
    Json(json!({
        "result": {"id": "ed17574386854bf78a67040be0a770b0", "status": "active"},
        "success": true, "errors": [],
        "messages": [{"code": 10000, "message": "This API Token is valid and active", "type": null}],
    }))
}

#[derive(Deserialize)]
struct Wanted {
    name: Option<String>,
    #[serde(rename = "name.exact")]
    name_exact: Option<String>,
    status: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    content: Option<String>,
    #[serde(rename = "content.exact")]
    content_exact: Option<String>,
    page: Option<usize>,
    per_page: Option<usize>,
}

impl Wanted {
    fn page(&self) -> usize {
        self.page.unwrap_or(1).max(1)
    }

    fn per_page(&self, usual: usize, most: usize) -> usize {
        self.per_page.unwrap_or(usual).clamp(1, most)
    }

    fn has(&self, record: &Record) -> bool {
        let name = self.name_exact.as_ref().or(self.name.as_ref());
        let content = self.content_exact.as_ref().or(self.content.as_ref());
        name.is_none_or(|name| name.eq_ignore_ascii_case(&record.name))
            && content.is_none_or(|content| *content == record.content)
            && self
                .kind
                .as_ref()
                .is_none_or(|kind| kind.eq_ignore_ascii_case(&record.kind))
    }
}

async fn zones(
    State(account): State<Account>,
    Extension(admitted): Extension<Admitted>,
    Query(wanted): Query<Wanted>,
) -> Json<Value> {
    let named = wanted
        .name
        .as_deref()
        .is_none_or(|name| name == account.zone.name());
    let active = wanted
        .status
        .as_deref()
        .is_none_or(|status| status == "active");
    let shown = if named && active && admitted.scope.lists_zones() {
        vec![account.zone.to_json(permissions(admitted))]
    } else {
        Vec::new()
    };
    page(shown, wanted.page(), wanted.per_page(20, 50))
}

fn permissions(admitted: Admitted) -> &'static [&'static str] {
    match admitted.scope {
        super::Scope::Full => &["#dns_records:edit", "#dns_records:read", "#zone:read"],
        super::Scope::ReadOnly => &["#dns_records:read", "#zone:read"],
        super::Scope::RecordsOnly => &["#dns_records:edit", "#dns_records:read"],
    }
}

async fn one_zone(
    State(account): State<Account>,
    Extension(admitted): Extension<Admitted>,
    Path(zone): Path<String>,
) -> Result<Json<Value>, Refusal> {
    account.checked(&zone, "")?;
    Ok(one(&account.zone.to_json(permissions(admitted))))
}

impl Account {
    fn checked(&self, zone: &str, rest: &str) -> Result<(), Refusal> {
        if zone == self.zone.id() {
            Ok(())
        } else {
            Err(Refusal::no_route(&format!("/client/v4/zones/{zone}{rest}")))
        }
    }
}

async fn records(
    State(account): State<Account>,
    Path(zone): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Refusal> {
    account.checked(&zone, "/dns_records")?;
    let mut found = account.zone.records();
    found.retain(|record| wanted.has(record));
    let shown = found.iter().map(Record::to_json).collect();
    Ok(page(shown, wanted.page(), wanted.per_page(100, 5_000)))
}

async fn create(
    State(account): State<Account>,
    Path(zone): Path<String>,
    body: Result<Json<Value>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    account.checked(&zone, "/dns_records")?;
    let record = Record::new("", "", "").with(&parsed(body)?, account.zone.name())?;
    let made = account.zone.create(record, account.clock.now())?;
    Ok(one(&made.to_json()))
}

fn parsed(
    body: Result<Json<Value>, axum::extract::rejection::JsonRejection>,
) -> Result<Value, Refusal> {
    body.map(|Json(value)| value)
        .map_err(|refused| Refusal::bad_request(&refused.body_text()))
}

async fn record(
    State(account): State<Account>,
    Path((zone, id)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    account.checked(&zone, "/dns_records")?;
    Ok(one(&account.zone.find(&id)?.to_json()))
}

async fn patch(
    State(account): State<Account>,
    Path((zone, id)): Path<(String, String)>,
    body: Result<Json<Value>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    account.checked(&zone, "/dns_records")?;
    let known = account.zone.find(&id)?;
    let next = known.with(&parsed(body)?, account.zone.name())?;
    Ok(one(&account
        .zone
        .update(next, account.clock.now())?
        .to_json()))
}

async fn replace(
    State(account): State<Account>,
    Path((zone, id)): Path<(String, String)>,
    body: Result<Json<Value>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    account.checked(&zone, "/dns_records")?;
    let known = account.zone.find(&id)?;
    let bare = Record {
        id: known.id,
        created: known.created,
        ..Record::new("", "", "")
    };
    let next = bare.with(&parsed(body)?, account.zone.name())?;
    Ok(one(&account
        .zone
        .update(next, account.clock.now())?
        .to_json()))
}

async fn delete(
    State(account): State<Account>,
    Path((zone, id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    account.checked(&zone, "/dns_records")?;
    let gone = account.zone.delete(&id)?;
    Ok((StatusCode::OK, one(&json!({"id": gone.id}))))
}
