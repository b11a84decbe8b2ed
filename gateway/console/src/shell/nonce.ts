/** The nonce of this answer's policy, which style elements written by code must carry. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

// What holds the page still behind a dialog writes a style element of its own, and asks for the nonce by this name.
Object.assign(globalThis, { __webpack_nonce__: nonce });
