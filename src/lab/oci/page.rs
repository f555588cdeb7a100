//! Paging: `limit` and `page` in, `opc-next-page` out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::Value;

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::world::World;

/// The largest `limit` that OCI takes.
const LARGEST: usize = 1000;

/// The page of `items` that `call` asks for.
pub(super) fn cut(world: &World, call: &Call, items: Vec<Value>) -> Outcome {
    let limit = match call.query("limit") {
        None => world.page,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=LARGEST).contains(limit))
            .ok_or_else(|| Refusal::invalid(format!("limit {text} is not in 1..{LARGEST}")))?
            .min(world.page),
    };
    let start = call.query("page").map_or(Ok(0), position)?;
    let more = items.len() > start + limit;
    let page: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    let answer = Answer::json(page.into());
    Ok(if more {
        answer.with("opc-next-page", mark(start + limit))
    } else {
        answer
    })
}

/// The opaque form of a position.
fn mark(position: usize) -> String {
    BASE64.encode(format!("from {position}"))
}

fn position(mark: &str) -> Result<usize, Refusal> {
    BASE64
        .decode(mark)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("from ")?.parse().ok())
        .ok_or_else(|| Refusal::invalid(format!("page {mark} is not a page of this list")))
}
