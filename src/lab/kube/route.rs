//! From a request to its answer: who may, which kind, which verb.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header, request};
use serde_json::{Value, json};

use super::body;
use super::delete;
use super::discovery;
use super::eviction;
use super::exec;
use super::faults::{Fault, is_write};
use super::forward;
use super::list;
use super::logs;
use super::openapi;
use super::patch;
use super::request::{Form, Params, Target, form};
use super::review;
use super::scale;
use super::selector::Selector;
use super::server::Context;
use super::status::{Failure, json_response, no_such_page, text_response};
use super::table;
use super::users::{self, User};
use super::view::{View, partial};
use super::watch;
use super::write::{Writer, Written};

/// As large as etcd takes an object.
const LARGEST_BODY: usize = 3 * 1024 * 1024;

/// Answers a request.
pub(super) async fn answer(
    context: &Arc<Context>,
    user: Option<&'static User>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let open = matches!(
        parts.uri.path(),
        "/healthz" | "/livez" | "/readyz" | "/version"
    );
    let Some(user) = user.or_else(|| open.then(users::anyone)) else {
        return Failure::unauthorized().response();
    };
    if let Some(response) = public(context, &parts) {
        return response;
    }
    let Some(target) = Target::of(parts.uri.path()) else {
        return no_such_page();
    };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Failure::new(
            413,
            "RequestEntityTooLarge",
            "Request entity too large: limit is 3145728",
        )
        .response();
    };
    let call = Call {
        params: Params::of(&parts.uri),
        context,
        user,
        target,
        parts,
        body,
    };
    call.answer().unwrap_or_else(|failure| failure.response())
}

/// An answer that breaks off before anything of it can be read.
fn broken() -> Response<Body> {
    let cut = std::io::Error::other("the connection was cut");
    Response::new(Body::from_stream(futures::stream::once(async {
        Err::<Bytes, _>(cut)
    })))
}

/// What is not about objects.
fn public(context: &Context, parts: &request::Parts) -> Option<Response<Body>> {
    let path = parts.uri.path().trim_end_matches('/');
    let kinds = context.objects.kinds();
    let body = match path {
        "/healthz" | "/livez" | "/readyz" => return Some(text_response(StatusCode::OK, "ok")),
        "/version" => super::version::version(),
        "/openapi/v2" => openapi::version_2(),
        "/openapi/v3" => openapi::index(&kinds),
        _ => match path.strip_prefix("/openapi/v3/") {
            Some(document) => {
                return Some(
                    openapi::document(&kinds, document)
                        .map_or_else(no_such_page, |body| json_response(StatusCode::OK, &body)),
                );
            }
            None => return discovery::answer(&kinds, path, &parts.headers),
        },
    };
    Some(json_response(StatusCode::OK, &body))
}

struct Call<'a> {
    context: &'a Arc<Context>,
    user: &'static User,
    target: Target,
    params: Params,
    parts: request::Parts,
    body: Bytes,
}

impl Call<'_> {
    fn answer(&self) -> Result<Response<Body>, Failure> {
        let verb = self.target.verb(&self.parts.method, &self.params);
        if self.is_review() {
            return self.review();
        }
        let checked = self.user.check(verb, &self.target, &self.context.withheld);
        if is_write(verb) {
            let allowed = checked.is_ok();
            self.context
                .audit
                .note((&self.user.name, allowed), verb, &self.target);
        }
        checked?;
        if self.context.faults.is_silent() {
            return Ok(broken());
        }
        match self.context.faults.take(verb) {
            Some(Fault::RequestLost) => return Ok(broken()),
            Some(Fault::AnswerLost | Fault::Silence) => {
                self.carry_out(verb)?;
                return Ok(broken());
            }
            Some(Fault::Overtaken) => self.overtake()?,
            Some(Fault::WatchExpired) => return Ok(watch::expired()),
            Some(Fault::TooManyRequests) => return Err(Failure::too_many_requests()),
            Some(Fault::Unauthorized) => return Err(Failure::unauthorized()),
            Some(Fault::Vetoed) => return Err(Failure::vetoed()),
            Some(Fault::Internal) => return Err(Failure::internal("etcdserver: leader changed")),
            None => {}
        }
        self.carry_out(verb)
    }

    /// Somebody else is faster.
    fn overtake(&self) -> Result<(), Failure> {
        if let Some(view) = self.view()? {
            // Each time another one: what is set as it was is no change.
            let theirs = json!({"metadata": {"annotations": {
                "example.com/overtaken": "true",
                "example.com/overtaken-by": super::meta::uid(),
            }}});
            let target = &self.target;
            let name = target.name.as_deref().unwrap_or_default();
            let (resource, space) = (view.kind.resource(), target.namespace.as_deref());
            self.context
                .objects
                .change(&resource, space, name, |object| {
                    json_patch::merge(object, &theirs);
                });
        }
        Ok(())
    }

    fn carry_out(&self, verb: &str) -> Result<Response<Body>, Failure> {
        let Some(view) = self.view()? else {
            return Ok(no_such_page());
        };
        match self.target.subresource.as_deref() {
            None => self.object(&view, verb),
            Some("status") if view.kind.status => self.status(&view, verb),
            Some("scale") if view.kind.scale => self.scale(&view, verb),
            Some("eviction") if view.kind.resource() == "pods" => self.evict(&view, verb),
            Some("portforward") if view.kind.resource() == "pods" => self.forward(&view),
            Some("exec") if view.kind.resource() == "pods" => self.exec(&view),
            Some("log") if view.kind.resource() == "pods" => self.log(&view, verb),
            Some(_) => Err(Failure::no_resource()),
        }
    }

    /// The kind; none where not even the group's version is served.
    fn view(&self) -> Result<Option<View>, Failure> {
        let Target {
            group,
            version,
            plural,
            ..
        } = &self.target;
        let kinds = self.context.objects.kinds();
        if let Some(kind) = kinds.served(group, version, plural) {
            if kind.namespaced != self.target.namespace.is_some()
                && (self.target.name.is_some() || !kind.namespaced)
            {
                return Err(Failure::no_resource());
            }
            return Ok(Some(View {
                kind,
                version: version.clone(),
            }));
        }
        let known = kinds
            .all()
            .any(|kind| kind.group == *group && kind.versions.contains(version));
        if known && group.is_empty() {
            Err(Failure::no_resource())
        } else {
            Ok(None)
        }
    }

    fn object(&self, view: &View, verb: &str) -> Result<Response<Body>, Failure> {
        if view.kind.read_only && !matches!(verb, "get" | "list") {
            return Err(Failure::not_allowed());
        }
        match verb {
            "get" => self.show(view, self.found(view)?.as_ref(), StatusCode::OK),
            "list" => self.list(view),
            "watch" => self.watch(view),
            "create" if self.target.name.is_none() => {
                self.needs_namespace(view)?;
                let written = self.writer(view).create(self.json()?)?;
                self.written(view, &written)
            }
            "update" => {
                let written = self.writer(view).replace(self.json()?)?;
                self.written(view, &written)
            }
            "patch" if self.target.name.is_some() => {
                let written = patch::patch(&self.writer(view), &self.parts.headers, &self.body)?;
                self.written(view, &written)
            }
            "delete" => self.delete(view),
            "deletecollection" => self.delete_all(view),
            _ => Err(Failure::not_allowed()),
        }
    }

    fn status(&self, view: &View, verb: &str) -> Result<Response<Body>, Failure> {
        match verb {
            "get" => self.show(view, self.found(view)?.as_ref(), StatusCode::OK),
            "update" => {
                let written = self.writer(view).replace(self.json()?)?;
                self.written(view, &written)
            }
            "patch" => {
                let written = patch::patch(&self.writer(view), &self.parts.headers, &self.body)?;
                self.written(view, &written)
            }
            _ => Err(Failure::not_allowed()),
        }
    }

    fn scale(&self, view: &View, verb: &str) -> Result<Response<Body>, Failure> {
        let found = self.found(view)?;
        let scale = scale::of(&found);
        let scale = match verb {
            "get" => scale,
            "update" => scale::write(&self.writer(view), &found, &self.json()?)?,
            "patch" => {
                let mut wanted = scale;
                json_patch::merge(&mut wanted, &self.json()?);
                scale::write(&self.writer(view), &found, &wanted)?
            }
            _ => return Err(Failure::not_allowed()),
        };
        Ok(json_response(StatusCode::OK, &scale))
    }

    /// A stream to a pod begins with a GET, and needs the right to create (from 1.35 on).
    fn may_create(&self) -> Result<(), Failure> {
        let withheld = &self.context.withheld;
        let checked = self.user.check("create", &self.target, withheld);
        let who = (self.user.name.as_str(), checked.is_ok());
        self.context.audit.note(who, "create", &self.target);
        checked
    }

    fn exec(&self, view: &View) -> Result<Response<Body>, Failure> {
        self.may_create()?;
        let found = self.found(view)?;
        let mut parts = self.parts.clone();
        let session = exec::agree(&self.context.objects, &found, &mut parts)?;
        let (response, running) = session.split();
        let cut = self.context.faults.streams();
        self.context.tunnels.spawn(async move {
            cut.run_until_cancelled(running).await;
        });
        Ok(response)
    }

    fn forward(&self, view: &View) -> Result<Response<Body>, Failure> {
        self.may_create()?;
        let found = self.found(view)?;
        let mut parts = self.parts.clone();
        let nowhere: forward::ForwardTarget = Arc::new(|_| None);
        let target = self.context.forward.as_ref().unwrap_or(&nowhere);
        let tunnel = forward::agree(target, &found, &self.params, &mut parts)?;
        let (response, carrying) = tunnel.split();
        let cut = self.context.faults.streams();
        self.context.tunnels.spawn(async move {
            cut.run_until_cancelled(carrying).await;
        });
        Ok(response)
    }

    fn log(&self, view: &View, verb: &str) -> Result<Response<Body>, Failure> {
        if verb != "get" {
            return Err(Failure::not_allowed());
        }
        logs::answer(
            self.context.logs.as_ref(),
            self.found(view)?.as_ref(),
            &self.params,
            self.context.faults.streams(),
            self.context.objects.clock().now(),
        )
    }

    /// An eviction is a delete that a disruption budget can hold back.
    fn evict(&self, view: &View, verb: &str) -> Result<Response<Body>, Failure> {
        if verb != "create" {
            return Err(Failure::not_allowed());
        }
        let eviction = self.json()?;
        eviction::permits(&self.context.objects, self.found(view)?.as_ref())?;
        let nothing = json!({});
        let options = eviction.get("deleteOptions").unwrap_or(&nothing);
        let options = delete::Options::of(&self.params, options);
        let objects = &self.context.objects;
        let key = self.writer(view).key();
        delete::delete(objects, &view.kind, &view.table(), key, &options)?;
        let done = json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
                          "status": "Success", "code": 201});
        Ok(json_response(StatusCode::CREATED, &done))
    }

    fn is_review(&self) -> bool {
        self.parts.method == Method::POST
            && self.target.version == "v1"
            && discovery::REVIEWS.iter().any(|(group, _, plural, _)| {
                *group == self.target.group && *plural == self.target.plural
            })
    }

    fn review(&self) -> Result<Response<Body>, Failure> {
        let now = self.context.objects.clock().now();
        let review = review::answer(
            (self.user, &self.context.withheld),
            &self.target.plural,
            &self.json()?,
            now,
        )?;
        Ok(json_response(StatusCode::CREATED, &review))
    }

    fn found(&self, view: &View) -> Result<Arc<Value>, Failure> {
        let name = self.target.name.as_deref().unwrap_or_default();
        let namespace = self.target.namespace.as_deref();
        self.context
            .objects
            .shared(&view.table(), namespace, name)
            .ok_or_else(|| Failure::not_found(&view.kind, name))
    }

    fn list(&self, view: &View) -> Result<Response<Body>, Failure> {
        let form = form(&self.parts.headers).ok_or_else(Failure::not_acceptable)?;
        let page = list::page(
            &self.context.objects,
            view,
            &self.selector(view)?,
            &self.params,
        )?;
        let now = self.context.objects.clock().now();
        Ok(list::answer(view, page, form, &self.params, now))
    }

    fn watch(&self, view: &View) -> Result<Response<Body>, Failure> {
        watch::answer(
            self.context.objects.clone(),
            watch::Request {
                view: view.clone(),
                selector: self.selector(view)?,
                params: self.params.clone(),
                form: form(&self.parts.headers).ok_or_else(Failure::not_acceptable)?,
                cut: self.context.faults.streams(),
            },
        )
    }

    fn selector(&self, view: &View) -> Result<Selector, Failure> {
        let namespace = self.target.namespace.as_deref();
        Selector::of(&view.kind, namespace, &self.params)
    }

    fn delete(&self, view: &View) -> Result<Response<Body>, Failure> {
        let options = delete::Options::of(&self.params, &self.options()?);
        let key = self.writer(view).key();
        let objects = &self.context.objects;
        let deleted = delete::delete(objects, &view.kind, &view.table(), key, &options)?;
        Ok(json_response(
            StatusCode::OK,
            &delete::body(&view.kind, &deleted),
        ))
    }

    fn delete_all(&self, view: &View) -> Result<Response<Body>, Failure> {
        let options = delete::Options::of(&self.params, &self.options()?);
        let objects = &self.context.objects;
        let page = list::page(objects, view, &self.selector(view)?, &Params::default())?;
        for object in &page.objects {
            let key = super::meta::key(object);
            delete::delete(objects, &view.kind, &view.table(), key, &options)?;
        }
        let now = objects.clock().now();
        Ok(list::answer(view, page, Form::Plain, &self.params, now))
    }

    fn needs_namespace(&self, view: &View) -> Result<(), Failure> {
        if view.kind.namespaced && self.target.namespace.is_none() {
            return Err(Failure::not_allowed());
        }
        Ok(())
    }

    fn writer<'b>(&'b self, view: &'b View) -> Writer<'b> {
        let manager = match self.params.text("fieldManager") {
            "" => body::agent(&self.parts.headers),
            given => given,
        };
        Writer {
            objects: &self.context.objects,
            view,
            target: &self.target,
            params: &self.params,
            manager: manager.to_owned(),
        }
    }

    fn json(&self) -> Result<Value, Failure> {
        body::read(&self.parts.headers, &self.body)
    }

    fn options(&self) -> Result<Value, Failure> {
        if self.body.is_empty() {
            Ok(json!({}))
        } else {
            self.json()
        }
    }

    fn written(&self, view: &View, written: &Written) -> Result<Response<Body>, Failure> {
        let code = if written.created {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        let mut response = self.show(view, &written.object, code)?;
        if self.params.text("fieldValidation") != "Ignore" {
            for field in &written.warnings {
                let warning = format!("299 - \"unknown field \\\"{field}\\\"\"");
                if let Ok(warning) = HeaderValue::from_str(&warning) {
                    response.headers_mut().append(header::WARNING, warning);
                }
            }
        }
        Ok(response)
    }

    fn show(
        &self,
        view: &View,
        object: &Value,
        code: StatusCode,
    ) -> Result<Response<Body>, Failure> {
        let shown = view.show(object);
        let body = match form(&self.parts.headers).ok_or_else(Failure::not_acceptable)? {
            Form::Plain => shown.into_owned(),
            Form::Metadata => partial(&shown),
            Form::Table => {
                let now = self.context.objects.clock().now();
                table::table(view, std::iter::once(shown), &self.params, now)
            }
        };
        Ok(json_response(code, &body))
    }
}
