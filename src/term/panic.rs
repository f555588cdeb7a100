//! What happens when the program panics: first the terminal, then the report.

use super::tty::restore;

/// Installs the reporter of panics and errors, and before it the terminal's return. Once, at start.
pub fn install_hooks() -> color_eyre::Result<()> {
    color_eyre::install()?;
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        report(panic);
    }));
    Ok(())
}
