import { Kind, OperationTypeNode, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/**
 * What is wrong with the root of a subscription; null where nothing is. A root field that a directive may leave out makes graphql-js throw
 * where it should say so.
 */
export function subscriptionRootProblem({ definitions }: DocumentNode): string | null {
  const fragments = new Map(definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]));
  const seen = new Set<string>();
  const hasDirective = ({ selections }: SelectionSetNode): boolean => selections.some((selection) => {
    if ((selection.directives ?? []).length > 0) return true;
    if (selection.kind === Kind.INLINE_FRAGMENT) return hasDirective(selection.selectionSet);
    if (selection.kind === Kind.FIELD || seen.has(selection.name.value)) return false;
    seen.add(selection.name.value);
    const fragment = fragments.get(selection.name.value);
    return fragment !== undefined && hasDirective(fragment.selectionSet);
  });
  const isWrong = definitions.some((one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === OperationTypeNode.SUBSCRIPTION && hasDirective(one.selectionSet));
  return isWrong ? 'The root field of a subscription takes no directives.' : null;
}
