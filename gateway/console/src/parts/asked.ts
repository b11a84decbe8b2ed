/**
 * Whether a question stands over the page. An Escape is the question's alone then: a drawer behind it stays, with what the
 * answer is to be shown in.
 */
export const isAsked = (): boolean => document.querySelector("[data-modal-content]") !== null;
