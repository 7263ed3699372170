//! Makes the embedded folder exist, so that `cargo build` needs no Node, and rebuilds when its content changes.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("web/dist")?;
    println!("cargo::rerun-if-changed=web/dist");
    Ok(())
}
