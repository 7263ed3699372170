//! Who does what: somebody of the team that the work belongs to on that day.

use crate::demo::company::generate::Drafted;
use crate::demo::company::random::Random;
use crate::model::Instant;

/// Whether somebody works there at an instant.
pub(super) fn works(drafted: &Drafted<'_>, person: usize, at: Instant) -> bool {
    drafted.context.people.people[person].employed.contains(&at)
}

/// A member of the team that a topic belongs to, other than `except`; where there is none, somebody else who works there.
pub(in crate::demo::company) fn member(drafted: &Drafted<'_>, topic: usize, at: Instant, random: &mut Random, except: usize) -> usize {
    let (org, people) = (drafted.context.org, drafted.context.people);
    let owner = *org.topics[topic].owner.at(at);
    let members = org.teams[owner].members.iter().filter(|membership| membership.during.contains(&at) && membership.person != except);
    let members: Vec<usize> = members.map(|membership| membership.person).collect();
    if !members.is_empty() && !random.chance(0.06) {
        return members[random.early(members.len())];
    }
    let hired = people.people[..people.bot].partition_point(|person| person.employed.start <= at).max(1);
    (0..16)
        .map(|_| random.below(hired))
        .find(|person| *person != except && people.people[*person].employed.contains(&at))
        .unwrap_or_else(|| members.first().copied().unwrap_or(people.bot))
}
