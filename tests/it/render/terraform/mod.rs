//! The folder `tf-k3s/`: what is in it, what the real terraform makes of it, and how it is written
//! beside what an operator edited.

mod command;
mod folder;
mod judged;
mod provider;
