//! The lab's provider under the real terraform: whether it is true is for that to say.

mod folder;
mod life;
mod requests;
mod tf_k3s;
mod troubles;

pub(crate) use folder::is_installed;
