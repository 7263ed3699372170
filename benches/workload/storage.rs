//! Disk, memory, commits, opening and rebuilding.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use serde_json::json;
use spot::model::{Facet, Kind};
use spot::store::{Options, Store, drop_index};

use crate::Arguments;
use crate::limit;
use crate::measure::{Report, folder_bytes, process_cpu, resident, thread_cpu, timed};
use crate::reads;
use crate::workload::{Workload, drive};

const MB: f64 = 1e6;

/// Writes the whole workload into `folder/store` and measures what that took and what it left.
pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let place = folder.join("store");
    let mut workload = Workload::new(arguments.seed, arguments.factor);
    let store = Store::open(&Options::new(&place))?;
    let limit_days = arguments.limit_days.min(arguments.days);
    let stretch = folder.join("stretch.jsonl");
    let mut stretch_file = Some(std::io::BufWriter::new(std::fs::File::create(&stretch)?));
    let (mut stretch_quick, mut all_quick) = (Some(limit::encoder(3)?), limit::encoder(3)?);
    let mut stretch_bytes = 0;
    let mut best: Option<Child> = None;
    let (mut raw_bytes, mut versions) = (0_u64, 0_u64);
    let (mut sampled_commit, mut sampled_best, mut samples, mut commit, mut pack, mut packs, mut packed) = (0.0, 0.0, 0, 0.0, 0.0, 0, 0);
    let (first_seconds, first) = timed(|| drive::begin(&store, &workload));
    versions += first?;
    let started = std::time::Instant::now();
    for day in 0..arguments.days {
        let (cost, changed) = drive::day(&store, &mut workload, day)?;
        let changed = if day == 0 { (0..workload.streams.len()).collect() } else { changed };
        let mut raw = Vec::new();
        drive::raw(&workload, &changed, &mut raw)?;
        raw_bytes += raw.len() as u64;
        versions += cost.versions;
        all_quick.write_all(&raw)?;
        if let (Some(file), Some(quick)) = (&mut stretch_file, &mut stretch_quick) {
            file.write_all(&raw)?;
            quick.write_all(&raw)?;
        }
        if day + 1 == limit_days {
            stretch_file.take().context("written once")?.into_inner()?;
            stretch_bytes = stretch_quick.take().context("written once")?.finish()?.0;
            let child = Command::new(std::env::current_exe()?)
                .args(["--child-limit".as_ref(), stretch.as_os_str()])
                .stdout(Stdio::piped())
                .spawn()?;
            best = Some(child);
        }
        if cost.pack > 0.0 {
            packs += 1;
            pack += cost.pack;
            // Windows end where the number of a day divides by 64, so the first one holds fewer days.
            packed = day;
        } else if day > 0 {
            commit += cost.commit;
            if day % 31 == 5 {
                sampled_commit += cost.commit;
                let started = thread_cpu();
                zstd::bulk::compress(&raw, 19)?;
                sampled_best += thread_cpu() - started;
                samples += 1;
            }
        }
        if day % 100 == 99 {
            let (journal, archive, index) = store.sizes();
            eprintln!(
                "day {:4}: {:.0} s, journal {:.1}, archive {:.1}, index {:.1} MB, commit {:.0} ms a day, memory {:.0} MiB (generator included)",
                day + 1,
                started.elapsed().as_secs_f64(),
                journal as f64 / MB,
                archive as f64 / MB,
                index as f64 / MB,
                commit / f64::from(day) * 1e3,
                resident("self").0,
            );
        }
    }
    drop(workload);
    let all_bytes = all_quick.finish()?.0;
    let output = best.context("the stretch is shorter than the run")?.wait_with_output()?;
    let best: f64 = String::from_utf8(output.stdout)?.trim().parse().context("the child prints a number")?;
    std::fs::remove_file(&stretch)?;
    let scale = all_bytes as f64 / stretch_bytes as f64;
    let limit = best * scale;
    report.note("versions", versions as f64, "", format!("in {} days", arguments.days));
    report.note("raw change stream", raw_bytes as f64 / MB, "MB", String::new());
    let detail = format!("zstd -19 --long=27: {:.2} MB for {limit_days} days, times {scale:.2}", best / MB);
    report.note("L", limit / MB, "MB", detail);

    drop(store);
    let (journal, archive, index) =
        (folder_bytes(&place.join("journal")), folder_bytes(&place.join("archive")), folder_bytes(&place.join("index")));
    let sizes = format!("journal {:.1} MB, archive {:.1} MB, index {:.1} MB", journal as f64 / MB, archive as f64 / MB, index as f64 / MB);
    // The archive is compared with what it holds.
    let packed_share = f64::from(packed) / f64::from(arguments.days);
    let detail = format!("archive / (L of the {:.0} % of days that are packed)", packed_share * 100.0);
    report.at_most("archive", archive as f64 / (limit * packed_share), "L", 1.4, detail);
    report.at_most("everything on disk", (journal + archive + index) as f64 / limit, "L", 2.2, sizes);
    let detail =
        format!("{:.0} ms a day; zstd -19: {:.0} ms", commit / f64::from(arguments.days) * 1e3, sampled_best / f64::from(samples) * 1e3);
    report.at_most("commit of a day, CPU / zstd -19", sampled_commit / sampled_best, "x", 0.15, detail);
    report.note("packing a window, CPU", pack / f64::from(packs.max(1)), "s", format!("{packs} windows"));
    report.note("first import", first_seconds, "s", String::new());

    open_and_rebuild(&place, report)
}

fn child(place: &Path) -> anyhow::Result<serde_json::Value> {
    let output =
        Command::new(std::env::current_exe()?).args(["--child-open".as_ref(), place.as_os_str()]).stderr(Stdio::inherit()).output()?;
    serde_json::from_slice(&output.stdout).context("the child prints JSON")
}

fn open_and_rebuild(place: &Path, report: &mut Report) -> anyhow::Result<()> {
    let number = |value: &serde_json::Value, key: &str| value[key].as_f64().unwrap_or(f64::NAN);
    let opened = child(place)?;
    report.at_most("open and first answer", number(&opened, "first"), "s", 1.0, format!("open {:.2} s", number(&opened, "open")));
    report.at_most(
        "memory after a day's mix of reads",
        number(&opened, "resident"),
        "MiB",
        200.0,
        format!("peak {:.0} MiB, after opening {:.0} MiB", number(&opened, "peak"), number(&opened, "early")),
    );
    drop_index(place)?;
    let rebuilt = child(place)?;
    report.at_most("today's answers without an index", number(&rebuilt, "first"), "s", 5.0, String::new());
    let detail = format!("CPU {:.0} s, peak {:.0} MiB", number(&rebuilt, "cpu"), number(&rebuilt, "peak"));
    report.at_most("all answers without an index", number(&rebuilt, "complete"), "s", 90.0, detail);
    let index = folder_bytes(&place.join("index"));
    report.note("index when fresh", index as f64 / MB, "MB", String::new());
    Ok(())
}

/// In a process of its own: opens, answers, waits for a rebuild, reads a mixture, and says what that took.
pub fn child_open(place: &Path) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let store = Store::open(&Options::new(place))?;
    let open = started.elapsed().as_secs_f64();
    let view = store.view();
    reads::page(&view, view.newest(), None)?;
    let first = started.elapsed().as_secs_f64();
    let early = resident("self").0;
    while store.view().rebuilding().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let complete = started.elapsed().as_secs_f64();
    let cpu = process_cpu();
    let view = store.view();
    for days in [0_i64, 1, 30, 200, 400, 700, 900] {
        let at = view.newest().plus_seconds(-days * 86_400);
        reads::page(&view, at, None)?;
        reads::page(&view, at, Some((Facet::General, "lifecycle", "production")))?;
        reads::difference(&view, at.plus_seconds(-86_400), at)?;
        for service in view.entities(Kind::Service).iter().take(40) {
            view.statements(*service, at)?;
            view.rows(*service, at.plus_seconds(-365 * 86_400), at)?;
        }
    }
    let (now, peak) = resident("self");
    println!("{}", json!({"open": open, "first": first, "complete": complete, "cpu": cpu, "early": early, "resident": now, "peak": peak}));
    Ok(())
}
