//! Everything that a person can ask of the cockpit, one variant each.
//!
//! The first line of a variant's documentation is what help, palette and README say about it, so
//! there is one text to write and none to forget. Which key asks for it is the keymap's matter.

use strum::{EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr};

/// What a person may ask.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    EnumString,
    EnumMessage,
    EnumProperty,
    IntoStaticStr,
    strum::Display,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Move up one row
    #[strum(props(label = "up"))]
    Up,
    /// Move down one row
    #[strum(props(label = "down"))]
    Down,
    /// Go to the first row
    Top,
    /// Go to the last row
    Bottom,
    /// Go up one page
    PageUp,
    /// Go down one page
    #[strum(props(label = "page down"))]
    PageDown,
    /// Go left: to the pane or the object before
    Left,
    /// Go right: to the next pane or object
    #[strum(props(label = "next one"))]
    Right,
    /// Open what is selected
    #[strum(props(label = "open"))]
    Open,
    /// Leave what is open
    #[strum(props(label = "back"))]
    Back,
    /// Go to the next pane of this tab
    #[strum(props(label = "next pane"))]
    NextPane,
    /// Go to the previous pane of this tab
    PreviousPane,
    /// Go to the next tab
    #[strum(props(label = "next tab"))]
    NextTab,
    /// Go to the previous tab
    PreviousTab,
    /// Show the bridge: what is well and what is not
    ShowBridge,
    /// Show applications (Argo CD)
    ShowApps,
    /// Show certificates (cert-manager)
    ShowCerts,
    /// Show DNS records
    ShowDns,
    /// Show routes (Gateway API)
    ShowRoutes,
    /// Show nodes
    ShowNodes,
    /// Show pods
    ShowPods,
    /// Show the cluster's events
    ShowEvents,
    /// Show what k3scope itself logged
    ShowLog,
    /// Show secrets that are kept from outside
    ShowSecrets,
    /// Show the wizard: what the cluster is to be
    ShowSetup,
    /// Show how the network and the nodes are made
    ShowProvision,
    /// Show how the nodes come up
    ShowBootstrap,
    /// Go on: do what this page proposes
    #[strum(props(label = "go on"))]
    Proceed,
    /// Stop what runs, so that it can be resumed
    #[strum(props(label = "stop"))]
    Stop,
    /// End at once a run that is stopping, after a question that says what it leaves behind
    #[strum(props(label = "force"))]
    Force,
    /// Try again what failed, or mend it, after a question where that changes something
    #[strum(props(label = "again"))]
    Retry,
    /// Open a shell on the node
    #[strum(props(label = "shell"))]
    OpenShell,
    /// Save the whole log to a file
    #[strum(props(label = "save log"))]
    SaveLog,
    /// Show or hide when each line of the log was read
    #[strum(props(label = "times"))]
    ShowTimes,
    /// Search for a text
    #[strum(props(label = "search"))]
    Search,
    /// Go to the next place where the text was found
    #[strum(props(label = "next found"))]
    SearchNext,
    /// Go to the previous place where the text was found
    #[strum(props(label = "previous"))]
    SearchPrevious,
    /// Replace what only a replacement would put right, after a question
    #[strum(props(label = "replace"))]
    Replace,
    /// Follow the log's end, or stay where it is
    #[strum(props(label = "follow"))]
    FollowLog,
    /// Wrap long lines, or cut them
    #[strum(props(label = "wrap"))]
    WrapLog,
    /// Choose what is to be done with what is selected
    #[strum(props(label = "actions"))]
    Actions,
    /// Show what was done in the cluster, with the commands that do the same
    #[strum(props(label = "action log"))]
    ActionLog,
    /// Show the ports of pods that are forwarded to this machine
    #[strum(props(label = "forwarded ports"))]
    ShowForwards,
    /// Go back to where the last jump began
    #[strum(props(label = "jump back"))]
    JumpBack,
    /// Show the log of the pod
    #[strum(props(label = "log"))]
    ShowPodLog,
    /// Show the whole object as YAML, without secrets
    #[strum(props(label = "YAML"))]
    ShowWhole,
    /// Go to the log of the next container, or to that of all
    #[strum(props(label = "container"))]
    NextContainer,
    /// Change between the container that runs and the one before it
    #[strum(props(label = "run before"))]
    PreviousRun,
    /// Begin the log earlier or later
    #[strum(props(label = "since"))]
    NextSince,
    /// Show lines that are JSON as words, or as they are
    #[strum(props(label = "JSON"))]
    PlainJson,
    /// Break something in the lab on purpose
    #[strum(props(label = "break"))]
    BreakSomething,
    /// Filter the rows
    #[strum(props(label = "filter"))]
    Filter,
    /// Show all rows again
    #[strum(props(label = "all rows"))]
    ClearFilter,
    /// Sort by the next column
    #[strum(props(label = "sort"))]
    SortNext,
    /// Sort by the previous column
    SortPrevious,
    /// Turn the sorting around
    #[strum(props(label = "reverse"))]
    SortReverse,
    /// Show rows as a tree below what they belong to, or as a flat list
    #[strum(props(label = "tree"))]
    ToggleTree,
    /// Copy the name of what is selected
    #[strum(props(label = "copy"))]
    CopyName,
    /// Copy the whole row or page
    #[strum(props(label = "copy all"))]
    CopyText,
    /// Find a command or an object by name
    #[strum(props(label = "find"))]
    Palette,
    /// Show which key does what
    #[strum(props(label = "help"))]
    Help,
    /// Change to the next theme
    #[strum(props(label = "theme"))]
    NextTheme,
    /// Give the mouse to the terminal, to select text with it, or take it back
    #[strum(props(label = "mouse"))]
    ToggleMouse,
    /// Draw the screen anew
    Redraw,
    /// Leave to the shell; `fg` comes back
    Suspend,
    /// Go back; leave the program where nothing is open
    #[strum(props(label = "quit"))]
    Quit,
    /// Leave the program at once
    QuitNow,
    /// Go to the next field
    #[strum(props(label = "next field"))]
    NextField,
    /// Go to the previous field
    PreviousField,
    /// Go to the next step
    #[strum(props(label = "next step"))]
    NextStep,
    /// Go to the previous step
    #[strum(props(label = "step back"))]
    PreviousStep,
    /// Choose the next value
    #[strum(props(label = "next value"))]
    NextValue,
    /// Choose the previous value
    PreviousValue,
    /// Take what is typed or chosen
    #[strum(props(label = "take"))]
    Accept,
    /// Close without taking anything
    #[strum(props(label = "cancel"))]
    Cancel,
    /// Delete the character before the cursor
    DeleteBack,
    /// Delete the word before the cursor
    DeleteWord,
    /// Delete everything before the cursor
    DeleteToStart,
    /// Move the cursor to the left
    CursorLeft,
    /// Move the cursor to the right
    CursorRight,
    /// Move the cursor to the start
    CursorStart,
    /// Move the cursor to the end
    CursorEnd,
}

impl Command {
    /// What it does, in one line.
    pub fn describe(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }

    /// What the footer calls it: a word or two.
    pub fn label(self) -> &'static str {
        self.get_str("label").unwrap_or_else(|| self.name())
    }

    /// Its name in `keymap.toml`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it makes sense by itself, and not only while something is being typed.
    pub fn stands_alone(self) -> bool {
        self < Self::NextField
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn every_command_says_in_one_line_what_it_does() {
        for command in Command::iter() {
            let said = command.describe();
            assert!(
                !said.is_empty() && !said.contains('\n'),
                "{command}: {said:?}"
            );
            assert!(!said.ends_with('.'), "{command}: help has no full stops");
            assert_eq!(command.name().parse(), Ok(command));
        }
    }
}
