//! Quantities of Kubernetes: `100m`, `1.5`, `128Mi`, `1e3`; `1G` is not `1Gi`.
//!
//! Definition: apimachinery `resource.Quantity`. Decimals are exact; what has no sense as an amount is none.

use std::collections::BTreeMap;

use crate::collect::kubernetes::wire::{PodSpec, Quantity, Resources};
use crate::model::kubernetes::Amounts;

/// A quantity in thousandths of its unit, rounded up as Kubernetes does.
pub(crate) fn millis(text: &str) -> Option<u64> {
    scaled(text, 1_000)
}

/// A quantity in whole units, rounded up.
pub(crate) fn units(text: &str) -> Option<u64> {
    scaled(text, 1)
}

/// `text` times `by`, rounded up; none if it is no quantity, negative, or beyond what fits.
fn scaled(text: &str, by: u128) -> Option<u64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let digits: String = format!("{whole}{}", fraction.trim_end_matches('0'));
    let mantissa: u128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let decimals = u32::try_from(fraction.trim_end_matches('0').len()).ok()?;
    let (binary, exponent) = factor(suffix)?;
    let mut above = mantissa.checked_mul(by)?.checked_mul(binary)?;
    let mut below: u128 = 1;
    let shift = exponent - i64::from(decimals);
    let power = 10_u128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?);
    match (shift >= 0, power) {
        (true, Some(power)) => above = above.checked_mul(power)?,
        (false, Some(power)) => below = power,
        (true, None) => return (above == 0).then_some(0),
        // Less than anything that counts.
        (false, None) => return Some(u64::from(above > 0)),
    }
    u64::try_from(above.div_ceil(below)).ok()
}

/// The binary factor and the decimal exponent of a suffix.
fn factor(suffix: &str) -> Option<(u128, i64)> {
    let found = match suffix {
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "" => (1, 0),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            return exponent.parse::<i16>().ok().map(|exponent| (1, i64::from(exponent)));
        }
    };
    Some(found)
}

/// Requests and limits of one pod: containers and sidecars add up, other init containers count as the largest, the
/// overhead adds, and what the pod says itself counts before all that.
pub(crate) fn of_pod(spec: &PodSpec) -> (Amounts, Amounts) {
    let overhead = |name: &str, read: fn(&str) -> Option<u64>| amount(&spec.overhead, name, read).unwrap_or(0);
    let total = |of: fn(&Resources) -> &BTreeMap<String, Quantity>, name: &str, read: fn(&str) -> Option<u64>, all: bool| {
        if let Some(own) = amount(of(&spec.resources), name, read) {
            return Some(own.saturating_add(overhead(name, read)));
        }
        let sidecars = spec.init_containers.iter().filter(|container| container.restart_policy.as_deref() == Some("Always"));
        let running: Vec<Option<u64>> = spec.containers.iter().chain(sidecars).map(|c| amount(of(&c.resources), name, read)).collect();
        // A limit holds only if everything has one; a request that is not there is none.
        if running.iter().all(Option::is_none) || (all && running.iter().any(Option::is_none)) {
            return None;
        }
        let sum = running.into_iter().flatten().fold(0, u64::saturating_add);
        let first = spec.init_containers.iter().filter(|container| container.restart_policy.as_deref() != Some("Always"));
        let largest = first.filter_map(|container| amount(of(&container.resources), name, read)).max().unwrap_or(0);
        Some(sum.max(largest).saturating_add(overhead(name, read)))
    };
    let both = |of: fn(&Resources) -> &BTreeMap<String, Quantity>, all: bool| Amounts {
        cpu_millis: total(of, "cpu", millis, all),
        memory_bytes: total(of, "memory", units, all),
    };
    (both(|resources| &resources.requests, false), both(|resources| &resources.limits, true))
}

fn amount(of: &BTreeMap<String, Quantity>, name: &str, read: fn(&str) -> Option<u64>) -> Option<u64> {
    of.get(name).and_then(|quantity| read(&quantity.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        let cpu = ["100m", "1.5", "0.1", "2", "1e3", "1E-1", "250000u", "1n", "+1", ".5", "0"];
        assert_eq!(cpu.map(|text| millis(text).unwrap()), [100, 1500, 100, 2000, 1_000_000, 100, 250, 1, 1000, 500, 0]);
        let memory = ["128Mi", "1G", "1Gi", "1.5Gi", "128974848", "129e6", "129M", "100m"];
        let bytes = [134_217_728, 1_000_000_000, 1_073_741_824, 1_610_612_736, 128_974_848, 129_000_000, 129_000_000, 1];
        assert_eq!(memory.map(|text| units(text).unwrap()), bytes);
        for text in ["", "m", "-1", "1x", "1..2", "1.2.3", "1ee3", "Gi", "1e", "99999999999E", "1e99999", "0x10"] {
            assert_eq!(units(text), None, "{text}");
        }
        assert_eq!((units("0e300"), millis("1e-300")), (Some(0), Some(1)));
    }

    #[test]
    fn a_pod_needs_what_runs_together() {
        let spec: PodSpec = serde_json::from_str(
            r#"{"containers": [
                {"name": "app", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": 1, "memory": "128Mi"}}},
                {"name": "more", "resources": {"requests": {"cpu": "50m"}, "limits": {"memory": "1Ki"}}}],
              "initContainers": [
                {"name": "first", "resources": {"requests": {"cpu": "1", "memory": "1Mi"}}},
                {"name": "sidecar", "restartPolicy": "Always", "resources": {"requests": {"memory": "1Mi"}, "limits": {"cpu": "1", "memory": "1Mi"}}}],
              "overhead": {"cpu": "10m"}}"#,
        )
        .unwrap();
        let (requests, limits) = of_pod(&spec);
        assert_eq!(requests, Amounts { cpu_millis: Some(1010), memory_bytes: Some(65 * 1024 * 1024) });
        assert_eq!(limits, Amounts { cpu_millis: None, memory_bytes: Some(129 * 1024 * 1024 + 1024) });
        let own: PodSpec = serde_json::from_str(r#"{"containers": [{"name": "a"}], "resources": {"requests": {"cpu": "2"}}}"#).unwrap();
        assert_eq!(of_pod(&own).0.cpu_millis, Some(2000));
    }

    proptest! {
        #[test]
        fn a_quantity_means_the_same_however_it_is_written(milli in 0_u64..10_000_000_000) {
            prop_assert_eq!(millis(&format!("{milli}m")), Some(milli));
            prop_assert_eq!(millis(&format!("{}.{:03}", milli / 1000, milli % 1000)), Some(milli));
            prop_assert_eq!(millis(&format!("{milli}e-3")), Some(milli));
            prop_assert_eq!(units(&format!("{milli}Ki")), Some(milli * 1024));
            prop_assert_eq!(units(&format!("{milli}k")), units(&format!("{milli}000")));
        }

        #[test]
        fn any_text_is_a_quantity_or_none(text in ".{0,20}") {
            let _ = (millis(&text), units(&text));
        }
    }
}
