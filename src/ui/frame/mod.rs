//! What stands around every pane: header, tabs, footer.

pub mod footer;
pub mod header;
pub mod tabs;
