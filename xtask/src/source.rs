//! One Rust file as its words: names, strings and functions with their lines; comments are gone.
//! Knows the lexical grammar (through proc-macro2). Knows nothing of types or of what is allowed where.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A word of the source and the line it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: usize,
    pub(crate) kind: WordKind,
}

/// What sort of word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordKind {
    Name,
    Literal,
    Mark,
    Open,
    Close,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
}

impl Function {
    /// Lines from `fn` to the closing brace.
    pub(crate) fn len(&self) -> usize {
        self.last_line - self.first_line + 1
    }
}

/// All words of `text` in order; what is wrong with it if it is no Rust.
pub(crate) fn words(text: &str) -> Result<Vec<Word>, String> {
    let stream: TokenStream = text.parse().map_err(|error| format!("is no Rust: {error}"))?;
    let mut words = Vec::new();
    flatten(stream, &mut words);
    Ok(words)
}

fn flatten(stream: TokenStream, words: &mut Vec<Word>) {
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |text: String, kind| words.push(Word { text, line, kind });
        match tree {
            TokenTree::Ident(name) => push(name.to_string(), WordKind::Name),
            TokenTree::Literal(literal) => push(literal.to_string(), WordKind::Literal),
            TokenTree::Punct(mark) => push(mark.as_char().to_string(), WordKind::Mark),
            TokenTree::Group(group) => {
                let (open, close) = braces(group.delimiter());
                push(open.into(), WordKind::Open);
                flatten(group.stream(), words);
                let line = group.span_close().end().line;
                words.push(Word { text: close.into(), line, kind: WordKind::Close });
            }
        }
    }
}

fn braces(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// Every function that has a body, nested ones included.
pub(crate) fn functions(words: &[Word]) -> Vec<Function> {
    (0..words.len()).filter_map(|at| function_at(&words[at..])).collect()
}

/// The function whose `fn` is the first of these words. A type like `fn(u8)` has no name after it.
fn function_at(words: &[Word]) -> Option<Function> {
    let [keyword, name, rest @ ..] = words else { return None };
    if keyword.text != "fn" || keyword.kind != WordKind::Name || name.kind != WordKind::Name {
        return None;
    }
    let mut depth = 0_usize;
    let mut in_body = false;
    for word in rest {
        match word.kind {
            WordKind::Mark if depth == 0 && word.text == ";" => return None,
            WordKind::Open => {
                in_body |= depth == 0 && word.text == "{";
                depth += 1;
            }
            WordKind::Close => {
                depth = depth.checked_sub(1)?;
                if depth == 0 && in_body {
                    return Some(Function {
                        name: name.text.clone(),
                        first_line: keyword.line,
                        last_line: word.line,
                    });
                }
            }
            _ => {}
        }
    }
    None
}

/// Every string in the code, as it begins after its quotes, with its line. Doc comments are no strings here.
pub(crate) fn strings(words: &[Word]) -> impl Iterator<Item = (&str, usize)> {
    words.iter().enumerate().filter_map(|(at, word)| {
        let is_string = word.kind == WordKind::Literal && word.text.contains('"');
        let is_doc = at >= 2 && words[at - 2].text == "doc" && words[at - 1].text == "=";
        (is_string && !is_doc).then(|| (unquoted(&word.text), word.line))
    })
}

fn unquoted(literal: &str) -> &str {
    let from = literal.find('"').map_or(0, |quote| quote + 1);
    literal[from..].trim_end_matches('#').trim_end_matches('"')
}

/// Whether these words stand one after the other anywhere.
pub(crate) fn contains(words: &[Word], run: &[&str]) -> bool {
    words.windows(run.len()).any(|window| window.iter().map(|word| &*word.text).eq(run.iter().copied()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a panic is how a test fails
mod tests {
    use super::*;

    #[track_caller]
    fn check_functions(text: &str, expected: &[(&str, usize)]) {
        let found = functions(&words(text).unwrap());
        let found: Vec<_> = found.iter().map(|function| (&*function.name, function.len())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn functions_are_measured_from_fn_to_brace() {
        check_functions("fn a() {}", &[("a", 1)]);
        check_functions("#[x]\nfn a<const N: usize>(x: [u8; { 1 }])\nwhere u8: B,\n{\n}\n", &[("a", 4)]);
        check_functions("trait T { fn no_body(&self); fn body(&self) {\n} }", &[("body", 2)]);
        check_functions("type F = fn(u8) -> u8; // fn comment() {}", &[]);
        check_functions("fn outer() {\n fn inner() {\n }\n}", &[("outer", 4), ("inner", 2)]);
        check_functions("const S: &str = \"fn s() {}\";", &[]);
    }

    #[test]
    fn strings_are_found_in_every_dress_but_not_in_comments() {
        let text =
            "//! \"no\"\n/// \"no\"\nfn f() { g(\"plain\", r#\"raw\"#, b\"bytes\", 'c', 1); }\n// \"no\"";
        let words = words(text).unwrap();
        assert_eq!(strings(&words).collect::<Vec<_>>(), [("plain", 3), ("raw", 3), ("bytes", 3)]);
    }

    #[test]
    fn runs_of_words_are_found() {
        let words = words("#![forbid(unsafe_code)]").unwrap();
        assert!(contains(&words, &["#", "!", "[", "forbid", "(", "unsafe_code", ")", "]"]));
        assert!(!contains(&words, &["deny", "(", "unsafe_code"]));
    }

    #[test]
    fn what_is_no_rust_says_so() {
        assert!(words("fn a( {").unwrap_err().starts_with("is no Rust"));
    }
}
