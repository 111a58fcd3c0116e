import * as library from 'asn1js';

/** Takes the place of src/proofs/timestamps/asn1Library.ts: the worker is loaded whole, so that it needs no network afterwards. */
export const asn1 = (): typeof library => library;
