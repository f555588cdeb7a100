//! The calls of `tfplugin5.Provider` by name. Whatever else terraform asks for on the socket is
//! unimplemented, which it takes for an answer.

use std::future::{Future, ready};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use axum::routing::post;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic_prost::ProstCodec;

use super::messages::{ImportRequest, ValidateRequest};
use super::service::Provider;

const CALLS: &str = "/tfplugin5.Provider/{call}";

/// The service.
pub(super) fn router(provider: Arc<Provider>) -> Router {
    Router::new()
        .route(CALLS, post(call))
        .fallback(|| async { unimplemented() })
        .with_state(provider)
}

fn unimplemented() -> Response<Body> {
    Status::unimplemented("the lab's provider does not have this call").into_http()
}

async fn call(
    State(provider): State<Arc<Provider>>,
    Path(name): Path<String>,
    request: Request,
) -> Response<Body> {
    let own = || Arc::clone(&provider);
    match name.as_str() {
        "GetSchema" => unary(request, |asked| ready(provider.get_schema(asked))).await,
        "PrepareProviderConfig" => unary(request, |asked| ready(Provider::prepare(asked))).await,
        "ValidateResourceTypeConfig" => {
            unary(request, |asked: ValidateRequest| {
                ready(provider.validate(&asked))
            })
            .await
        }
        "ValidateDataSourceConfig" => {
            unary(request, |asked: ValidateRequest| {
                ready(provider.validate_data(&asked))
            })
            .await
        }
        "Configure" => unary(request, |asked| ready(provider.configure(asked))).await,
        "UpgradeResourceState" => unary(request, |asked| ready(provider.upgrade(asked))).await,
        "ReadResource" => unary(request, |asked| own().read(asked)).await,
        "PlanResourceChange" => unary(request, |asked| ready(provider.plan(asked))).await,
        "ApplyResourceChange" => unary(request, |asked| own().apply(asked)).await,
        "ImportResourceState" => {
            unary(request, |asked: ImportRequest| {
                ready(provider.import(&asked))
            })
            .await
        }
        "ReadDataSource" => unary(request, |asked| own().read_data(asked)).await,
        "Stop" => unary(request, |asked| ready(provider.stop(asked))).await,
        _ => unimplemented(),
    }
}

/// One message in, one out.
async fn unary<Q, A, F>(request: Request, mut answer: impl FnMut(Q) -> F + Send) -> Response<Body>
where
    Q: Message + Default + 'static,
    A: Message + Default + 'static,
    F: Future<Output = A> + Send,
{
    let service = tower::service_fn(move |request: tonic::Request<Q>| {
        let answered = answer(request.into_inner());
        async move { Ok::<_, Status>(tonic::Response::new(answered.await)) }
    });
    Grpc::new(ProstCodec::<A, Q>::default())
        .unary(service, request)
        .await
}
