//! What k3scope itself logged.

use jiff::Timestamp;

use super::signs::{self, Sign, dated, signed};
use crate::domain::log_line::{Level, LogLine};
use crate::domain::object::ObjectRef;
use crate::domain::source::SourceId;
use crate::store::Store;
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Our own log.
pub struct Log;

/// A line with its number since the start.
pub type Row<'a> = (u64, &'a (Timestamp, LogLine));

fn sign(level: Level) -> Sign {
    match level {
        Level::Info => ("·", Role::Muted),
        Level::Warn => signs::WARN,
        Level::Error => signs::BAD,
    }
}

fn number(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}

impl Kind for Log {
    type Id = u64;
    type Joined = ();
    type Row<'a> = Row<'a>;

    const TITLE: &'static str = "Log";
    const NOUN: &'static str = "lines in the log";
    const SOURCES: &'static [SourceId] = &[];
    const SORTED: (usize, bool) = (0, true);

    fn revision(store: &Store) -> u64 {
        store.log.dropped() + number(store.log.lines().len())
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = Row<'a>> {
        (store.log.dropped()..).zip(store.log.lines())
    }

    fn get<'a>(store: &'a Store, (): &'a (), id: &u64) -> Option<Row<'a>> {
        let index = usize::try_from(id.checked_sub(store.log.dropped())?).ok()?;
        store.log.lines().nth(index).map(|line| (*id, line))
    }

    fn id((number, _): &Row<'_>) -> u64 {
        *number
    }

    fn named(_: &ObjectRef) -> Option<u64> {
        None
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "TIME",
                (11, 11),
                |(_, (at, _)), ctx| Cell::muted(ctx.moment.stamp(*at)),
                |(number, _), _| (i64::try_from(*number).unwrap_or(i64::MAX), "".into()),
            ),
            Column::<Self>::new(
                "LEVEL",
                (7, 7),
                |(_, (_, line)), _| signed(sign(line.level), line.level),
                |row, _| (0, row.1.1.level.to_string().into()),
            ),
            Column::<Self>::new(
                "BY",
                (10, 24),
                |(_, (_, line)), _| Cell::muted(line.by.as_str()),
                |row, _| (0, row.1.1.by.as_str().into()),
            )
            .rank(1),
            Column::<Self>::new(
                "TEXT",
                (20, 200),
                |(_, (_, line)), _| Cell::text(line.text.as_str()),
                |row, _| (0, row.1.1.text.as_str().into()),
            ),
        ]
    }

    fn name((_, (_, line)): &Row<'_>) -> String {
        line.text.to_string()
    }

    fn page((_, (at, line)): &Row<'_>, ctx: &Ctx<'_>) -> Page {
        let mut page = Page::default();
        page.item(
            vec![signs::before(sign(line.level))],
            line.level.to_string(),
            Role::Title,
        );
        page.blank();
        page.styled(line.text.as_str(), Role::Text);
        page.blank();
        page.field("By", line.by.as_str());
        dated(&mut page, "At", Some(*at), ctx);
        page
    }

    fn count(_store: &Store) -> Option<usize> {
        None
    }
}
