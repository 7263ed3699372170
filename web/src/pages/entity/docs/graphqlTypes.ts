/** The types of a schema in GraphQL's definition language. */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  GraphQLError,
  type InputValueDefinitionNode,
  Kind,
  parse,
  print,
  type TypeNode,
} from "graphql";
import type { Problem } from "./parse";

/** A type, a directive, or the schema's roots. */
export interface SchemaType {
  /** `type`, `input`, `interface`, `enum`, `union`, `scalar`, `directive`, `schema`. */
  sort: string;
  name: string;
  isExtension: boolean;
  description: string | undefined;
  /** The interfaces that it implements. */
  implements: string[];
  members: Member[];
}

/** A field, a value of an enum, a member of a union. */
export interface Member {
  name: string;
  arguments: Argument[];
  type: string | undefined;
  /** The type without lists and marks, to lead to it. */
  named: string | undefined;
  default: string | undefined;
  description: string | undefined;
  /** Why one should not use it any more; empty if no reason is given. */
  deprecated: string | undefined;
}

/** An argument of a field. */
export interface Argument {
  name: string;
  type: string;
  named: string;
  default: string | undefined;
  description: string | undefined;
}

/** The types, or what is wrong with the text. */
export type ReadTypes = { types: SchemaType[]; problem: undefined } | { types: undefined; problem: Problem };

// More than any schema that a person wrote; it bounds the time that a hostile one takes.
const MAX_TOKENS = 400_000;

/** Reads a schema. */
export function readTypes(text: string): ReadTypes {
  try {
    const { definitions } = parse(text, { maxTokens: MAX_TOKENS });
    return { types: definitions.flatMap((definition) => typeOf(definition) ?? []), problem: undefined };
  } catch (error) {
    const line = error instanceof GraphQLError ? error.locations?.[0]?.line : undefined;
    return { types: undefined, problem: { message: error instanceof Error ? error.message : "cannot be read", line } };
  }
}

function typeOf(definition: DefinitionNode): SchemaType | undefined {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION: {
      const isInterface = definition.kind === Kind.INTERFACE_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_EXTENSION;
      const members = (definition.fields ?? []).map(({ name, type, description, arguments: of, directives }) => ({
        ...member(name.value, description?.value, directives),
        type: print(type),
        named: namedOf(type),
        arguments: (of ?? []).map(argumentOf),
      }));
      const interfaces = (definition.interfaces ?? []).map(({ name }) => name.value);
      return { ...named(isInterface ? "interface" : "type", definition), implements: interfaces, members };
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_EXTENSION: {
      const members = (definition.fields ?? []).map((field) => ({
        ...member(field.name.value, field.description?.value, field.directives),
        ...argumentOf(field),
        arguments: [],
      }));
      return { ...named("input", definition), members };
    }
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_EXTENSION: {
      const members = (definition.values ?? []).map(({ name, description, directives }) =>
        member(name.value, description?.value, directives),
      );
      return { ...named("enum", definition), members };
    }
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.UNION_TYPE_EXTENSION: {
      const members = (definition.types ?? []).map(({ name }) => ({ ...member(name.value), named: name.value }));
      return { ...named("union", definition), members };
    }
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_EXTENSION:
      return named("scalar", definition);
    case Kind.DIRECTIVE_DEFINITION: {
      const members = (definition.arguments ?? []).map((of) => ({ ...member(of.name.value), ...argumentOf(of), arguments: [] }));
      return { ...named("directive", { ...definition, name: { value: `@${definition.name.value}` } }), members };
    }
    case Kind.SCHEMA_DEFINITION:
    case Kind.SCHEMA_EXTENSION: {
      const members = (definition.operationTypes ?? []).map(({ operation, type }) => ({
        ...member(operation),
        type: type.name.value,
        named: type.name.value,
      }));
      return { ...named("schema", { kind: definition.kind, name: { value: "" } }), members };
    }
    default:
      return undefined;
  }
}

function named(
  sort: string,
  definition: { kind: string; name: { value: string }; description?: { value: string } | undefined },
): SchemaType {
  return {
    sort,
    name: definition.name.value,
    isExtension: definition.kind.endsWith("Extension"),
    description: definition.description?.value,
    implements: [],
    members: [],
  };
}

function member(name: string, description?: string, directives?: readonly ConstDirectiveNode[]): Member {
  const deprecation = directives?.find((directive) => directive.name.value === "deprecated");
  const reason = deprecation?.arguments?.find((argument) => argument.name.value === "reason")?.value;
  const deprecated = deprecation ? (reason?.kind === Kind.STRING ? reason.value : "") : undefined;
  return { name, description, deprecated, arguments: [], type: undefined, named: undefined, default: undefined };
}

function argumentOf({ name, type, defaultValue, description }: InputValueDefinitionNode): Argument {
  return {
    name: name.value,
    type: print(type),
    named: namedOf(type),
    default: defaultValue ? print(defaultValue) : undefined,
    description: description?.value,
  };
}

function namedOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedOf(type.type);
}
