//! `AddVcnCidr` and `RemoveVcnCidr`: the blocks of a VCN that stands already.

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::collection;
use super::network::{blocks, overlaps, text, vcn_net};
use super::schema::{self, Field, Type, must};
use super::work;
use super::world::{Resource, World};

const MOST_BLOCKS: usize = 5;
const UPDATE_SECONDS: f64 = 2.0;
const BLOCK: &[Field] = &[must("cidrBlock", Type::Text)];

/// `vcns/{id}/actions/…`: accepted at once, done a little later.
pub(super) fn act(world: &mut World, id: &str, action: &str, call: &Call) -> Outcome {
    let adds = match action {
        "addCidr" => true,
        "removeCidr" => false,
        _ => return Err(Refusal::no_such_route(&call.target)),
    };
    collection::act_once(world, call, id, |world| {
        let vcn = world.living("vcns", id).ok_or_else(Refusal::hidden)?;
        collection::if_match(vcn, call)?;
        if vcn.state() != vcn.kind.ready {
            return Err(Refusal::incorrect_state(id, vcn.state()));
        }
        let body = call.object()?;
        schema::check(&body, BLOCK, "")?;
        let block = text(&body, "cidrBlock").unwrap_or_default();
        let next = if adds {
            with(vcn, block)?
        } else {
            without(world, vcn, block)?
        };
        world.edit(id, |vcn| {
            vcn.insert("cidrBlock".into(), next.first().cloned().into());
            vcn.insert("cidrBlocks".into(), next.into());
        });
        world.pass_through(id, "UPDATING", UPDATE_SECONDS, "AVAILABLE");
        Ok(())
    })?;
    let accepted = Answer {
        status: 202,
        ..Answer::nothing()
    };
    Ok(work::begin(world, accepted, "UPDATE", id))
}

fn owned(blocks: Vec<&str>) -> Vec<String> {
    blocks.into_iter().map(str::to_owned).collect()
}

fn with(vcn: &Resource, block: &str) -> Result<Vec<String>, Refusal> {
    let net = vcn_net(block)?;
    let mut all = owned(blocks(&vcn.body));
    if let Some(other) = all.iter().find(|other| overlaps(other, net)) {
        return Err(Refusal::invalid(format!(
            "The requested CIDR {block} is invalid: it overlaps with {other} of this VCN"
        )));
    }
    if all.len() == MOST_BLOCKS {
        return Err(Refusal::new(
            400,
            "LimitExceeded",
            format!(
                "The VCN {} has {MOST_BLOCKS} CIDR blocks already.",
                vcn.id()
            ),
        ));
    }
    all.push(block.to_owned());
    Ok(all)
}

fn without(world: &World, vcn: &Resource, block: &str) -> Result<Vec<String>, Refusal> {
    let mut all = owned(blocks(&vcn.body));
    all.retain(|other| other != block);
    if all.len() == blocks(&vcn.body).len() {
        return Err(Refusal::invalid(format!(
            "cidrBlock {block} is not a block of this VCN"
        )));
    }
    if all.is_empty() {
        return Err(Refusal::invalid(format!(
            "cidrBlock {block} is the only block of this VCN"
        )));
    }
    let net = vcn_net(block)?;
    let user = world
        .all("subnets")
        .filter(|subnet| subnet.text("vcnId") == vcn.id() && !subnet.is_over())
        .find(|subnet| overlaps(subnet.text("cidrBlock"), net));
    match user {
        Some(subnet) => Err(Refusal::conflict(format!(
            "The CIDR block {block} is used by subnet {}.",
            subnet.id()
        ))),
        None => Ok(all),
    }
}
