//! A clock that stands where it is put, until it follows another.

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::model::{Clock, Instant};

/// The time of the simulated company.
#[derive(Clone)]
pub struct SimulatedClock {
    standing: Arc<AtomicI64>,
    followed: Arc<OnceLock<Clock>>,
}

impl SimulatedClock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn at(now: Instant) -> Self {
        Self { standing: Arc::new(AtomicI64::new(now.micros())), followed: Arc::default() }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.followed.get().map_or_else(|| Instant::from_micros(self.standing.load(Ordering::Acquire)), |clock| clock())
    }

    /// Moves on to an instant; it never goes back.
    pub fn set(&self, now: Instant) {
        self.standing.fetch_max(now.micros(), Ordering::AcqRel);
    }

    /// From now on shows what another clock shows.
    pub fn follow(&self, clock: Clock) {
        // Once it follows, it keeps to that.
        let _ = self.followed.set(clock);
    }

    /// This clock for those who only look at it.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    /// Waits: as long as the clock stands, by moving it.
    pub fn pause(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if self.followed.get().is_some() {
            return Box::pin(tokio::time::sleep(duration));
        }
        self.standing.fetch_add(i64::try_from(duration.as_micros()).unwrap_or(0), Ordering::AcqRel);
        Box::pin(tokio::task::yield_now())
    }
}

impl std::fmt::Debug for SimulatedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SimulatedClock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_stands_moves_and_then_follows() {
        let clock = SimulatedClock::at(Instant::from_seconds(100));
        let seen = clock.clock();
        clock.set(Instant::from_seconds(50));
        assert_eq!(seen(), Instant::from_seconds(100));
        clock.pause(Duration::from_secs(60)).await;
        assert_eq!(seen(), Instant::from_seconds(160));
        clock.follow(Arc::new(|| Instant::from_seconds(1_000)));
        assert_eq!(seen(), Instant::from_seconds(1_000));
    }
}
