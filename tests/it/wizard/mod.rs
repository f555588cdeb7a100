//! The wizard as a person sees it: every step drawn, and the whole way by keys.

mod checks;
mod desk;
mod keys;
mod screens;
