//! What comes from others: licences, forbidden crates and sources, by the rules of `deny.toml`.
//!
//! `cargo deny check` reads the same file; this needs nothing installed and no network.

use std::process::Command;

use serde::Deserialize;

/// The part of `deny.toml` that is checked here.
#[derive(Deserialize)]
pub(crate) struct Rules {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    clarify: Vec<Clarified>,
}

/// A crate that names no licence, and what its licence file says.
#[derive(Deserialize)]
struct Clarified {
    #[serde(rename = "crate")]
    name: String,
    expression: String,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// A package as `Cargo.lock` names it.
#[derive(Deserialize)]
struct Locked {
    name: String,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

/// A package as `cargo metadata` describes it.
#[derive(Deserialize)]
pub(crate) struct Package {
    name: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

impl Rules {
    pub(crate) fn read(deny: &str) -> Self {
        toml::from_str(deny).unwrap_or_else(|e| panic!("deny.toml: {e}"))
    }

    /// Crates that are forbidden or come from elsewhere, also those of other platforms.
    pub(crate) fn lock_faults(&self, lock: &str) -> Vec<String> {
        let lock: Lock = toml::from_str(lock).unwrap();
        let mut faults = Vec::new();
        for package in &lock.package {
            let banned = self.bans.deny.iter().find(|banned| banned.name == package.name);
            faults.extend(banned.map(|banned| {
                format!("Cargo.lock: `{}` is forbidden: {}", banned.name, banned.reason)
            }));
            let Some(source) = &package.source else { continue };
            let registry = source.strip_prefix("registry+").unwrap_or(source);
            if !self.sources.allow_registry.iter().any(|allowed| allowed == registry) {
                faults.push(format!("Cargo.lock: `{}` comes from {source}", package.name));
            }
        }
        faults
    }

    /// Packages of others whose licence is not among the allowed ones.
    pub(crate) fn licence_faults(&self, packages: &[Package]) -> Vec<String> {
        let others = packages.iter().filter(|package| package.source.is_some());
        let refused = others.filter(|package| {
            let clarified = self.licenses.clarify.iter().find(|other| other.name == package.name);
            let said = clarified.map(|other| other.expression.as_str());
            let licence = package.license.as_deref().or(said).unwrap_or_default();
            !Expression::of(licence).is_met(&|name| self.licenses.allow.iter().any(|a| a == name))
        });
        let licence =
            |package: &Package| package.license.clone().unwrap_or("no licence".to_owned());
        refused
            .map(|p| {
                format!("Cargo.lock: `{}`: {} is not allowed by deny.toml", p.name, licence(p))
            })
            .collect()
    }
}

/// The packages that are built here, without asking the network.
pub(crate) fn packages() -> Vec<Package> {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(rustc.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let arguments =
        ["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg(host)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<Metadata>(&output.stdout).unwrap().packages
}

/// An SPDX licence expression: names, `AND`, `OR`, `WITH`, brackets; `/` is an old `OR`.
struct Expression {
    words: Vec<String>,
}

impl Expression {
    fn of(text: &str) -> Self {
        let text = text.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let text = text.replace(" WITH ", "\u{a0}");
        let word = |word: &str| word.replace('\u{a0}', " WITH ");
        Self { words: text.split(' ').filter(|w| !w.is_empty()).map(word).collect() }
    }

    fn is_met(&self, allowed: &dyn Fn(&str) -> bool) -> bool {
        let mut at = 0;
        self.any(&mut at, allowed) && at == self.words.len()
    }

    fn any(&self, at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
        let mut met = self.all(at, allowed);
        while self.word(*at) == "OR" {
            *at += 1;
            met |= self.all(at, allowed);
        }
        met
    }

    fn all(&self, at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
        let mut met = self.one(at, allowed);
        while self.word(*at) == "AND" {
            *at += 1;
            met &= self.one(at, allowed);
        }
        met
    }

    fn one(&self, at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
        let word = self.word(*at);
        *at += 1;
        if word != "(" {
            return allowed(word);
        }
        let met = self.any(at, allowed);
        let closed = self.word(*at) == ")";
        *at += 1;
        met && closed
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }
}

mod tests {
    use super::*;

    const DENY: &str = "[licenses]\nallow = [\"MIT\", \"Zlib\"]\n\
                        clarify = [{ crate = \"b\", expression = \"MIT\" }]\n[bans]\n\
                        deny = [{ crate = \"openssl\", reason = \"rustls\" }]\n\
                        [sources]\nallow-registry = [\"https://good/index\"]\n";

    #[test]
    fn expressions_are_read() {
        let cases = [
            ("MIT", true),
            ("GPL-3.0", false),
            ("GPL-3.0 OR MIT", true),
            ("MIT AND GPL-3.0", false),
            ("MIT AND (GPL-3.0 OR Zlib)", true),
            ("(MIT OR GPL-3.0) AND Unicode-3.0", false),
            ("Unlicense/MIT", true),
            ("MIT WITH LLVM-exception", false),
            ("(MIT", false),
            ("", false),
        ];
        for (text, met) in cases {
            let found = Expression::of(text).is_met(&|name| ["MIT", "Zlib"].contains(&name));
            assert_eq!(found, met, "{text}");
        }
    }

    #[test]
    fn what_is_forbidden_is_found() {
        let lock = "[[package]]\nname = \"openssl\"\nsource = \"registry+https://good/index\"\n\
                    [[package]]\nname = \"fork\"\nsource = \"git+https://else\"\n\
                    [[package]]\nname = \"own\"\n";
        let rules = Rules::read(DENY);
        let found = rules.lock_faults(lock);
        assert_eq!(found.len(), 2, "{found:?}");
        let package = |name: &str, source: Option<&str>, license: Option<&str>| Package {
            name: name.to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
        };
        let packages = [
            package("a", Some("x"), Some("AGPL-3.0")),
            package("a", Some("x"), None),
            package("a", None, None),
            package("a", Some("x"), Some("MIT")),
            package("b", Some("x"), None),
        ];
        assert_eq!(rules.licence_faults(&packages).len(), 2);
    }
}
