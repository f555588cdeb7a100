//! Small things that are drawn in many places. They know roles and cells, and no domain.

pub mod boxes;
pub mod field;
pub mod gauge;
pub mod page;
pub mod scrollbar;
pub mod write;
