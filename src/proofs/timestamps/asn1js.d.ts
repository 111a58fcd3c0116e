/** What is used of the package asn1js. */
declare module 'asn1js' {
  export class BaseBlock {
    readonly idBlock: { readonly blockLength: number };
    readonly lenBlock: { readonly blockLength: number };
    readonly valueBlock: object;
    readonly valueBeforeDecodeView: Uint8Array;
    toBER(): ArrayBuffer;
  }
  export class Sequence extends BaseBlock { constructor(parameters: { readonly value: readonly BaseBlock[] }); }
  export class Set extends BaseBlock { constructor(parameters: { readonly value: readonly BaseBlock[] }); }
  export class Constructed extends BaseBlock { constructor(parameters: { readonly idBlock: { readonly tagClass: number; readonly tagNumber: number }; readonly value: readonly BaseBlock[] }); }
  export class Integer extends BaseBlock { constructor(parameters: { readonly value: number } | { readonly valueHex: Uint8Array }); }
  export class ObjectIdentifier extends BaseBlock { constructor(parameters: { readonly value: string }); }
  export class OctetString extends BaseBlock { constructor(parameters: { readonly valueHex: Uint8Array }); }
  export class GeneralizedTime extends BaseBlock { constructor(parameters: { readonly valueDate: Date }); }
  export class Boolean extends BaseBlock { constructor(parameters: { readonly value: boolean }); }
  export class Null extends BaseBlock {}
  /** The offset is -1 when the bytes cannot be read. */
  export function fromBER(bytes: Uint8Array, limits?: { readonly maxDepth: number; readonly maxNodes: number; readonly parseEmbedded: boolean }): { readonly offset: number; readonly result: BaseBlock };
}
