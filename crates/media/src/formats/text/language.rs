//! What a text may be written in, by its looks alone: the name of the file is not known here.
//! Knows how languages mark comments and text; nothing of colours.

/// What there is to know of a language for colouring a few lines of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Language {
    pub(super) shape: Shape,
    /// What makes the rest of a line a comment.
    pub(super) comment: &'static [&'static str],
    /// What begins and ends a longer one.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// What text stands between.
    pub(super) quotes: &'static [char],
}

/// What kind of writing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// What people say to one another, perhaps with headings.
    Prose,
    /// What machines are told.
    Code,
    /// Tags and what is between them.
    Markup,
}

const PROSE: Language = Language { shape: Shape::Prose, comment: &[], block: None, quotes: &[] };
const MARKUP: Language =
    Language { shape: Shape::Markup, comment: &[], block: Some(("<!--", "-->")), quotes: &['"', '\''] };
/// C, and all that took its braces.
const BRACES: Language =
    Language { shape: Shape::Code, comment: &["//"], block: Some(("/*", "*/")), quotes: &['"', '\'', '`'] };
/// Shells, Python, Ruby, Perl, and what settings are written in.
const HASH: Language =
    Language { shape: Shape::Code, comment: &["#"], block: None, quotes: &['"', '\'', '`'] };
/// SQL, Lua, Haskell, Ada.
const DASHES: Language =
    Language { shape: Shape::Code, comment: &["--"], block: Some(("/*", "*/")), quotes: &['"', '\''] };
/// Lisp, assembly, INI.
const SEMICOLON: Language = Language { shape: Shape::Code, comment: &[";"], block: None, quotes: &['"'] };
/// TeX, Prolog, Erlang, PostScript.
const PERCENT: Language = Language { shape: Shape::Code, comment: &["%"], block: None, quotes: &['"'] };

/// Columns between tabs or commas.
const TABLE: Language = Language { shape: Shape::Code, comment: &[], block: None, quotes: &['"'] };

/// Words that lines of code begin with, and sentences seldom.
#[rustfmt::skip]
const BEGINNINGS: &[&str] = &[
    "import ", "from ", "use ", "using ", "package ", "module ", "include ", "require ", "def ", "fn ", "func ",
    "function ", "class ", "struct ", "enum ", "trait ", "interface ", "impl ", "pub ", "public ", "private ",
    "protected ", "static ", "const ", "let ", "var ", "val ", "return ", "return;", "if ", "elif ", "else", "for ",
    "while ", "switch ", "case ", "try", "except", "export ", "set ", "echo ", "local ", "namespace ", "template", "typedef ", "void ", "int ", "#include", "#define",
    "#if", "#!", "@", "end", "\\begin", "\\documentclass", "\\usepackage",
];

/// Of the lines, how many must look like code: a poem may end its lines in commas, a letter has a list in it.
const LEAST_CODE: f32 = 0.4;

impl Language {
    /// A guess, by the beginning of a text.
    pub(super) fn of(text: &str) -> Self {
        const LOOKED_AT: usize = 80;
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LOOKED_AT).collect();
        let first = lines.first().copied().unwrap_or_default();
        if first.starts_with("#!") {
            return HASH;
        }
        let tags = lines.iter().filter(|line| line.starts_with('<') && line.ends_with('>')).count();
        if first.starts_with("<?xml") || first.starts_with("<!") || tags.saturating_mul(2) > lines.len() {
            return MARKUP;
        }
        if is_table(&lines) {
            return TABLE;
        }
        let code = lines.iter().filter(|line| is_code(line)).count();
        if code as f32 <= LEAST_CODE * lines.len() as f32 {
            return PROSE;
        }
        by_comments(&lines)
    }

    pub(super) fn is_prose(&self) -> bool {
        self.shape == Shape::Prose
    }
}

/// The language whose comments there are most of; with none at all, the one with braces says the least that is wrong.
fn by_comments(lines: &[&str]) -> Language {
    let count = |is_one: &dyn Fn(&&&str) -> bool| lines.iter().filter(is_one).count();
    let hash = count(&|line| {
        line.starts_with('#')
            && !["#include", "#define", "#if", "#endif", "#else", "#["].iter().any(|no| line.starts_with(no))
    });
    let rows = [
        (BRACES, count(&|line| line.starts_with("//") || line.starts_with("/*") || line.starts_with("* "))),
        (HASH, hash),
        (DASHES, count(&|line| line.starts_with("--"))),
        (SEMICOLON, count(&|line| line.starts_with(';'))),
        (PERCENT, count(&|line| line.starts_with('%') || line.starts_with('\\'))),
    ];
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let python =
        count(&|line| line.ends_with(':') || line.starts_with("import ") || line.starts_with('[')) > 0;
    let braces = count(&|line| line.ends_with(['{', '}', ';'])) > 0;
    match rows.into_iter().find(|(_, count)| *count == most && most > 0) {
        Some((language, _)) => language,
        None if python && !braces => HASH,
        None => BRACES,
    }
}

/// Whether the first lines have as many columns as one another, and three at least.
fn is_table(lines: &[&str]) -> bool {
    ['\t', ',', ';'].iter().any(|mark| {
        let columns = |line: &&str| line.matches(*mark).count();
        let mut counts = lines.iter().take(4).map(columns);
        let first = counts.next().unwrap_or_default();
        first >= 2 && lines.len() >= 2 && counts.all(|count| count == first)
    })
}

fn is_code(line: &str) -> bool {
    const COMMENTS: &[&str] = &["//", "/*", "* ", "*/", "#!", "--", ";", "%"];
    let ends = line.ends_with([';', '{', '}', ')', '(', ']', '[', '\\', '>'])
        || line.ends_with("},")
        || line.ends_with("),");
    let says = line.contains(" = ")
        || line.contains("==")
        || line.contains("=\"")
        || line.contains("();")
        || line.contains("\": ");
    let begins =
        line.starts_with(['{', '}']) || BEGINNINGS.iter().chain(COMMENTS).any(|word| line.starts_with(word));
    // A sentence may end in a bracket or begin with "for"; it does not have so many signs.
    let is_sentence = line.ends_with(['.', '!', '?']) && line.split(' ').count() > 5;
    (ends || says || begins || is_setting(line)) && !is_sentence
}

/// `name: value`, `name=value`, `[section]`: one word, and something.
fn is_setting(line: &str) -> bool {
    let word = line.split([':', '=']).next().unwrap_or_default().trim().trim_matches('"');
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    word.len() < line.len()
        && !word.is_empty()
        && word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && word.chars().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Language) {
        assert_eq!(Language::of(text), wanted);
    }

    #[test]
    fn a_few_lines_tell() {
        check("#!/bin/sh\necho hello", HASH);
        check("// a comment\nfn main() {\n    println!(\"hi\");\n}", BRACES);
        check("#include <stdio.h>\nint main(void) {\n  return 0;\n}", BRACES);
        check("import os\n\ndef main():\n    # says so\n    print(1)", HASH);
        check("import os\n\ndef main():\n    print(1)", HASH);
        check("-- all\nSELECT a FROM b;\nSELECT c FROM d;", DASHES);
        check("; comment\n(define (f x)\n  (* x x))", SEMICOLON);
        check("% comment\n\\documentclass{article}\n\\begin{document}", PERCENT);
        check("<?xml version='1.0'?>\n<a>", MARKUP);
        check("<!DOCTYPE html>\n<html>text", MARKUP);
        check("{\n  \"a\": 1,\n  \"b\": [2]\n}", BRACES);
        check("[section]\nname = value\n# comment\nother = 2", HASH);
        check("a,b,c\n1,2,3\n4,5,6", TABLE);
        check("{\"a\": [1, 2]}", BRACES);
        check("name: x\nlist:\n  - a\n  - b", HASH);
    }

    #[test]
    fn what_people_write_is_prose() {
        check("", PROSE);
        check("It was a dark night, and (as we know)\nfor a long time nobody came.\nThen:", PROSE);
        check("# Title\n\nSome words on it, and more.\n\n- one\n- two\n- three, for a reason.", PROSE);
        check("Dear all,\n\nthank you for your letter.\nYours, A.", PROSE);
    }
}
