//! `docs/config.md` is what the tables say. `OTTLA_BLESS=1` writes it anew.

use std::path::Path;

#[test]
fn the_page_in_the_repository_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let page = ottla_config::markdown();
    if std::env::var_os("OTTLA_BLESS").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/config.md is not what the tables say; write it anew with OTTLA_BLESS=1");
}

#[test]
fn every_public_setting_is_on_the_page() {
    let page = ottla_config::markdown();
    for setting in ottla_config::broker::settings().filter(|setting| !setting.is_internal) {
        assert!(page.contains(&format!("`{}`", setting.key)), "{}", setting.key);
    }
}
