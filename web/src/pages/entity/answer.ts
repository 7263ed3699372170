/** The answer about an entity, whatever its kind: parts that only some kinds have are asked for by name. */
import type { EntityBriefFragment, EntityPageQuery } from "../../api/generated";

/** What the page knows of an entity. */
export type EntityAnswer = NonNullable<EntityPageQuery["entity"]["entity"]>;

/** An entity as it stands in a list. */
export type Brief = EntityBriefFragment;

type PartOf<Member, Name extends string> = Member extends { [name in Name]: infer Value } ? Value : never;

/** A part that only some kinds have; nothing if this one has not. */
export function part<Name extends string>(entity: EntityAnswer, name: Name): NonNullable<PartOf<EntityAnswer, Name>> | undefined {
  if (!Object.hasOwn(entity, name)) return undefined;
  const value = (entity as Record<string, unknown>)[name];
  return (value ?? undefined) as NonNullable<PartOf<EntityAnswer, Name>> | undefined;
}

/** What people call it: its title, else its name. */
export function calledBy({ title, name }: { title: string | null; name: string }): string {
  return title ?? name;
}
