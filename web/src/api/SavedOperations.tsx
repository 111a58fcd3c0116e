import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { NativeSelect } from '@mantine/core';
import { Kind, parse } from 'graphql';
import type { ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { type SavedOperation, savedOperations } from './savedOperations';
import { useApiTexts } from './texts/apiTexts';

/** A menu in the page's bar whose choice replaces the text of the operation editor. */
export function SavedOperations({ menu }: { readonly menu: HTMLElement }): ReactNode {
  const words = useApiTexts();
  const editor = useGraphiQL(({ queryEditor }) => queryEditor);
  const actions = useGraphiQLActions();
  const open = (chosen: SavedOperation | undefined): void => {
    if (chosen === undefined) return;
    editor?.setValue(chosen.text);
    // The editor parses a moment later; an operation that is run at once would be sent as the former one.
    const documentAST = parse(chosen.text);
    const operations = documentAST.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    actions.setOperationFacts({ documentAST, operations, operationName: operations[0]?.name?.value ?? '' });
  };
  return createPortal(
    <NativeSelect label={words.saved} value="" disabled={editor === undefined} onChange={({ currentTarget: { value } }) => open(savedOperations.find(({ name }) => name === value))}
      data={[{ value: '', label: words.choose }, ...savedOperations.map(({ name, title }) => ({ value: name, label: title }))]} />,
    menu,
  );
}
