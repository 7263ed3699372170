//! Round numbers beside an axis.

/// Where the axis begins and ends, and which numbers stand beside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    step: f64,
}

impl Axis {
    /// Around these values, in about four steps of at least `least`; up to `limit` if there is one. From zero, unless all
    /// values lie far above it.
    pub(super) fn around(values: impl Iterator<Item = f64>, least: f64, limit: Option<f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let high = limit.map_or(high, |limit| limit.max(high));
        let low = if low < high * 0.6 { low.min(0.0) } else { low };
        let range = if high > low { high - low } else { high.abs().max(1.0) * 0.1 };
        let step = round_step(range / 4.0).max(least);
        let from = (low / step + 1e-9).floor() * step;
        let to = (high / step - 1e-9).ceil() * step;
        // A line on the very edge is hard to see.
        let from = if low - from < step * 0.15 && from > 0.0 { from - step } else { from };
        let to = if limit.is_none() && to - high < step * 0.1 { to + step } else { to };
        Self { from, to: if to > from { to } else { from + step }, step }
    }

    /// The numbers, the smallest first.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let count = ((self.to - self.from) / self.step + 1e-9).floor();
        std::iter::successors(Some(0.0), |index| Some(index + 1.0))
            .take_while(|index| *index <= count)
            .map(|index| self.from + index * self.step)
            .collect()
    }

    /// As many digits behind the point as tell the numbers apart.
    pub(super) fn digits(&self) -> usize {
        (0..6).find(|digits| is_whole(self.step * 10_f64.powi(*digits)) && is_whole(self.from * 10_f64.powi(*digits))).unwrap_or(6) as usize
    }
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

/// 1, 2 or 5 times a power of ten, at least this.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= least * 0.999_999).unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(values: &[f64], limit: Option<f64>) -> (Vec<String>, usize) {
        let axis = Axis::around(values.iter().copied(), if limit.is_some() { 0.001 } else { 1.0 }, limit);
        let digits = axis.digits();
        (axis.ticks().iter().map(|tick| format!("{tick:.digits$}")).collect(), digits)
    }

    #[test]
    fn numbers_are_round_and_hold_all_values() {
        assert_eq!(around(&[99.62, 99.95], Some(100.0)).0, ["99.6", "99.7", "99.8", "99.9", "100.0"]);
        assert_eq!(around(&[0.0, 13.0], None).0, ["0", "5", "10", "15"]);
        assert_eq!(around(&[188.0, 215.0], None).0, ["180", "190", "200", "210", "220"]);
        assert_eq!(around(&[100.0, 100.0], Some(100.0)).0.last().unwrap(), "100");
        assert_eq!(around(&[], None).0.first().unwrap(), "0");
        assert!(around(&[7.0], None).0.len() >= 2, "one value has an axis, too");
        assert_eq!(around(&[0.0, 0.0], None).0.first().unwrap(), "0", "so has nothing");
    }
}
