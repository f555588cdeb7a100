//! The lab's machines: what they print while they boot, how their bootstrap goes on or fails, and the
//! cluster that they become; what goes wrong with them on purpose, and how it is mended.

mod cluster;
mod machines;
mod pods_apart;
mod rebuilt;
mod story;
mod troubles;
mod world;
