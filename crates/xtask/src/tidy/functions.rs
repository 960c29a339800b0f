//! A function fits a screen.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::sources::Source;

/// From the line of `fn` to the line of its last brace.
const FUNCTION_LINES_MAX: usize = 70;

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        match syn::parse_file(&source.text) {
            Ok(file) => {
                let mut long = LongFunctions { path: source.path.display().to_string(), found: Vec::new() };
                long.visit_file(&file);
                found.append(&mut long.found);
            }
            Err(error) => found.push(format!("{}: {error}", source.path.display())),
        }
    }
    found
}

struct LongFunctions {
    path: String,
    found: Vec<String>,
}

impl LongFunctions {
    fn measure(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.span().start().line;
        let lines = body.span().end().line + 1 - first;
        if lines > FUNCTION_LINES_MAX {
            self.found.push(format!(
                "{}:{first}: `{}` has {lines} lines; at most {FUNCTION_LINES_MAX}",
                self.path, signature.ident
            ));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_longer_than_a_screen_is_found() {
        let check_lines = |lines: usize| {
            let text = format!("fn long() {{\n{}}}\n", "    f();\n".repeat(lines));
            check(&[Source { path: "a.rs".into(), text }]).len()
        };
        assert_eq!(check_lines(FUNCTION_LINES_MAX - 2), 0);
        assert_eq!(check_lines(FUNCTION_LINES_MAX - 1), 1);
    }
}
