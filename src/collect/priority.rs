//! What trackers usually call a bug's priority, in many languages. What is configured counts before.

use crate::model::trouble::Priority;

/// Names, in lower case.
const NAMES: [(Priority, &[&str]); 4] = [
    (
        Priority::Critical,
        &[
            "blocker",
            "critical",
            "highest",
            "urgent",
            "p0",
            "p1",
            "s0",
            "s1",
            "sev0",
            "sev1",
            "höchste",
            "am höchsten",
            "kritisch",
            "la plus haute",
            "très élevée",
            "critique",
            "bloquant",
            "más alta",
            "la más alta",
            "crítica",
            "muy alta",
            "mais alta",
            "altíssima",
            "crítico",
            "massima",
            "hoogste",
            "najwyższy",
            "наивысший",
            "критический",
            "最高",
            "最高级",
            "가장 높음",
        ],
    ),
    (
        Priority::High,
        &["high", "major", "p2", "s2", "sev2", "hoch", "haute", "élevée", "alta", "alto", "hoog", "wysoki", "высокий", "高", "높음"],
    ),
    (
        Priority::Medium,
        &[
            "medium",
            "normal",
            "p3",
            "s3",
            "sev3",
            "mittel",
            "moyenne",
            "moyen",
            "media",
            "medio",
            "média",
            "médio",
            "gemiddeld",
            "średni",
            "средний",
            "中",
            "中等",
            "보통",
            "중간",
        ],
    ),
    (
        Priority::Low,
        &[
            "low",
            "lowest",
            "minor",
            "trivial",
            "p4",
            "p5",
            "s4",
            "s5",
            "sev4",
            "sev5",
            "niedrig",
            "niedrigste",
            "am niedrigsten",
            "gering",
            "basse",
            "faible",
            "la plus basse",
            "la plus faible",
            "très faible",
            "baja",
            "más baja",
            "la más baja",
            "muy baja",
            "baixa",
            "mais baixa",
            "baixíssima",
            "bassa",
            "minima",
            "laag",
            "laagste",
            "niski",
            "najniższy",
            "низкий",
            "самый низкий",
            "низший",
            "低",
            "最低",
            "낮음",
            "가장 낮음",
        ],
    ),
];

/// What a name in lower case usually means; none if that is not known.
pub(crate) fn usual(name: &str) -> Option<Priority> {
    NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(priority, _)| *priority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_thing() {
        assert_eq!((usual("p2"), usual("Major"), usual("höchste")), (Some(Priority::High), None, Some(Priority::Critical)));
        let all: Vec<&str> = NAMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let once: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), once.len());
        assert!(all.iter().all(|name| *name == name.to_lowercase()));
    }
}
