import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Our deepest answer has three levels; introspection, which has nine, is exempt and bounded by its own rule. */
export const MAX_QUERY_DEPTH = 10;
/** A page that shows everything asks for each list once. */
export const MAX_QUERY_ALIASES = 30;
/** The standard introspection query has about 300. */
export const MAX_QUERY_TOKENS = 2_000;
/** Everything there is to see, asked for once, costs about 500. */
export const MAX_QUERY_COST = 5_000;
/** Fields that call a Durable Object, or write. */
const DEAR_FIELD_COST = 10;
/** What a list is taken to hold. */
const LIST_FACTOR = 10;

const CALLS = new Set(['targetIpStates', 'targetMetrics']);

interface Weight {
  depth: number;
  aliases: number;
  cost: number;
}

const NOTHING: Weight = { depth: 0, aliases: 0, cost: 0 };

function isList(type: unknown): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** Weighs selections with all that their fragments spread, each fragment once for each type, however often it is named. */
function createScale(document: DocumentNode, schema: GraphQLSchema) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === 'FragmentDefinition') fragments.set(node.name.value, node);
  }
  const weighed = new Map<string, Weight>();

  function ofFragment(name: string, parent: GraphQLNamedType | undefined): Weight {
    const key = `${name} ${parent?.name ?? ''}`;
    const known = weighed.get(key);
    if (known) return known;
    // A fragment within itself weighs nothing here; validation refuses it.
    weighed.set(key, NOTHING);
    const fragment = fragments.get(name);
    const weight = fragment ? ofSelections(fragment.selectionSet, parent) : NOTHING;
    weighed.set(key, weight);
    return weight;
  }

  function ofField(
    { name, alias, selectionSet }: Extract<SelectionSetNode['selections'][number], { kind: 'Field' }>,
    parent: GraphQLNamedType | undefined,
  ): Weight {
    const aliases = alias ? 1 : 0;
    // Neither `__typename` nor introspection touches anything but the schema.
    if (name.value.startsWith('__')) return { depth: 0, aliases, cost: 1 };
    const field = parent && isObjectType(parent) ? parent.getFields()[name.value] : undefined;
    const isRoot = parent === schema.getMutationType() || CALLS.has(name.value);
    const inner = selectionSet ? ofSelections(selectionSet, field && getNamedType(field.type)) : NOTHING;
    const factor = field && isList(field.type) ? LIST_FACTOR : 1;
    return {
      depth: 1 + inner.depth,
      aliases: aliases + inner.aliases,
      cost: (isRoot ? DEAR_FIELD_COST : 1) + factor * inner.cost,
    };
  }

  function ofSelections({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined): Weight {
    let total = NOTHING;
    for (const selection of selections) {
      const weight =
        selection.kind === 'Field'
          ? ofField(selection, parent)
          : selection.kind === 'FragmentSpread'
            ? ofFragment(selection.name.value, parent)
            : ofSelections(selection.selectionSet, parent);
      total = {
        depth: Math.max(total.depth, weight.depth),
        aliases: total.aliases + weight.aliases,
        cost: total.cost + weight.cost,
      };
    }
    return total;
  }

  return ({ operation, selectionSet }: OperationDefinitionNode) =>
    ofSelections(selectionSet, schema.getRootType(operation) ?? undefined);
}

/**
 * Why a document asks for too much, or null. Needs no valid document, and takes time linear in its length: it comes before
 * validation. Fragments count wherever they are spread.
 */
export function queryProblem(document: DocumentNode, schema: GraphQLSchema): string | null {
  const weigh = createScale(document, schema);
  for (const node of document.definitions) {
    if (node.kind !== 'OperationDefinition') continue;
    const { depth, aliases, cost } = weigh(node);
    if (depth > MAX_QUERY_DEPTH) return `The query is ${depth} levels deep; ${MAX_QUERY_DEPTH} are allowed.`;
    if (aliases > MAX_QUERY_ALIASES) return `The query has ${aliases} aliases; ${MAX_QUERY_ALIASES} are allowed.`;
    if (cost > MAX_QUERY_COST) return `The query costs ${cost}; ${MAX_QUERY_COST} are allowed.`;
  }
  return null;
}
