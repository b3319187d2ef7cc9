// What a query costs before it runs: 0.1 a property, 1 an object, and a page as many times its entries.
import {
  getNamedType,
  getOperationAST,
  isLeafType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import { DEFAULT_FIRST } from "./connection.ts";
import type { Json } from "./model.ts";

export const MOST_COMPLEX = 10_000;

interface Reading {
  readonly variables: Json;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly kinds: ReadonlyMap<FieldNode, "leaf" | "object" | "connection">;
}

export function complexityOf(schema: GraphQLSchema, document: DocumentNode, variables: Json): number {
  const operation = getOperationAST(document);
  if (!operation) return 0;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const reading = { variables, fragments, kinds: kindsOf(schema, document) };
  return Math.ceil(costOf(operation.selectionSet, reading));
}

function kindsOf(schema: GraphQLSchema, document: DocumentNode): Reading["kinds"] {
  const kinds = new Map<FieldNode, "leaf" | "object" | "connection">();
  const info = new TypeInfo(schema);
  const Field = (node: FieldNode): undefined => {
    const type = getNamedType(info.getType());
    if (!type || isLeafType(type)) kinds.set(node, "leaf");
    else kinds.set(node, type.name.endsWith("Connection") ? "connection" : "object");
  };
  visit(document, visitWithTypeInfo(info, { Field }));
  return kinds;
}

function costOf(set: SelectionSetNode, reading: Reading): number {
  let sum = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) sum += fieldCost(selection, reading);
    else if (selection.kind === Kind.INLINE_FRAGMENT) sum += costOf(selection.selectionSet, reading);
    else {
      const fragment = reading.fragments.get(selection.name.value);
      if (fragment !== undefined) sum += costOf(fragment.selectionSet, reading);
    }
  }
  return sum;
}

function fieldCost(field: FieldNode, reading: Reading): number {
  const kind = reading.kinds.get(field) ?? "leaf";
  if (kind === "leaf" || field.selectionSet === undefined) return 0.1;
  const inside = costOf(field.selectionSet, reading);
  return kind === "connection" ? 1 + pageSize(field, reading) * inside : 1 + inside;
}

function pageSize(field: FieldNode, { variables }: Reading): number {
  for (const { name, value } of field.arguments ?? []) {
    if (name.value !== "first" && name.value !== "last") continue;
    if (value.kind === Kind.INT) return Number(value.value);
    const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
    if (typeof given === "number") return given;
  }
  return DEFAULT_FIRST;
}
