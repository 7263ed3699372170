//! endoflife.date: all products in one conditional request a day.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{END_OF_LIFE, Session, Stating, Tally, Used, address, convert, resource, wire};
use crate::collect::http::{Ask, Error};
use crate::collect::{Item, Stopped};

pub(super) const PRODUCTS: &str = "endoflife.date/products";

#[derive(Debug, Default, Serialize, Deserialize)]
struct Products {
    etag: Option<String>,
    last_modified: Option<String>,
    products: Vec<wire::EndOfLifeProduct>,
}

/// Reads and states the runtimes in use.
pub(super) async fn state(session: &Session<'_>, base: &Url, used: &[Used], tally: &mut Tally) -> Result<(), Stopped> {
    if used.is_empty() {
        return session.extent(END_OF_LIFE, true, 0).await;
    }
    let products = match read(session, base).await {
        Ok(products) => products,
        Err(error) => {
            let message = format!("{} runtimes are not read: {error}", used.len());
            session.problem(tally, END_OF_LIFE, None, message).await?;
            return session.extent(END_OF_LIFE, false, 0).await;
        }
    };
    let mut stated = 0;
    for used in used {
        let is_it = |product: &&wire::EndOfLifeProduct| product.name == used.name;
        let by_alias = |product: &&wire::EndOfLifeProduct| product.aliases.contains(&used.name);
        let Some(product) = products.iter().find(is_it).or_else(|| products.iter().find(by_alias)) else {
            tally.unchanged += 1;
            session.sink.put(Item::Unchanged(resource(used, END_OF_LIFE))).await?;
            continue;
        };
        let stating = Stating {
            used,
            scope: END_OF_LIFE,
            links: convert::links_of_product(product),
            title: Some(product.label.clone()).filter(|label| !label.is_empty()),
            check: product.links.html.clone(),
        };
        stating.state(session, &convert::from_product(product), tally).await?;
        stated += 1;
    }
    session.extent(END_OF_LIFE, true, stated).await
}

async fn read(session: &Session<'_>, base: &Url) -> Result<Vec<wire::EndOfLifeProduct>, Error> {
    let before: Option<(Products, bool)> = session.cached(PRODUCTS, "full");
    let before = match before {
        Some((products, true)) => return Ok(products.products),
        Some((products, false)) => Some(products),
        None => None,
    };
    let Some(url) = address::below(base, "api/v1/products/full") else { return Ok(Vec::new()) };
    let mut ask = Ask::get(url).header("accept", "application/json");
    if let Some(before) = &before {
        if let Some(etag) = &before.etag {
            ask = ask.header("if-none-match", etag);
        }
        if let Some(at) = &before.last_modified {
            ask = ask.header("if-modified-since", at);
        }
    }
    let answer = session.http.send(ask).await?;
    if let (304, Some(before)) = (answer.status.as_u16(), before) {
        session.keep(PRODUCTS, "full", &before);
        return Ok(before.products);
    }
    let answer = answer.success()?;
    let mut now = Products {
        etag: answer.header("etag").map(str::to_owned),
        last_modified: answer.header("last-modified").map(str::to_owned),
        products: answer.json::<wire::EndOfLifeProducts>()?.result,
    };
    now.products.retain(|product| !product.name.is_empty());
    session.keep(PRODUCTS, "full", &now);
    Ok(now.products)
}
