import { setNonce } from 'get-nonce';

/** The nonce with which the server's policy admits style elements. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

// The part of the component library that keeps the page behind a dialog from scrolling reads it from there.
setNonce(styleNonce);
