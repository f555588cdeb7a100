//! Launches that come too fast: more than so many a minute are turned away.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::answer::Refusal;
use super::world::World;

/// A little less than a minute: a client that keeps to the minute by its own clock is not punished
/// for one request that travelled slower than the next.
const MINUTE: Duration = Duration::from_secs(55);

/// The launches of the last minute.
#[derive(Debug, Default)]
pub(super) struct Rush {
    /// How many a minute are taken; all when absent.
    pub(super) most: Option<usize>,
    taken: VecDeque<Timestamp>,
}

/// Takes a launch or turns it away; what is turned away does not count.
pub(super) fn admit(world: &mut World) -> Result<(), Refusal> {
    let (now, minute) = (world.now, world.clock.at_pace(MINUTE));
    let rush = &mut world.rush;
    let Some(most) = rush.most else {
        return Ok(());
    };
    rush.taken
        .retain(|at| now.duration_since(*at).unsigned_abs() < minute);
    if rush.taken.len() >= most {
        return Err(Refusal::too_many());
    }
    rush.taken.push_back(now);
    Ok(())
}
