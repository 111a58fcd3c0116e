import type { ReactNode } from 'react';
import mark from '../../style/mark.svg';

/** The mark beside the name, which says nothing that the name does not. */
export const Mark = ({ size = 28 }: { readonly size?: number }): ReactNode => <img src={mark} alt="" width={size} height={size} />;
