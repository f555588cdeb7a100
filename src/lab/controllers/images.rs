//! How containers behave once started, by image: most run; some need a kind, some exit.

use serde::Deserialize;

use super::AssetError;

const TABLE: &str = include_str!("../../../assets/lab/images.toml");

/// The table of behaviours.
pub(crate) struct Images(Vec<Behaviour>);

#[derive(Deserialize)]
struct Table {
    image: Vec<Behaviour>,
}

/// What a container of an image does that is out of the ordinary.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Behaviour {
    /// A part of the image's name and tag.
    #[serde(rename = "match")]
    pattern: String,
    /// It exits with this status.
    pub(super) exit: Option<i64>,
    /// It exits unless this resource is served.
    pub(super) needs: Option<String>,
    /// It cannot be pulled, with this text.
    pub(super) unpullable: Option<String>,
    /// How long it runs before it exits, in seconds.
    #[serde(default)]
    pub(super) after: u64,
}

impl Images {
    pub(super) fn load() -> Result<Self, AssetError> {
        let table: Table = toml::from_str(TABLE)
            .map_err(|error| AssetError::new("images.toml", &error.to_string()))?;
        Ok(Self(table.image))
    }

    /// The row for an image, if it has one.
    pub(super) fn behaviour(&self, image: &str) -> Option<&Behaviour> {
        self.0.iter().find(|row| image.contains(&row.pattern))
    }
}
