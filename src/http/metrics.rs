//! Counters in the text format of Prometheus (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What was counted since the server began.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    connections: AtomicU64,
    open_connections: AtomicU64,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// By vendor, route and the word that tells what became of it.
    calls: BTreeMap<(&'static str, &'static str, String), u64>,
    /// By vendor and route.
    times: BTreeMap<(&'static str, &'static str), Times>,
    /// By lane: slices, calls in them, and the longest.
    slices: BTreeMap<&'static str, (u64, u64, u64)>,
    /// By CA: number, entries, nextUpdate.
    crls: BTreeMap<String, (u64, u64, u64)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

impl Metrics {
    /// A connection began.
    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.open_connections.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection ended.
    pub(super) fn disconnected(&self) {
        self.open_connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// A call was answered.
    pub(super) fn call(
        &self,
        vendor: &'static str,
        route: &'static str,
        outcome: &str,
        took: Duration,
    ) {
        let mut counts = self.counts();
        *counts
            .calls
            .entry((vendor, route, outcome.to_owned()))
            .or_default() += 1;
        let times = counts.times.entry((vendor, route)).or_default();
        times.count += 1;
        times.sum += took;
        for (bucket, (_, limit)) in times.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(took <= limit);
        }
    }

    /// A slice went to the service.
    pub(super) fn slice(&self, lane: &'static str, calls: usize) {
        let calls = u64::try_from(calls).unwrap_or(u64::MAX);
        let mut counts = self.counts();
        let (slices, sum, longest) = counts.slices.entry(lane).or_default();
        *slices += 1;
        *sum += calls;
        *longest = calls.max(*longest);
    }

    /// A CRL was published.
    pub(super) fn crl(&self, ca: &str, number: u64, entries: u64, next_update: u64) {
        let entry = (number, entries, next_update);
        self.counts().crls.insert(ca.to_owned(), entry);
    }

    /// Everything, as Prometheus reads it.
    pub(super) fn to_text(&self) -> String {
        let mut text = Text::default();
        let all = self.connections.load(Ordering::Relaxed);
        let open = self.open_connections.load(Ordering::Relaxed);
        text.head("connections_total", "counter", "Connections accepted.");
        text.line("connections_total", &[], all);
        text.head("connections_open", "gauge", "Connections open now.");
        text.line("connections_open", &[], open);
        let counts = self.counts();
        text.head(
            "requests_total",
            "counter",
            "Requests by what became of them, in the vendor's codes.",
        );
        for ((vendor, route, outcome), count) in &counts.calls {
            let labels = [("vendor", *vendor), ("route", *route), ("outcome", outcome)];
            text.line("requests_total", &labels, *count);
        }
        text.times(&counts.times);
        let help = [
            ("slices_total", "Slices that went to the service."),
            ("slice_requests_total", "Requests in them."),
            ("slice_longest", "Requests in the longest."),
        ];
        for (at, (name, help)) in help.into_iter().enumerate() {
            let kind = if at == 2 { "gauge" } else { "counter" };
            text.head(name, kind, help);
            for (lane, (slices, sum, longest)) in &counts.slices {
                let values = [*slices, *sum, *longest];
                let value = values.get(at).copied().unwrap_or_default();
                text.line(name, &[("lane", lane)], value);
            }
        }
        text.crls(&counts.crls);
        text.0
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text in the making.
#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.put(&format!(
            "# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {kind}\n"
        ));
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let mut text = format!("{PREFIX}{name}");
        if !labels.is_empty() {
            let labels: Vec<_> = labels
                .iter()
                .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
                .collect();
            text.push_str(&format!("{{{}}}", labels.join(",")));
        }
        self.put(&format!("{text} {value}\n"));
    }

    fn times(&mut self, times: &BTreeMap<(&'static str, &'static str), Times>) {
        let name = "request_duration_seconds";
        self.head(
            name,
            "histogram",
            "From the last octet of a request's head to its answer.",
        );
        for ((vendor, route), times) in times {
            let labels = [("vendor", *vendor), ("route", *route)];
            let bucket = format!("{name}_bucket");
            for (count, (limit, _)) in times.buckets.iter().zip(BUCKETS) {
                self.line(
                    &bucket,
                    &[labels.as_slice(), &[("le", limit)]].concat(),
                    count,
                );
            }
            let all = [labels.as_slice(), &[("le", "+Inf")]].concat();
            self.line(&bucket, &all, times.count);
            self.line(&format!("{name}_sum"), &labels, times.sum.as_secs_f64());
            self.line(&format!("{name}_count"), &labels, times.count);
        }
    }

    fn crls(&mut self, crls: &BTreeMap<String, (u64, u64, u64)>) {
        let series = [
            ("crl_number", "The number of the published CRL."),
            ("crl_entries", "Certificates on it."),
            (
                "crl_next_update_seconds",
                "Its nextUpdate, in seconds since 1970.",
            ),
        ];
        for (at, (name, help)) in series.into_iter().enumerate() {
            self.head(name, "gauge", help);
            for (ca, (number, entries, next_update)) in crls {
                let values = [*number, *entries, *next_update];
                let value = values.get(at).copied().unwrap_or_default();
                self.line(name, &[("ca", ca)], value);
            }
        }
    }

    fn put(&mut self, text: &str) {
        // Writing to a string cannot fail.
        self.0.write_str(text).unwrap_or_default();
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

const PREFIX: &str = "certwright_";

/// Upper ends of the histogram, as they are written and as they are.
const BUCKETS: [(&str, Duration); 10] = [
    ("0.001", Duration::from_millis(1)),
    ("0.0025", Duration::from_micros(2500)),
    ("0.005", Duration::from_millis(5)),
    ("0.01", Duration::from_millis(10)),
    ("0.025", Duration::from_millis(25)),
    ("0.05", Duration::from_millis(50)),
    ("0.1", Duration::from_millis(100)),
    ("0.25", Duration::from_millis(250)),
    ("1", Duration::from_secs(1)),
    ("5", Duration::from_secs(5)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_in_prometheus_words() {
        let metrics = Metrics::default();
        metrics.connected();
        metrics.call("enos", "apply", "0", Duration::from_millis(2));
        metrics.call("enos", "apply", "0", Duration::from_millis(20));
        metrics.call("enos", "apply", "a\"b", Duration::from_secs(9));
        metrics.slice("enos-apply", 3);
        metrics.slice("enos-apply", 2);
        metrics.crl("rsa-root", 7, 1, 1_800_000_000);
        let text = metrics.to_text();
        let has = |line: &str| assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        has("certwright_connections_open 1");
        has(r#"certwright_requests_total{vendor="enos",route="apply",outcome="0"} 2"#);
        has(r#"certwright_requests_total{vendor="enos",route="apply",outcome="a\"b"} 1"#);
        let bucket =
            r#"certwright_request_duration_seconds_bucket{vendor="enos",route="apply",le="#;
        has(&format!("{bucket}\"0.0025\"}} 1"));
        has(&format!("{bucket}\"0.025\"}} 2"));
        has(&format!("{bucket}\"+Inf\"}} 3"));
        has(r#"certwright_slice_requests_total{lane="enos-apply"} 5"#);
        has(r#"certwright_slice_longest{lane="enos-apply"} 3"#);
        has(r#"certwright_crl_next_update_seconds{ca="rsa-root"} 1800000000"#);
    }
}
