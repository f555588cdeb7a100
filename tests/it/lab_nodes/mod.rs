//! The lab's machines: what they print while they boot, how their bootstrap goes on or fails, and the
//! cluster that they become.

mod cluster;
mod machines;
mod world;
