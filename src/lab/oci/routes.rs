//! Which request goes where: the services by their base paths, special routes before the table.

use axum::http::Method;

use super::answer::{Outcome, Refusal};
use super::call::Call;
use super::world::World;
use super::{
    address, capacity, catalog, cidr, collection, console, identity, instance, launch, limits,
    monitoring, public_ip, quota, vault, work,
};

const CORE_AND_IDENTITY: &str = "20160918";
const LIMITS: &str = "20190729";
const QUOTAS: &str = "20181025";
const KEYS: &str = "20180608";
const MONITORING: &str = "20180401";

/// Answers a request whose signature has been verified.
pub(super) fn answer(world: &mut World, call: &Call) -> Outcome {
    let segments = call.segments();
    match segments.split_first() {
        Some((&CORE_AND_IDENTITY, rest)) => identity::route(world, call, rest)
            .or_else(|| catalog::route(world, call, rest))
            .unwrap_or_else(|| core(world, call, rest)),
        Some((&LIMITS, rest)) => limits::route(world, call, rest),
        Some((&QUOTAS, rest)) => quota::route(world, call, rest),
        Some((&KEYS, rest)) => vault::route(world, call, rest),
        Some((&MONITORING, rest)) => monitoring::route(world, call, rest),
        _ => Err(Refusal::no_such_route(&call.target)),
    }
}

fn core(world: &mut World, call: &Call, rest: &[&str]) -> Outcome {
    let post = call.method == Method::POST;
    let put = call.method == Method::PUT;
    let delete = call.method == Method::DELETE;
    match rest {
        ["computeCapacityReports"] if post => capacity::report(world, call),
        ["instances"] if post => launch::launch(world, call),
        ["instances", id] if post => instance::act(world, id, call),
        ["instances", id] if put => instance::update(world, id, call),
        ["instances", id] if delete => instance::terminate(world, id, call),
        ["instanceConsoleHistories", id, "data"] => console::content(world, call, id),
        ["publicIps", "actions", action] if post => public_ip::find(world, call, action),
        ["vcns", id, "actions", action] if post => cidr::act(world, id, action, call),
        ["privateIps", id] if delete => address::delete(world, id, call),
        ["publicIps", id] if delete => public_ip::delete(world, id, call),
        ["workRequests", id] if call.method == Method::GET => work::get(world, id),
        [path] => by_table(world, call, path, None),
        [path, id] => by_table(world, call, path, Some(id)),
        _ => Err(Refusal::no_such_route(&call.target)),
    }
}

fn by_table(world: &mut World, call: &Call, path: &str, id: Option<&str>) -> Outcome {
    let Some(kind) = World::kind(path) else {
        return Err(Refusal::no_such_route(&call.target));
    };
    match (call.method.as_str(), id) {
        ("GET", None) => collection::list(world, kind, call),
        ("POST", None) => collection::create(world, kind, call),
        ("GET", Some(id)) => collection::get(world, kind, id),
        ("PUT", Some(id)) => collection::update(world, kind, id, call),
        ("DELETE", Some(id)) => collection::delete(world, kind, id, call),
        _ => Err(Refusal::no_such_route(&call.target)),
    }
}
