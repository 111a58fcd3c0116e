import type { ReactNode } from 'react';
import classes from './parts.module.css';

/** A line above the whole page, which a screen reader reads at once. */
export const Banner = ({ children }: { readonly children: ReactNode }): ReactNode => <div role="alert" className={classes['banner']}>{children}</div>;
