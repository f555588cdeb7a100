//! As much of a container registry as a check needs: whether it accepts a login.
//!
//! Asked as `docker login` asks (Docker Registry HTTP API V2): the registry names who issues tokens,
//! and whoever does gets the login, over https only. Nothing is drawn and nothing is written.

mod challenge;
mod login;

pub(super) use login::{Fault, Login, login};
