//! What the footer offers, by what can be done now.

use crate::command::Command;

/// What has the keys, and what there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Something is typed.
    Typing,
    /// One node is open; whether something of it can be mended.
    Open { mends: bool },
    /// Nothing is followed.
    Idle,
    /// The cluster is healthy.
    Healthy,
    /// Following ended before that.
    Ended,
    /// Something can be mended.
    Mends,
    /// Something is searched for.
    Searching,
    /// The nodes come up.
    Following,
}

/// The commands that the footer offers, the most useful first.
pub(super) fn hints(standing: Standing) -> &'static [Command] {
    match standing {
        Standing::Typing => &[Command::Accept, Command::Cancel],
        Standing::Open { mends: true } => &[
            Command::Retry,
            Command::Back,
            Command::OpenShell,
            Command::SaveLog,
            Command::Down,
            Command::CopyText,
        ],
        Standing::Open { mends: false } => &[
            Command::Back,
            Command::OpenShell,
            Command::SaveLog,
            Command::Down,
            Command::CopyText,
        ],
        Standing::Idle => &[Command::Proceed, Command::NextTab],
        Standing::Healthy => &[
            Command::Proceed,
            Command::Retry,
            Command::NextPane,
            Command::Open,
            Command::OpenShell,
            Command::SaveLog,
        ],
        Standing::Ended => &[
            Command::Retry,
            Command::Open,
            Command::NextPane,
            Command::Search,
            Command::Proceed,
        ],
        Standing::Mends => &[
            Command::Retry,
            Command::NextPane,
            Command::Open,
            Command::OpenShell,
            Command::SaveLog,
            Command::Search,
            Command::FollowLog,
            Command::Proceed,
        ],
        Standing::Searching => &[
            Command::SearchNext,
            Command::SearchPrevious,
            Command::Back,
            Command::Filter,
            Command::FollowLog,
            Command::NextPane,
        ],
        Standing::Following => &[
            Command::NextPane,
            Command::Search,
            Command::Stop,
            Command::Proceed,
            Command::Open,
            Command::OpenShell,
            Command::FollowLog,
            Command::WrapLog,
            Command::ShowTimes,
            Command::Filter,
        ],
    }
}
