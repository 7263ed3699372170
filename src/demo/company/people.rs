//! Who works there: names from where the offices are, logins as people choose them, first and last days.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Person;
use super::calendar::{Calendar, SITES, day_number};
use super::random::Random;
use super::words::names::{NICKNAMES, ORIGINS};
use crate::model::Instant;

/// Everybody, and where they sit.
pub(super) struct People {
    pub(super) people: Vec<Person>,
    /// The site of each.
    pub(super) sites: Vec<u8>,
    /// The company's own account that machines commit with.
    pub(super) bot: usize,
}

impl People {
    /// `count` are there at the end; about one in seven came in the last year, and one in eleven left.
    pub(super) fn generate(random: &Random, history: &Range<Instant>, calendar: &Calendar, count: usize, login: &str) -> Self {
        let mut random = random.part("people");
        let joiners = (count as f64 * 0.14).round() as usize;
        let leavers = (count as f64 * 0.09).round() as usize;
        let mut names = Names::default();
        let mut staff = Vec::new();
        for number in 0..count + leavers {
            let site = random.weighted(&SITES.map(|site| site.share)) as u8;
            let (first, last) = names.name(&mut random, site);
            let days = day_number(history.end) - day_number(history.start);
            let day = |random: &mut Random| day_number(history.start) + 1 + random.between(0, (days - 3).max(1));
            let morning = |day: i64| calendar.local(site.into(), calendar.working_day(site.into(), day), 9 * 3600);
            let start = if number < joiners {
                // Most begin on the first of a month.
                let day = day(&mut random);
                morning(if random.chance(0.7) { first_of_month(day) } else { day }).max(history.start)
            } else {
                // Growth: half of the others came in the three years before.
                let years = -1.9 * (1.0 - random.share() * 0.985).ln();
                Instant::from_seconds((day_number(history.start) - 2 - (years * 365.0) as i64) * 86_400 + 8 * 3600)
            };
            let end = if number >= count {
                calendar
                    .local(site.into(), last_of_month(day(&mut random)), 18 * 3600)
                    .clamp(history.start.plus_seconds(86_400), history.end)
            } else {
                Instant::MAX
            };
            staff.push((start, end, site, first, last));
        }
        staff.sort_by_key(|(start, ..)| *start);
        let mut found = Self { people: Vec::new(), sites: Vec::new(), bot: 0 };
        for (start, end, site, first, last) in staff {
            let email = names.email(&first, &last, login);
            let login = names.login(&mut random, &first, &last);
            let id = account(&mut random, start);
            found.people.push(Person { id, login, name: format!("{first} {last}"), email, employed: start..end });
            found.sites.push(site);
        }
        found.bot = found.people.len();
        let start = found.people.first().map_or(history.start, |person| person.employed.start);
        let name = format!("{}{} Bot", login[..1].to_uppercase(), &login[1..]);
        let (login, email) = (format!("{login}-bot"), format!("developer-experience@{login}.example"));
        found.people.push(Person { id: 41_873_205, login, name, email, employed: start..Instant::MAX });
        found.sites.push(0);
        found
    }
}

/// An account's number: accounts are older than jobs, and newer ones have larger numbers.
fn account(random: &mut Random, start: Instant) -> u64 {
    let days = (day_number(start) - 14_000).max(1) as f64 * random.range(0.25, 0.99);
    (days * days * 2.4) as u64 + random.below(40_000) as u64
}

fn first_of_month(day: i64) -> i64 {
    day - i64::from(super::calendar::civil(day).2) + 1
}

fn last_of_month(day: i64) -> i64 {
    first_of_month(first_of_month(day) + 32) - 1
}

/// Names, logins and addresses that are taken.
#[derive(Default)]
struct Names {
    names: BTreeSet<String>,
    logins: BTreeSet<String>,
    emails: BTreeSet<String>,
    words: Vec<(Vec<&'static str>, Vec<&'static str>)>,
}

impl Names {
    fn name(&mut self, random: &mut Random, site: u8) -> (String, String) {
        if self.words.is_empty() {
            self.words = ORIGINS.iter().map(|origin| (origin.first.split(' ').collect(), origin.last.split(' ').collect())).collect();
        }
        let weights: Vec<f64> = ORIGINS.iter().map(|origin| f64::from(origin.weights[usize::from(site)])).collect();
        let mut attempt = 0;
        loop {
            let (firsts, lasts) = &self.words[random.weighted(&weights)];
            let (first, mut last) = (random.pick(firsts).to_owned(), random.pick(lasts).to_owned());
            if attempt > 3 || random.chance(0.015) {
                last = format!("{last}-{}", random.pick(lasts));
            }
            let last = if is_slavic_woman(&first, &last) { feminine(&last) } else { last };
            attempt += 1;
            if attempt > 8 || self.names.insert(format!("{first} {last}")) {
                return (first, last);
            }
        }
    }

    fn email(&mut self, first: &str, last: &str, login: &str) -> String {
        let local = format!("{}.{}", plain(first), plain(last));
        let email = (1..).map(|number| match number {
            1 => format!("{local}@{login}.example"),
            _ => format!("{local}{number}@{login}.example"),
        });
        let mut email = email.skip_while(|email| self.emails.contains(email));
        let email = email.next().unwrap_or_default();
        self.emails.insert(email.clone());
        email
    }

    fn login(&mut self, random: &mut Random, first: &str, last: &str) -> String {
        let (first, last) = (plain(first).replace('-', ""), plain(last).replace('-', ""));
        let initial = &first[..1];
        loop {
            let number = random.between(1, 99);
            let login = match random.weighted(&[22.0, 17.0, 10.0, 9.0, 8.0, 6.0, 5.0, 8.0, 6.0, 4.0, 5.0]) {
                0 => format!("{first}-{last}"),
                1 => format!("{initial}{last}"),
                2 => format!("{first}{}", &last[..1]),
                3 => format!("{first}{last}"),
                4 => format!("{last}{initial}"),
                5 => format!("{first}-bq"),
                6 => format!("{first}{number:02}"),
                7 => random.pick(NICKNAMES).to_owned(),
                8 => format!("{}-{}", initial, last),
                9 => format!("{first}-codes"),
                _ => format!("{}{}{number}", &first[..first.len().min(3)], &last[..last.len().min(3)]),
            };
            if self.logins.insert(login.clone()) {
                return login;
            }
            let login = format!("{login}{number}");
            if self.logins.insert(login.clone()) {
                return login;
            }
        }
    }
}

/// Whose last name is an adjective that agrees: first names of women end in an a where last names end like this.
fn is_slavic_woman(first: &str, last: &str) -> bool {
    first.ends_with('a') && last.split('-').any(|part| part.ends_with("ski") || part.ends_with("cki"))
}

/// `Gajewski` as a woman carries it: `Gajewska`.
fn feminine(last: &str) -> String {
    let part = |part: &str| match part.strip_suffix('i').filter(|stem| stem.ends_with("sk") || stem.ends_with("ck")) {
        Some(stem) => format!("{stem}a"),
        None => part.to_owned(),
    };
    last.split('-').map(part).collect::<Vec<_>>().join("-")
}

/// Lower-case letters without marks, as addresses are written.
pub(super) fn plain(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        match letter {
            'ä' | 'Ä' => text.push_str("ae"),
            'ö' | 'Ö' | 'ø' | 'Ø' => text.push_str("oe"),
            'ü' | 'Ü' => text.push_str("ue"),
            'å' | 'Å' => text.push_str("aa"),
            'æ' => text.push_str("ae"),
            'ß' => text.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'ą' | 'Á' => text.push('a'),
            'ç' | 'ć' | 'Ç' | 'č' => text.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'É' => text.push('e'),
            'ğ' => text.push('g'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' | 'İ' => text.push('i'),
            'ł' | 'Ł' => text.push('l'),
            'ñ' | 'ń' => text.push('n'),
            'ó' | 'ò' | 'ô' | 'õ' => text.push('o'),
            'ş' | 'ś' | 'Ş' | 'Ś' | 'Š' => text.push('s'),
            'ú' | 'û' => text.push('u'),
            'ź' | 'ż' | 'Ż' | 'Ź' => text.push('z'),
            '-' => text.push('-'),
            letter if letter.is_ascii_alphabetic() => text.push(letter.to_ascii_lowercase()),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::company::Shape;

    #[test]
    fn women_carry_their_own_form_of_a_last_name() {
        assert_eq!(feminine("Gajewski"), "Gajewska");
        assert_eq!(feminine("Głowacki-Nowak"), "Głowacka-Nowak");
        assert_eq!(feminine("Zając"), "Zając");
        let shape = Shape { seed: 1, repositories: 2000, end: "2026-11-20T00:00:00Z".parse().unwrap() };
        for person in crate::demo::company::Company::generate(&shape).people {
            let (first, last) = person.name.split_once(' ').unwrap_or_default();
            assert!(!is_slavic_woman(first, last), "{}", person.name);
            let groups = ORIGINS.iter().filter(|origin| origin.first.split(' ').any(|name| name == first));
            let fits =
                |name: &str| groups.clone().any(|origin| origin.last.split(' ').any(|known| known == name || feminine(known) == name));
            assert!(last.split('-').all(fits) || person.login.ends_with("-bot"), "{}", person.name);
        }
    }
}
