//! All integration tests in one binary, so that the program is linked once.

#[cfg(test)]
mod layers;
#[cfg(test)]
mod style;
