//! Steps per named scope.

/// How often a scope was entered and how many steps it took, inner scopes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeTotal {
    /// As the guest named it.
    pub name: String,
    /// Times it was opened.
    pub entered: u64,
    /// Steps between its opening and closing markers.
    pub steps: u64,
}

#[derive(Default)]
pub(super) struct Scopes {
    totals: Vec<ScopeTotal>,
    /// Index into `totals` and the step at which it was opened, outermost first.
    open: Vec<(usize, u64)>,
}

/// Scopes a program may have open at once, and different names it may use; further ones are not counted.
const LIMIT: usize = 4096;

impl Scopes {
    pub(super) fn begin(&mut self, name: String, step: u64) {
        let known = self.totals.iter().position(|total| total.name == name);
        let index = known.unwrap_or(self.totals.len());
        if index >= LIMIT || self.open.len() >= LIMIT {
            return;
        }
        if known.is_none() {
            self.totals.push(ScopeTotal { name, entered: 0, steps: 0 });
        }
        self.totals[index].entered += 1;
        self.open.push((index, step));
    }

    /// Closes the innermost open scope of that name and all that were opened inside it.
    pub(super) fn end(&mut self, name: &str, step: u64) {
        if let Some(depth) = self.open.iter().rposition(|&(index, _)| self.totals[index].name == name) {
            self.close_to(depth, step);
        }
    }

    fn close_to(&mut self, depth: usize, step: u64) {
        for (index, start) in self.open.drain(depth..) {
            self.totals[index].steps += step - start;
        }
    }

    pub(super) fn finish(mut self, step: u64) -> Vec<ScopeTotal> {
        self.close_to(0, step);
        self.totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_an_outer_scope_closes_the_inner_ones() {
        let mut scopes = Scopes::default();
        scopes.begin("outer".into(), 10);
        scopes.begin("inner".into(), 20);
        scopes.end("outer", 50);
        scopes.end("inner", 60);
        let totals = scopes.finish(100);
        assert_eq!(totals.iter().map(|total| total.steps).collect::<Vec<_>>(), [40, 30]);
    }

    #[test]
    fn a_scope_left_open_ends_with_the_run() {
        let mut scopes = Scopes::default();
        scopes.begin("main".into(), 5);
        assert_eq!(scopes.finish(7), [ScopeTotal { name: "main".into(), entered: 1, steps: 2 }]);
    }
}
