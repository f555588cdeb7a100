//! What a person types to see fewer rows.
//!
//! Words must all occur somewhere in the row; `!word` must not occur; `column:regex` must match
//! what stands in that column, `!column:regex` must not. Case does not count there. `key=value` and
//! `key!=value` ask for a label as kubectl's selectors do, where rows have labels, `key=one,two` for one
//! of several values and `key=*` for any.

use regex::{Regex, RegexBuilder};

use crate::domain::object::Labels;

/// The largest program that a regular expression may become, in bytes.
const LARGEST: usize = 1 << 18;

/// A filter that cannot be used, in a person's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// `column:` names no column.
    #[error("no column `{0}`")]
    Column(String),
    /// What follows the column is no regular expression.
    #[error("`{0}` is no regular expression")]
    Expression(String),
}

#[derive(Clone, Debug)]
enum Test {
    Word(String),
    Column(usize, Regex),
    Label(String, Vec<String>),
}

/// A filter, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    tests: Vec<(bool, Test)>,
}

impl Filter {
    /// Reads a filter for a list with these columns, whose rows have labels or not.
    pub fn parse(text: &str, titles: &[&str], labelled: bool) -> Result<Self, FilterError> {
        let mut tests = Vec::new();
        for word in text.split_whitespace() {
            let (wanted, word) = word
                .strip_prefix('!')
                .map_or((true, word), |rest| (false, rest));
            if word.is_empty() {
                continue;
            }
            tests.push(match selector(word).filter(|_| labelled) {
                Some((equal, label)) => (wanted == equal, label),
                None => (wanted, test(word, titles)?),
            });
        }
        Ok(Self { tests })
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// Whether a row with these labels passes; `cell` gives the text of a column.
    pub fn passes<'a>(
        &self,
        columns: usize,
        labels: &Labels,
        cell: impl Fn(usize) -> std::borrow::Cow<'a, str>,
    ) -> bool {
        self.tests.iter().all(|(wanted, test)| {
            let holds = match test {
                Test::Word(word) => (0..columns).any(|column| contains(&cell(column), word)),
                Test::Column(column, regex) => regex.is_match(&cell(*column)),
                Test::Label(key, values) => labels.get(key).is_some_and(|value| {
                    let mut values = values.iter();
                    values.any(|wanted| wanted == "*" || *wanted == value.as_str())
                }),
            };
            holds == *wanted
        })
    }
}

/// Whether a word asks for a label, for the values after it or for all others.
fn selector(word: &str) -> Option<(bool, Test)> {
    let (key, value) = word.split_once('=')?;
    let (key, equal) = key
        .strip_suffix('!')
        .map_or((key, true), |key| (key, false));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if key.is_empty() || !key.chars().all(plain) {
        return None;
    }
    let values = value.strip_prefix('=').unwrap_or(value).split(',');
    let values = values.map(str::to_owned).collect();
    Some((equal, Test::Label(key.to_owned(), values)))
}

fn test(word: &str, titles: &[&str]) -> Result<Test, FilterError> {
    let Some((column, expression)) = word
        .split_once(':')
        .filter(|(column, _)| column.chars().all(char::is_alphanumeric) && !column.is_empty())
    else {
        return Ok(Test::Word(word.to_lowercase()));
    };
    let found = titles.iter().position(|title| {
        title.len() >= column.len()
            && title.is_char_boundary(column.len())
            && title
                .chars()
                .zip(column.chars())
                .all(|(a, b)| a.eq_ignore_ascii_case(&b))
    });
    let Some(at) = found else {
        return Err(FilterError::Column(column.to_owned()));
    };
    RegexBuilder::new(expression)
        .case_insensitive(true)
        .size_limit(LARGEST)
        .build()
        .map(|regex| Test::Column(at, regex))
        .map_err(|_| FilterError::Expression(expression.to_owned()))
}

/// Whether `text` contains `word`, which is in lower case.
fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        text.windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word))
    } else {
        text.to_lowercase().contains(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TITLES: &[&str] = &["NAME", "STATUS", "NODE"];
    const ROW: &[&str] = &["argocd-server-7d", "✔ Running", "k3s-Server"];

    #[rstest]
    #[case("", true)]
    #[case("argo", true)]
    #[case("ARGO server", true)]
    #[case("argo docs", false)]
    #[case("!docs", true)]
    #[case("!argo", false)]
    #[case("name:^argo", true)]
    #[case("name:^server", false)]
    #[case("nod:server$", true)]
    #[case("!status:running", false)]
    #[case("!", true)]
    #[case("app=argocd", true)]
    #[case("app==argocd", true)]
    #[case("app=docs", false)]
    #[case("app=docs,argocd", true)]
    #[case("app!=docs", true)]
    #[case("!app=argocd", false)]
    #[case("!app!=docs", false)]
    #[case("app.kubernetes.io/part-of=*", true)]
    #[case("tier=*", false)]
    #[case("tier!=db argo", true)]
    fn rows_pass(#[case] text: &str, #[case] passes: bool) {
        let labels: Labels = [("app", "argocd"), ("app.kubernetes.io/part-of", "k3s")]
            .into_iter()
            .collect();
        let filter = Filter::parse(text, TITLES, true).unwrap();
        assert_eq!(
            filter.passes(3, &labels, |column| ROW[column].into()),
            passes
        );
    }

    #[test]
    fn without_labels_it_is_a_word() {
        let filter = Filter::parse("app=argocd", TITLES, false).unwrap();
        let passes = |text: &'static str| filter.passes(1, &Labels::default(), |_| text.into());
        assert!(passes("flag --app=argocd") && !passes("argocd"));
    }

    #[rstest]
    #[case("colour:red", "no column `colour`")]
    #[case("name:(", "`(` is no regular expression")]
    #[case("name:(a{999}){999}", "is no regular expression")]
    fn what_cannot_be_used_is_said(#[case] text: &str, #[case] said: &str) {
        let error = Filter::parse(text, TITLES, true).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
