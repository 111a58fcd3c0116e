import { createRequire } from 'node:module';
import type * as Asn1 from 'asn1js';

let loaded: typeof Asn1 | undefined;

/** The library for ASN.1. It is loaded where a time stamp is asked for or read, and not with the rest of the program. */
export const asn1 = (): typeof Asn1 => (loaded ??= createRequire(__filename)('asn1js') as typeof Asn1);
