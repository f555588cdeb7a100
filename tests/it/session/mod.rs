//! The session from nothing to the cockpit: the wizard's questions answered, the journey in this
//! process, and the real program in a pseudo-terminal.

mod acts;
mod answers;
mod desk;
mod join_token;
mod leading;
mod led;
mod program;
mod rebuilt;
mod shell;
mod written;
