//! Runtimes, base images and frameworks with their true dates, as endoflife.date publishes them.
//!
//! `products.txt` holds the facts: a line `# name | label` begins a product; each other line is a release cycle, newest
//! first: name, release date, `lts`, end of security support, and versions with the day that they came out.

use super::calendar::number;
use super::{Cycle, Product};
use crate::model::Instant;

const FACTS: &str = include_str!("products.txt");

/// All of them, by name.
pub(super) fn products() -> Vec<Product> {
    let mut products: Vec<Product> = Vec::new();
    for line in FACTS.lines() {
        let fields: Vec<&str> = line.trim_start_matches('#').split('|').map(str::trim).collect();
        match fields[..] {
            [name, label] => products.push(Product { name: name.to_owned(), label: label.to_owned(), cycles: Vec::new() }),
            [name, released, lts, end_of_life, versions] => {
                let (Some(product), Some(released)) = (products.last_mut(), date(released)) else { continue };
                let version = |text: &str| text.rsplit_once('@').and_then(|(version, at)| Some((date(at)?, version.to_owned())));
                product.cycles.push(Cycle {
                    name: name.to_owned(),
                    released,
                    lts: lts == "lts",
                    end_of_life: date(end_of_life),
                    versions: versions.split(' ').filter_map(version).collect(),
                });
            }
            _ => {}
        }
    }
    products.sort_by(|a, b| a.name.cmp(&b.name));
    products
}

fn date(text: &str) -> Option<Instant> {
    let mut numbers = text.split('-').map(str::parse::<i64>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(date))) = (numbers.next(), numbers.next(), numbers.next()) else { return None };
    Some(Instant::from_seconds(number(year, month, date) * 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cycle_has_versions_in_order_of_time() {
        let products = products();
        assert!(products.len() > 20);
        for product in &products {
            assert!(!product.cycles.is_empty(), "{}", product.name);
            for cycle in &product.cycles {
                assert!(!cycle.versions.is_empty(), "{} {}", product.name, cycle.name);
                assert!(cycle.versions.is_sorted_by_key(|(at, _)| *at), "{} {}", product.name, cycle.name);
            }
        }
        let node = products.iter().find(|product| product.name == "nodejs").unwrap();
        let cycle = node.cycles.iter().find(|cycle| cycle.name == "22").unwrap();
        assert_eq!(cycle.end_of_life.unwrap().to_string(), "2027-04-30T00:00:00Z");
        assert!(cycle.lts);
    }
}
