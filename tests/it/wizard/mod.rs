//! The wizard as a person sees it: every step drawn, and the whole way by keys.

mod desk;
mod keys;
mod screens;
