//! What a company adds in front of or behind its words when it grows: product lines and regions.

/// A product line or a region: its slug, its name, how a sentence ends with it, and whether it stands in front.
#[derive(Clone, Debug)]
pub(in crate::demo::company) struct Line {
    pub(in crate::demo::company) slug: String,
    pub(in crate::demo::company) name: String,
    pub(in crate::demo::company) phrase: String,
    /// A product line; the others are regions.
    pub(in crate::demo::company) in_front: bool,
}

impl Line {
    /// `ocean-quotes`, `quotes-nordics`.
    pub(in crate::demo::company) fn slug(&self, word: &str) -> String {
        if self.in_front { format!("{}-{word}", self.slug) } else { format!("{word}-{}", self.slug) }
    }

    /// `Ocean Quotes`, `Quotes Nordics`.
    pub(in crate::demo::company) fn name(&self, name: &str) -> String {
        if self.in_front { format!("{} {name}", self.name) } else { format!("{name} {}", self.name) }
    }
}

const MODES: &[(&str, &str, &str)] = &[
    ("ocean", "Ocean", "for ocean freight"),
    ("air", "Air", "for air freight"),
    ("rail", "Rail", "for rail freight"),
    ("parcel", "Parcel", "for parcels"),
    ("reefer", "Reefer", "for chilled and frozen goods"),
    ("bulk", "Bulk", "for bulk cargo"),
    ("project", "Project Cargo", "for what fits in no container"),
    ("barge", "Barge", "for inland waterways"),
];

const REGIONS: &[(&str, &str, &str)] = &[
    ("nordics", "Nordics", "in the Nordics"),
    ("iberia", "Iberia", "in Spain and Portugal"),
    ("dach", "DACH", "in Germany, Austria and Switzerland"),
    ("benelux", "Benelux", "in Benelux"),
    ("uki", "UK and Ireland", "in the United Kingdom and Ireland"),
    ("cee", "CEE", "in central and eastern Europe"),
    ("italy", "Italy", "in Italy"),
    ("france", "France", "in France"),
    ("baltics", "Baltics", "in the Baltics"),
    ("balkans", "Balkans", "in the Balkans"),
    ("turkiye", "Türkiye", "in Türkiye"),
    ("maghreb", "Maghreb", "in the Maghreb"),
    ("gulf", "Gulf", "around the Gulf"),
    ("east-africa", "East Africa", "in East Africa"),
    ("west-africa", "West Africa", "in West Africa"),
    ("southern-africa", "Southern Africa", "in southern Africa"),
    ("india", "India", "in India"),
    ("sea", "Southeast Asia", "in Southeast Asia"),
    ("anz", "ANZ", "in Australia and New Zealand"),
    ("korea", "Korea", "in Korea"),
    ("japan", "Japan", "in Japan"),
    ("canada", "Canada", "in Canada"),
    ("us-east", "US East", "on the US east coast"),
    ("us-west", "US West", "on the US west coast"),
    ("mexico", "Mexico", "in Mexico"),
    ("andes", "Andes", "in the Andes"),
    ("brazil", "Brazil", "in Brazil"),
    ("cono-sur", "Cono Sur", "in the Cono Sur"),
];

/// All of them: product lines, regions, and then product lines in regions.
pub(in crate::demo::company) fn lines() -> Vec<Line> {
    let line = |in_front| {
        move |(slug, name, phrase): &(&str, &str, &str)| Line {
            slug: (*slug).to_owned(),
            name: (*name).to_owned(),
            phrase: (*phrase).to_owned(),
            in_front,
        }
    };
    let mut lines: Vec<Line> = MODES.iter().map(line(true)).chain(REGIONS.iter().map(line(false))).collect();
    for region in REGIONS {
        for mode in MODES {
            lines.push(Line {
                slug: format!("{}-{}", mode.0, region.0),
                name: format!("{} {}", mode.1, region.1),
                phrase: format!("{} {}", mode.2, region.2),
                in_front: false,
            });
        }
    }
    lines
}
