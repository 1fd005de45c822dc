//! Which part of a line is what: comments, text in quotes, numbers, words that languages keep to themselves.
//! Knows a language's marks; nothing of how anything is shown.

use super::language::{Language, Shape};

/// What a piece of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Plain,
    /// A line of prose that stands above others.
    Heading,
    Comment,
    /// Between quotes.
    Text,
    Number,
    /// A word that languages keep to themselves.
    Word,
    /// The name of an element of markup.
    Tag,
}

/// Reserved in more than one of the languages that are written most. A wrong one costs a colour.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "abstract", "and", "as", "async", "await", "begin", "bool", "boolean", "break", "case", "catch", "char", "class",
    "const", "continue", "def", "default", "defer", "delete", "do", "done", "double", "echo", "elif", "else", "end",
    "enum", "esac", "except", "export", "extends", "extern", "false", "False", "fi", "final", "finally", "float", "fn",
    "for", "foreach", "from", "func", "function", "go", "if", "impl", "implements", "import", "in", "include",
    "instanceof", "int", "interface", "is", "lambda", "let", "local", "long", "loop", "match", "mod", "module", "mut",
    "namespace", "new", "nil", "None", "not", "null", "NULL", "of", "or", "override", "package", "pass", "private",
    "protected", "pub", "public", "raise", "ref", "require", "return", "self", "Self", "short", "signed", "sizeof",
    "static", "string", "struct", "super", "switch", "template", "then", "this", "throw", "throws", "trait", "true",
    "True", "try", "type", "typedef", "typeof", "undefined", "union", "unless", "unsafe", "unsigned", "until", "use",
    "using", "val", "var", "virtual", "void", "volatile", "when", "where", "while", "with", "yield", "SELECT", "FROM",
    "WHERE", "INSERT", "INTO", "UPDATE", "CREATE", "TABLE", "VALUES", "AND", "OR", "NOT", "JOIN", "ORDER", "BY",
];

/// Goes through the lines of a text, one after the other.
pub(super) struct Pieces<'a> {
    language: &'a Language,
    in_block: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(language: &'a Language) -> Self {
        Self { language, in_block: false }
    }

    /// The pieces of the next line, which together are the line.
    pub(super) fn in_line<'l>(&mut self, line: &'l str) -> Vec<(Class, &'l str)> {
        match self.language.shape {
            Shape::Prose if line.starts_with('#') => vec![(Class::Heading, line)],
            Shape::Prose => vec![(Class::Plain, line)],
            Shape::Code | Shape::Markup => self.code(line),
        }
    }

    fn code<'l>(&mut self, line: &'l str) -> Vec<(Class, &'l str)> {
        let mut pieces: Vec<(Class, &str)> = Vec::new();
        let (mut rest, mut before) = (line, None);
        while let Some(first) = rest.chars().next() {
            let (class, len) = self.piece(rest, before);
            let (piece, behind) = rest.split_at_checked(len.max(first.len_utf8())).unwrap_or((rest, ""));
            before = piece.chars().last();
            rest = behind;
            pieces.push((class, piece));
        }
        pieces
    }

    /// What the line goes on with, and how many bytes of it.
    fn piece(&mut self, rest: &str, before: Option<char>) -> (Class, usize) {
        if let Some((start, end)) = self.language.block
            && (self.in_block || rest.starts_with(start))
        {
            let from = if self.in_block { 0 } else { start.len() };
            let found = rest.get(from..).and_then(|rest| rest.find(end));
            self.in_block = found.is_none();
            return (
                Class::Comment,
                found.map_or(rest.len(), |at| from.saturating_add(at).saturating_add(end.len())),
            );
        }
        if self.language.comment.iter().any(|mark| rest.starts_with(mark)) && is_apart(before) {
            return (Class::Comment, rest.len());
        }
        let first = rest.chars().next().unwrap_or_default();
        if self.language.quotes.contains(&first) {
            return quoted(rest, first);
        }
        if first.is_alphanumeric() || first == '_' {
            return self.word(rest, before);
        }
        let plain = rest.find(|letter: char| letter.is_alphanumeric() || !(letter == ' ' || letter == '.'));
        (Class::Plain, plain.unwrap_or(rest.len()))
    }

    fn word(&self, rest: &str, before: Option<char>) -> (Class, usize) {
        let len =
            rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
        let word = rest.get(..len).unwrap_or_default();
        let class = match self.language.shape {
            Shape::Markup if matches!(before, Some('<' | '/')) => Class::Tag,
            Shape::Markup => Class::Plain,
            _ if word.starts_with(|first: char| first.is_ascii_digit()) => Class::Number,
            _ if WORDS.contains(&word) => Class::Word,
            _ => Class::Plain,
        };
        (class, len)
    }
}

/// A mark within a word is none: `http://`, `a#b`. What stands before is a blank or a sign.
fn is_apart(before: Option<char>) -> bool {
    before.is_none_or(|before| matches!(before, ' ' | ';' | '}' | ')' | ',' | '{' | '('))
}

/// Text up to the quote that ends it. An apostrophe, or the mark of a lifetime, has none on its line.
fn quoted(rest: &str, quote: char) -> (Class, usize) {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if letter == quote && !is_escaped {
            return (Class::Text, at.saturating_add(quote.len_utf8()));
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    if quote == '"' { (Class::Text, rest.len()) } else { (Class::Plain, quote.len_utf8()) }
}

#[cfg(test)]
mod tests {
    use super::Class::{Comment, Heading, Number, Plain, Tag, Text, Word};
    use super::*;

    /// What of each line is not plain.
    #[track_caller]
    fn check(text: &str, wanted: &[(Class, &str)]) {
        let language = Language::of(text);
        let mut pieces = Pieces::of(&language);
        let all: Vec<_> = text.lines().map(|line| pieces.in_line(line)).collect();
        for (pieces, line) in all.iter().zip(text.lines()) {
            assert_eq!(pieces.iter().map(|(_, piece)| *piece).collect::<String>(), line);
        }
        let marked: Vec<_> = all.into_iter().flatten().filter(|(class, _)| *class != Plain).collect();
        assert_eq!(marked, wanted);
    }

    #[test]
    fn code_is_told_apart() {
        check(
            "fn f(a: &'a str) { // http://x\nlet b = \"c \\\" d\" + 0x10;\n}",
            &[
                (Word, "fn"),
                (Comment, "// http://x"),
                (Word, "let"),
                (Text, "\"c \\\" d\""),
                (Number, "0x10"),
            ],
        );
        check(
            "int a; /* one\ntwo */ int b;",
            &[(Word, "int"), (Comment, "/* one"), (Comment, "two */"), (Word, "int")],
        );
        check(
            "#!/bin/sh\necho 'a # b' # c",
            &[(Comment, "#!/bin/sh"), (Word, "echo"), (Text, "'a # b'"), (Comment, "# c")],
        );
        check(
            "<a b=\"c\">d</a>\n<!-- e -->",
            &[(Tag, "a"), (Text, "\"c\""), (Tag, "a"), (Comment, "<!-- e -->")],
        );
    }

    #[test]
    fn prose_has_headings() {
        check("# One\n\nand 2 words in it, 'quoted'.", &[(Heading, "# One")]);
    }
}
