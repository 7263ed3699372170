//! The channels of the company: one for everybody, one of a tribe, and one of a team in it.

use super::Channel;
use crate::demo::company::{Company, Team};

/// The company's channels, the one for everybody first.
#[must_use]
pub fn channels(company: &Company) -> Vec<Channel> {
    let end = company.history.end;
    let is_there = |team: &&Team| team.exists.contains(&end);
    let mut channels =
        vec![Channel::new("quality", "Quality", "How the product was last week, and who is the better or worse for it", None)];
    let tribe = company.teams.iter().position(|team| is_there(&team) && team.parent.at(end).is_none());
    let team = company.teams.iter().find(|team| is_there(team) && tribe.is_some() && *team.parent.at(end) == tribe);
    for team in tribe.map(|tribe| &company.teams[tribe]).into_iter().chain(team) {
        let slug = team.slug.at(end);
        channels.push(Channel::new(slug, team.name.at(end), &team.description, Some(slug)));
    }
    channels
}
