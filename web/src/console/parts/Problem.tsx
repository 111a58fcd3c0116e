import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';

/** A refusal or a failure beside what caused it; nothing while there is none. */
export const Problem = ({ children }: { readonly children: ReactNode }): ReactNode =>
  (children === null || children === undefined ? null : <Alert color="red" role="alert" my="sm">{children}</Alert>);
