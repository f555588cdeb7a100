//! The provision screen while Terraform works: recorded streams of real runs, through the store, on
//! the pane that the direct engine has.

mod screens;
mod told;
